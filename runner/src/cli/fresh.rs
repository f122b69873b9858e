//! `runner fresh`: the database as the migrations make it, for development.

use std::path::Path;

use runner::Target;
use runner::backup::{self, Backups, Verification};
use serde_json::json;

use super::args::{Common, FreshArgs};
use super::consent::Loss;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::{backup as backups, open, output, replay};

pub(super) fn run(common: &Common, args: &FreshArgs) -> Result<(), Failure> {
    let config = open::config(common, args.create)?;
    let (database, keep) = (config.database.clone(), config.backups.clone());
    let project = open::project(config)?;
    let name = output::short(&database.path);
    database.check_writable(common.busy_timeout)?;
    if database.exists()? {
        let kept = if args.no_backup { "without a backup" } else { "with a backup of them" };
        let act = format!("take all of them away, {kept}");
        Loss { act: &act, yes: args.yes }.of_all_rows(project.config())?;
    }
    // On a database of their own first: if one fails, the database is as it was.
    let signals = Signals::listen()?;
    let made = replay::apply(&project, &Target::Latest, common, args.replaying, &signals)?;
    let keep: Option<&Backups> = Some(&keep).filter(|_| !args.no_backup);
    let mut progress = Progress::new(!common.json);
    let mut show = |event| progress.show(&event);
    let restored = backup::restore(
        &database,
        &made.job().database.path,
        Verification::Usual,
        keep,
        common.busy_timeout,
        &mut show,
    );
    progress.clear();
    let restored = restored?;
    if common.json {
        output::json(&json!({
            "database": database.path.to_string_lossy(),
            "backup": restored.backup.as_deref().map(Path::to_string_lossy),
            "applied": restored.applied,
        }));
        return Ok(());
    }
    if let Some(path) = &restored.backup {
        output::line(&backups::line(path));
    }
    let applied = output::count(restored.applied.len(), "migration");
    output::line(&format!("`{name}` is as {applied} make it"));
    Ok(())
}
