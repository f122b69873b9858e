//! Lets go of what was kept of what migrations took away.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use runner_engine::MigrationId;
use runner_engine::apply::ApplyError;
use runner_engine::kept::{self, KeptError, KeptSet};

use crate::error::Error;
use crate::project::Project;

/// What is let go of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purge {
    /// Only what was kept of these; none: of all.
    pub of: Vec<MigrationId>,
    /// Only what was kept longer ago than so many days.
    pub older_than_days: Option<u32>,
}

impl Purge {
    /// Whether `set` is let go of.
    #[must_use]
    pub fn covers(&self, set: &KeptSet) -> bool {
        let is_old = self.older_than_days.is_none_or(|days| {
            set.kept_at < Timestamp::now() - SignedDuration::from_hours(24 * i64::from(days))
        });
        is_old && (self.of.is_empty() || self.of.contains(&set.id))
    }
}

/// Lets go of what `what` covers, which no way back puts back any more. Gives the sets. A file that values were kept in
/// stays.
///
/// # Errors
/// A database that cannot be written; a table that is not the runner's.
pub fn purge(project: &Project, what: &Purge, patience: Duration) -> Result<Vec<KeptSet>, Error> {
    let database = &project.config().database;
    if !database.exists()? {
        return Ok(Vec::new());
    }
    let connection = database.existing().open_to_migrate(patience)?;
    let fail = |error| Error::from(database.sqlite_error(error));
    // If anything fails, closing the connection rolls back.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    let gone = kept::purge(&connection, |set| what.covers(set)).map_err(of_kept)?;
    connection.execute_batch("COMMIT").map_err(fail)?;
    Ok(gone)
}

/// The first `rows` of what is in `set`: of each its key, and its values, in words. Never writes.
///
/// # Errors
/// A database or a file that cannot be read.
pub fn shown(
    project: &Project,
    set: &KeptSet,
    rows: usize,
    patience: Duration,
) -> Result<Vec<(String, Vec<String>)>, Error> {
    match project.config().database.look(patience)? {
        Some(connection) => kept::shown(&connection, set, rows).map_err(of_kept),
        None => Ok(Vec::new()),
    }
}

fn of_kept(error: KeptError) -> Error {
    runner_engine::Error::from(ApplyError::from(error)).into()
}
