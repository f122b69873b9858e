//! `runner fresh`: the database as the migrations make it, for development.

use std::path::Path;
use std::time::Duration;

use runner::backup::{self, Backups, Verification};
use runner::replay::InFiles;
use runner::{Database, Target};
use serde_json::json;

use super::args::{Common, FreshArgs};
use super::consent::Loss;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::{backup as backups, open, output, replay, schema_file};

pub(super) fn run(common: &Common, args: &FreshArgs) -> Result<(), Failure> {
    let config = open::config(common, args.create)?;
    let (database, keep) = (config.database.clone(), config.backups.clone());
    let project = open::project(config)?;
    let name = output::short(&database.path);
    database.check_writable(common.busy_timeout())?;
    if database.exists()? {
        let kept = if args.no_backup { "without" } else { "with" };
        let act = format!("make it anew, {kept} a backup of what it holds");
        let held = project.applied(common.busy_timeout())?;
        let loss = Loss { act: &act, yes: args.yes };
        loss.of_all(project.config(), &held, project.migrations())?;
    }
    // On a database of their own first: if one fails, the database is as it was.
    let signals = Signals::listen()?;
    let made = replay::apply(
        &project,
        (&Target::Latest, InFiles::Applied),
        common,
        args.replaying,
        &signals,
    )?;
    keep_the_log(&database, &made.job().database, common.busy_timeout())?;
    let keep: Option<&Backups> = Some(&keep).filter(|_| !args.no_backup);
    let mut progress = Progress::new(!common.json);
    let mut show = |event| progress.show(&event);
    let restored = backup::restore(
        &database,
        &made.job().database.path,
        Verification::Usual,
        keep,
        common.busy_timeout(),
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
    } else {
        if let Some(path) = &restored.backup {
            output::line(&backups::line(path));
        }
        let applied = restored.applied.len();
        let make = if applied == 1 { "makes" } else { "make" };
        output::line(&format!("`{name}` is as {} {make} it", output::count(applied, "migration")));
    }
    schema_file::update(project.config(), common);
    Ok(())
}

/// Has `made` write to a log (WAL) if `database` does: applications set that once, and rely on it.
fn keep_the_log(database: &Database, made: &Database, patience: Duration) -> Result<(), Failure> {
    let Some(connection) = database.look(patience)? else { return Ok(()) };
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    if mode.map_err(|error| database.sqlite_error(error))? == "wal" {
        let connection = made.open_to_migrate(patience)?;
        let set = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        set.map_err(|error| made.sqlite_error(error))?;
    }
    Ok(())
}
