//! `runner restore`.

use std::path::Path;

use runner::Event;
use runner::backup::{self, Backups};
use serde_json::json;

use super::args::{Common, RestoreArgs, current_folder};
use super::backup::{line, not_verified};
use super::failure::Failure;
use super::progress::Progress;
use super::{open, output};

pub(super) fn run(common: &Common, args: &RestoreArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let config = open::config(common, false)?;
    let file = here.join(&args.file);
    let verification = args.verifying.verification();
    let backups = Backups { verification, ..config.backups.clone() };
    let keep = Some(&backups).filter(|_| !args.no_backup);
    let mut progress = Progress::new(!common.json);
    let mut tell = |event: Event| {
        progress.show(&event);
        match event {
            Event::BackedUp { path } if !common.json => output::line(&line(&path)),
            Event::NotVerified { what } if !common.json => {
                not_verified(&what, &config.application).iter().for_each(|line| output::line(line));
            }
            _ => {}
        }
    };
    let patience = common.busy_timeout;
    let restored =
        backup::restore(&config.database, &file, verification, keep, patience, &mut tell);
    progress.clear();
    let restored = restored?;
    let database = &config.database.path;
    if common.json {
        output::json(&json!({
            "database": database.to_string_lossy(),
            "restored": file.to_string_lossy(),
            "backup": restored.backup.as_deref().map(Path::to_string_lossy),
            "applied": restored.applied,
            "unverified": restored.unverified,
        }));
    } else {
        output::line(&format!(
            "restored `{}` from `{}`: {} applied",
            output::short(database),
            output::short(&file),
            restored.applied.len()
        ));
        let unverified = restored.unverified.iter();
        let told = unverified.filter_map(|what| not_verified(what, &config.application));
        told.for_each(|line| output::line(&line));
    }
    Ok(())
}
