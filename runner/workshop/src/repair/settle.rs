//! Settles the rows that a batched migration passed over because they failed.

use std::time::Duration;

use runner_engine::MigrationId;
use runner_engine::failed_rows;

use crate::error::{Error, RepairError};
use crate::project::Project;

/// Records that nobody has to look after the rows that `id` passed over any more, with the `reason`. Gives how many
/// there were.
///
/// # Errors
/// No reason; no such rows; a database that cannot be written.
pub fn settle_failed_rows(
    project: &Project,
    id: &MigrationId,
    reason: &str,
    patience: Duration,
) -> Result<usize, Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(RepairError::NoReason.into());
    }
    let database = &project.config().database;
    let settled = if database.exists()? {
        let connection = database.existing().open_to_migrate(patience)?;
        failed_rows::settle(&connection, id, reason)
            .map_err(|error| Error::from(database.sqlite_error(error)))?
    } else {
        0
    };
    match settled {
        0 => Err(RepairError::Needless { why: why_needless(id) }.into()),
        settled => Ok(settled),
    }
}

pub(super) fn why_needless(id: &MigrationId) -> String {
    format!("there is nothing to settle: `{id}` has passed over no row that is not settled")
}
