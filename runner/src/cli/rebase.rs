//! `runner rebase`.

use std::path::Path;

use runner::rebase::rebase;
use serde_json::json;

use super::args::{Common, RebaseArgs};
use super::failure::Failure;
use super::{open, output, progress};

pub(super) fn run(common: &Common, args: &RebaseArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let rebased = rebase(&config, &args.id, common.busy_timeout())?;
    if common.json {
        output::json(&json!({
            "id": rebased.id, "old_id": rebased.old_id, "folder": rebased.folder.to_string_lossy(),
            "edited": rebased.edited, "merged_lock": rebased.merged_lock.as_deref().map(Path::to_string_lossy),
            "mentions": rebased.mentions,
        }));
        return Ok(());
    }
    if rebased.id == rebased.old_id {
        output::line(&format!("nothing to do: {} comes last already", rebased.id));
        return Ok(());
    }
    if let Some(lock) = &rebased.merged_lock {
        output::note(&progress::merged(lock));
    }
    output::line(&format!("{} is {} now", rebased.old_id, rebased.id));
    for path in &rebased.mentions {
        let path = output::short(&config.migrations.join(path));
        output::note(&format!("`{path}` names the old id"));
    }
    Ok(())
}
