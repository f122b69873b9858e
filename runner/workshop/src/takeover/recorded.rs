//! Records as applied here what is applied there, in one transaction.

use std::time::Duration;

use runner_engine::Database;
use runner_engine::kept_schema::keep_schema;
use runner_engine::microseconds;
use runner_engine::record::{self, Record};
use runner_engine::schema_objects::Objects;
use rusqlite::Connection;

use super::applied::{Taken, Takeover, recorded};
use crate::error::Error;
use crate::import::applied::AppliedError;
use crate::import::applied::read;
use crate::project::Project;

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The migrations, oldest first.
    pub migrations: Vec<Taken>,
}

impl Takeover {
    /// Records all of it in the database of `project`, if the database is still what it was found to be.
    ///
    /// # Errors
    /// A migration that has no crate, or is not in the bundle; a batched migration that is half done; a database that
    /// changed meanwhile, or cannot be written.
    pub fn record(&self, project: &Project, patience: Duration) -> Result<Recorded, Error> {
        let taken = self.unrecorded.clone();
        if taken.is_empty() {
            return Ok(Recorded { migrations: taken });
        }
        let config = project.config();
        let (connection, fail) = begin(&config.database, patience)?;
        self.refuse_changed(&connection, project)?;
        write_all(&connection, project, &taken, &|taken| self.reason_for(taken))?;
        connection.execute_batch("COMMIT").map_err(fail)?;
        Ok(Recorded { migrations: taken })
    }

    /// Compares, under the lock, with what was found before.
    fn refuse_changed(&self, connection: &Connection, project: &Project) -> Result<(), Error> {
        let config = project.config();
        let is_same = read(connection, self.old.tool)?.as_ref() == Some(&self.old)
            && recorded(connection)? == self.recorded
            && self.difference(connection, config)?.is_none();
        match is_same {
            true => Ok(()),
            false => {
                let database = config.database.path.display().to_string();
                Err(AppliedError::Changed { database }.into())
            }
        }
    }

    fn reason_for(&self, taken: &Taken) -> String {
        let said =
            format!("{} has it as `{}` in {}", self.old.tool, taken.version, self.old.place());
        let is_other = self.other_files().iter().any(|file| file.version == taken.version);
        let said = match is_other {
            true => format!("{said} with the checksum of another file, which somebody agreed to"),
            false => said,
        };
        match &self.reason {
            None => format!("{said}, and the schema is that of the migrations applied there"),
            Some(reason) => format!("{said}; the schema was not compared: {reason}"),
        }
    }
}

/// Opens the database and takes its write lock. If anything fails, closing the connection rolls back.
pub(super) fn begin(
    database: &Database,
    patience: Duration,
) -> Result<(Connection, impl Fn(rusqlite::Error) -> Error + use<'_>), Error> {
    let connection = database.existing().open_to_migrate(patience)?;
    let fail = |error| Error::from(database.sqlite_error(error));
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    Ok((connection, fail))
}

/// Writes the history of `taken`, in a transaction of the caller.
pub(super) fn write_all(
    connection: &Connection,
    project: &Project,
    taken: &[Taken],
    reason: &dyn Fn(&Taken) -> String,
) -> Result<(), Error> {
    let (snapshot, _) = project.status_in(connection)?;
    if let Some(half_done) = snapshot.half_done {
        return Err(AppliedError::HalfDone { id: half_done.id }.into());
    }
    let is_missing = |taken: &&Taken| !project.migrations().contains(&taken.id);
    let missing: Vec<_> = taken.iter().filter(is_missing).map(|it| it.id.clone()).collect();
    if !missing.is_empty() {
        return Err(AppliedError::NotHere { missing }.into());
    }
    let fail = |error| Error::from(project.config().database.sqlite_error(error));
    let schema = Objects::read(connection).map_err(fail)?.digest();
    for taken in taken {
        let source = project.source_digest(&taken.id)?;
        let replaces = project.replaces(&taken.id)?;
        let row = Record { replaces, ..row(taken, source, schema.clone()) };
        record::import(connection, &row, &reason(taken)).map_err(fail)?;
        // An edit of it is shown as of one that ran here.
        if let Some(text) = project.source().source_text(&taken.id)? {
            record::note_source(connection, &text.pack()).map_err(fail)?;
        }
    }
    keep_schema(connection).map_err(fail)
}

/// The row of the history: the moment and the duration are those of the tool, as far as it notes them.
fn row(taken: &Taken, source: String, schema: String) -> Record {
    let row = Record::not_run(taken.id.clone(), source, schema);
    let duration = taken.duration.map(microseconds);
    Record {
        applied_at: taken.applied_at.unwrap_or(row.applied_at),
        duration_us: duration.unwrap_or(row.duration_us),
        ..row
    }
}
