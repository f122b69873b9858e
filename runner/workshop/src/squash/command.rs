//! The steps of a squash.

use std::path::PathBuf;

use rusqlite::Connection;

use super::left_out::LeftOutSetting;
use super::proof;
use super::replaced::Replaced;
use super::script::Script;
use super::unwritable::Unwritable;
use super::{RowDifference, SquashError, difference};
use crate::config::Config;
use crate::error::Error;
use crate::migration_source::Migrations;
use crate::project::Project;
use crate::replay::Replay;
use crate::scaffold::{Created, SquashCrate, create_squash};
use runner_engine::drift::DriftError;
use runner_engine::status::Status;
use runner_engine::{Drift, MigrationId, regular_file, whole_file};

/// A squash that was not written yet.
#[derive(Debug, Clone)]
pub struct Squash {
    /// What it replaces, and what it is called.
    pub replaced: Replaced,
}

impl Squash {
    /// Plans to replace all migrations of `project` up to `to`, or to the newest, by one that is called `name`, or after
    /// the last of them. `status` is that of the project's database.
    ///
    /// # Errors
    /// Migrations from a bundle; nothing to squash; one that is replaced already by another squash; no free timestamp;
    /// one of them is unfinished or half done in the database, was edited since it was applied, or is applied and gone.
    pub fn plan(
        project: &Project,
        status: &Status,
        to: Option<&MigrationId>,
        name: Option<&str>,
    ) -> Result<Self, Error> {
        let Migrations::Workspace(_) = project.source() else {
            return Err(SquashError::FromBundle.into());
        };
        let replacements = project.all_replacements()?;
        let replaced = Replaced::plan(project.migrations(), &replacements, to, name)?;
        refuse(status, &replaced)?;
        Ok(Self { replaced })
    }

    /// Writes what is in the database of `replay` as SQL, and proves that the SQL gives it again.
    ///
    /// # Errors
    /// What cannot be written as SQL, or would not be the same; a database that cannot be read.
    pub fn script(&self, project: &Project, replay: &Replay) -> Result<Script, Error> {
        let application = &project.config().application;
        let replayed = open(replay)?;
        let written = Script::of(&replayed, application);
        let script = written.map_err(|error| match error {
            Unwritable::Object { name, why } => SquashError::NotInSql { name, why },
            Unwritable::Sqlite(source) => {
                SquashError::Sqlite { doing: "write the scratch database as SQL", source }
            }
        })?;
        proof::prove(&script, &replayed, application)?;
        Ok(script)
    }

    /// The rows that are others in the database of `again`, to which the same migrations were applied a second time.
    ///
    /// # Errors
    /// The schema is another, too; a database that cannot be read.
    pub fn varying_rows(replay: &Replay, again: &Replay) -> Result<Vec<RowDifference>, Error> {
        let sqlite = SquashError::sqlite("compare the scratch databases");
        let (first, second) = (open(replay)?, open(again)?);
        let rows = difference::rows(&first, &second).map_err(&sqlite)?;
        if rows.is_empty()
            && let Some(difference) = difference::beside_rows(&first, &second).map_err(&sqlite)?
        {
            return Err(SquashError::NotRepeatable { difference }.into());
        }
        Ok(rows)
    }

    /// The properties of the file in the database of `replay` that a squash does not set.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn left_out(replay: &Replay) -> Result<Vec<LeftOutSetting>, Error> {
        Ok(LeftOutSetting::all(&open(replay)?)?)
    }

    /// The files of the crate, relative to its folder, in order.
    #[must_use]
    pub fn file_names(&self, script: &Script) -> Vec<PathBuf> {
        let (forward, _) = self.files(script);
        let sql = forward.into_iter().map(|(name, _)| name);
        let mut names: Vec<PathBuf> =
            sql.chain(["Cargo.toml", "backward.sql", "src/lib.rs"]).map(PathBuf::from).collect();
        names.sort();
        names
    }

    /// Writes the crate.
    ///
    /// # Errors
    /// Another migration has its timestamp; a file that cannot be written, and then nothing is left behind.
    pub fn write(&self, config: &Config, script: &Script) -> Result<Written, Error> {
        let Replaced { id, name, leaves, .. } = &self.replaced;
        let (forward, backward) = self.files(script);
        let last = leaves.last().unwrap_or(id);
        let squash = SquashCrate { id, name, replaces: leaves, last, forward, backward };
        let path = config.migrations.join("Cargo.lock");
        let lock =
            regular_file::read(&path, regular_file::SETTINGS).ok().map(|bytes| (path, bytes));
        Ok(Written { created: create_squash(config, squash)?, lock })
    }

    /// Compares what the crate made of the database of `ran`, to which it was applied, with that of `replay`.
    ///
    /// # Errors
    /// In what they differ; a database that cannot be read.
    pub fn compare(replay: &Replay, ran: &Replay) -> Result<(), Error> {
        Ok(proof::compare(&open(ran)?, &open(replay)?)?)
    }

    /// The files of SQL that the way forward runs, and that of the way back.
    fn files(&self, script: &Script) -> (Vec<(&'static str, String)>, String) {
        let last = self.replaced.last();
        let file = |what: &str, sql: &str| {
            format!("-- {what} as of `{last}`. The runner begins and commits.\n{sql}")
        };
        let mut forward = vec![("tables.sql", file("The tables and indexes", &script.tables))];
        if !script.rows.is_empty() {
            forward.push(("rows.sql", file("The rows", &script.rows)));
        }
        if !script.views_and_triggers.is_empty() {
            let programs = file("The views and triggers", &script.views_and_triggers);
            forward.push(("views_and_triggers.sql", programs));
        }
        let backward = format!("-- Drops all that the way forward makes.\n{}", script.backward);
        (forward, backward)
    }
}

/// A crate that was written, and may be taken back while nobody else knows of it.
#[derive(Debug)]
pub struct Written {
    created: Created,
    /// The lock file as it was before the crate was built.
    lock: Option<(PathBuf, Vec<u8>)>,
}

impl Written {
    /// The crate.
    #[must_use]
    pub fn created(&self) -> &Created {
        &self.created
    }

    /// Removes the crate, as far as that is possible.
    pub fn take_back(&self) {
        let _ = std::fs::remove_dir_all(&self.created.folder);
        if let Some((path, bytes)) = &self.lock {
            let _ = whole_file::write(path, bytes);
        }
    }
}

/// Refuses what the history of the database shows of the migrations that are replaced: what it has is not what their
/// sources give.
fn refuse(status: &Status, replaced: &Replaced) -> Result<(), Error> {
    let is_replaced = |id: &MigrationId| id <= replaced.last();
    let stands_in_the_way = |drift: &&Drift| match drift {
        Drift::Edited { id, .. }
        | Drift::Missing { id }
        | Drift::Renamed { id, .. }
        | Drift::Unfinished { id, .. }
        | Drift::EditedHalfDone { id, .. }
        | Drift::MissingHalfDone { id } => is_replaced(id),
        _ => false,
    };
    let found: Vec<Drift> = status.drift.iter().filter(stands_in_the_way).cloned().collect();
    if !found.is_empty() {
        return Err(runner_engine::Error::from(DriftError { found }).into());
    }
    match &status.half_done {
        Some((id, _)) if is_replaced(id) => Err(SquashError::HalfDone { id: id.clone() }.into()),
        _ => Ok(()),
    }
}

/// The database that migrations were applied to; an empty one if they were none. To compare a full-text index with its
/// rows is a statement that writes, so it is not opened to read alone: nobody else has it.
fn open(replay: &Replay) -> Result<Connection, Error> {
    let path = &replay.job().database.path;
    let opened = match replay.job().database.exists()? {
        true => Connection::open(path),
        false => Connection::open_in_memory(),
    };
    Ok(opened.map_err(SquashError::sqlite("open the scratch database"))?)
}
