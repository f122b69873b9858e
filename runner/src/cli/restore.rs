//! `runner restore`.

use std::path::Path;

use runner::{Event, backup};
use serde_json::json;

use super::args::{Common, RestoreArgs, current_folder};
use super::backup::line;
use super::failure::Failure;
use super::progress::Progress;
use super::{open, output};

pub(super) fn run(common: &Common, args: &RestoreArgs) -> Result<(), Failure> {
    let here = current_folder()?;
    let config = open::config(common, false)?;
    let file = here.join(&args.file);
    let keep = Some(&config.backups).filter(|_| !args.no_backup);
    let mut progress = Progress::new(!common.json);
    let mut tell = |event: Event| {
        progress.show(&event);
        match event {
            Event::BackedUp { path } if !common.json => output::line(&line(&path)),
            _ => {}
        }
    };
    let restored = backup::restore(&config.database, &file, keep, common.busy_timeout, &mut tell);
    progress.clear();
    let restored = restored?;
    let database = &config.database.path;
    if common.json {
        output::json(&json!({
            "database": database.to_string_lossy(),
            "restored": file.to_string_lossy(),
            "backup": restored.backup.as_deref().map(Path::to_string_lossy),
            "applied": restored.applied,
        }));
    } else {
        output::line(&format!(
            "restored `{}` from `{}`: {} applied",
            output::short(database),
            output::short(&file),
            restored.applied.len()
        ));
    }
    Ok(())
}
