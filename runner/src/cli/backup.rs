//! `runner backup`.

use std::path::Path;

use runner::backup::{self, Backups, Destination, Unverified};
use runner::{ApplicationNames, Event};
use serde_json::json;

use super::args::{BackupArgs, Common, current_folder};
use super::failure::Failure;
use super::progress::Progress;
use super::{open, output};

pub(super) fn run(common: &Common, args: &BackupArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let config = open::config(common, false)?;
    let destination = match &args.output {
        Some(path) => Destination::File(here.join(path), args.verifying.verification()),
        None => Destination::Folder(Backups {
            verification: args.verifying.verification(),
            ..config.backups.clone()
        }),
    };
    let mut progress = Progress::new(!common.json);
    let mut unverified = Vec::new();
    let mut show = |event: Event| {
        progress.show(&event);
        if let Event::NotVerified { what } = event {
            unverified.push(what);
        }
    };
    let made = backup::backup(&config.database, &destination, common.busy_timeout(), &mut show);
    progress.clear();
    let path = made?;
    if common.json {
        output::json(&json!({
            "database": config.database.path.to_string_lossy(), "backup": path.to_string_lossy(),
            "unverified": unverified,
        }));
    } else {
        output::line(&line(&path));
        let words = unverified.iter().filter_map(|what| not_verified(what, &config.application));
        words.for_each(|line| output::line(&line));
    }
    Ok(())
}

/// What is told about a part of a backup that could not be looked at: nothing if `application` declares
/// what SQLite lacks.
pub(super) fn not_verified(what: &Unverified, application: &ApplicationNames) -> Option<String> {
    match what {
        _ if what.is_expected(application) => None,
        Unverified::Index { .. } => Some(format!("{what}; `--paranoid` compares it")),
        _ => Some(what.to_string()),
    }
}

/// What is told about a backup that was made.
pub(super) fn line(path: &Path) -> String {
    format!("backed up to `{}`", output::short(path))
}
