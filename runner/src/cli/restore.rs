//! `runner restore`.

use std::path::Path;
use std::time::Duration;

use runner::Event;
use runner::backup::{Backups, OpenBackup};
use runner::{Config, Project, status};
use serde_json::json;

use super::args::{Common, RestoreArgs, current_folder};
use super::backup::{line, not_verified};
use super::consent::Loss;
use super::failure::Failure;
use super::progress::Progress;
use super::{open, output, schema_file};

pub(super) fn run(common: &Common, args: &RestoreArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let config = open::config(common, false)?;
    let file = here.join(&args.file);
    let verification = args.verifying.verification();
    let backups = Backups { verification, ..config.backups.clone() };
    let keep = Some(&backups).filter(|_| !args.no_backup);
    let mut progress = Progress::new(!common.json);
    let mut report = |event: Event| {
        progress.show(&event);
        match event {
            Event::BackedUp { path } if !common.json => output::line(&line(&path)),
            Event::NotVerified { what } if !common.json => {
                not_verified(&what, &config.application).iter().for_each(|line| output::line(line));
            }
            _ => {}
        }
    };
    let patience = common.busy_timeout();
    let opened = OpenBackup::open(&config.database, &file, verification)?;
    agree(&config, args, &opened, patience)?;
    let restored = opened.restore(keep, patience, &mut report);
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
        let words = unverified.filter_map(|what| not_verified(what, &config.application));
        words.for_each(|line| output::line(&line));
    }
    schema_file::update(&config, common);
    Ok(())
}

/// Asks where the database is protected, and where the backup is not one of this project.
fn agree(
    config: &Config,
    args: &RestoreArgs,
    backup: &OpenBackup<'_>,
    patience: Duration,
) -> Result<(), Failure> {
    let database = &config.database;
    let act = format!("restore `{}` from it", output::short(&database.path));
    let loss = Loss { act: &act, yes: args.yes };
    // What of it cannot be read is no reason not to restore: that may be why.
    let here = database.exists()?.then(|| status::applied(database, patience).unwrap_or_default());
    let known = Project::open(config.clone()).map(|project| project.migrations().to_vec());
    loss.by_a_foreign_backup(
        &args.file,
        backup.applied(),
        here.as_deref(),
        &known.unwrap_or_default(),
    )?;
    if here.is_none() {
        return Ok(());
    }
    let act = format!("restore it from `{}`", args.file.display());
    Loss { act: &act, yes: args.yes }.of_a_database(config)
}
