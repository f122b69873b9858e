//! A tool whose migrations are code: its whole history becomes one migration.

use std::time::Duration;

use migration_api::schema::normal::ColumnOrder;
use runner_engine::{MigrationId, record};

use super::applied::{Proof, Taken};
use super::recorded::{Recorded, begin, write_all};
use crate::error::{Error, FakeError};
use crate::import::applied::AppliedError;
use crate::import::applied::OldHistory;
use crate::import::applied::read;
use crate::project::Project;
use crate::schema::{Blueprint, Diff};

/// Records the migration `id` as applied in the database of `project`, with the moment of the newest migration in
/// `old`, if the schema is `expected` or a person says why not. Nothing, if it is recorded already.
///
/// # Errors
/// Another schema; a history that changed meanwhile; a batched migration that is half done; a database that cannot be written.
pub fn record_alone(
    project: &Project,
    id: &MigrationId,
    old: &OldHistory,
    (expected, proof): (&Blueprint, &Proof),
    patience: Duration,
) -> Result<Recorded, Error> {
    let config = project.config();
    let (connection, fail) = begin(&config.database, patience)?;
    let database = config.database.path.display().to_string();
    if read(&connection, old.tool)?.as_ref() != Some(old) {
        return Err(AppliedError::Changed { database }.into());
    }
    if record::ids(&connection)?.contains(id) {
        return Ok(Recorded { migrations: Vec::new() });
    }
    if *proof == Proof::Schema {
        let excluded = config.exclude_tables.and(&old.tables);
        let of = format!("the database `{database}`");
        let found = Blueprint::copy(&connection, of, &config.application, &excluded)?;
        if let Some(diff) = Diff::between(expected, &found, ColumnOrder::Any)? {
            return Err(FakeError::AnotherSchema { diff }.into());
        }
    }
    let taken = Taken {
        id: id.clone(),
        version: newest(old),
        applied_at: old.last_moment(),
        duration: None,
    };
    let reason = |taken: &Taken| {
        let (tool, count, place) = (old.tool, old.rows.len(), old.place());
        let said = format!("it stands for {count} of {tool}, up to `{}` in {place}", taken.version);
        match proof.reason() {
            None => said,
            Some(reason) => format!("{said}; the schema was not compared: {reason}"),
        }
    };
    write_all(&connection, project, std::slice::from_ref(&taken), &reason)?;
    connection.execute_batch("COMMIT").map_err(fail)?;
    Ok(Recorded { migrations: vec![taken] })
}

/// The migration that was applied last.
fn newest(old: &OldHistory) -> String {
    old.rows.last().map(|row| row.version.clone()).unwrap_or_default()
}
