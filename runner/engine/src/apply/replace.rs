//! A step forward of a migration that replaces others: where these are applied it is recorded in their place, and
//! its code does not run.

use std::time::Duration;

use rusqlite::Connection;

use super::failure::ApplyError;
use super::step::{Taken, Uncommitted, keep_source};
use super::verify::Before;
use crate::load::Loaded;
use crate::record::{self, Record, Written};
use crate::squash::{Covered, Standing, rows_replaced};

/// Records `migration` in the place of what it replaces, if all of that is applied; `None`: nothing of it is, so that
/// the migration is to run. It is decided by the history as it is under the lock, and not by the plan's.
///
/// # Errors
/// Some of it is applied; the history cannot be read or written.
pub(super) fn record(
    connection: &Connection,
    migration: &Loaded,
    now: &Before,
) -> Result<Option<Uncommitted>, ApplyError> {
    let artifact = &migration.artifact;
    let id = &artifact.id;
    let history = record::read(connection)?;
    let replaced = record::replaced(connection)?;
    match Covered::of(&history, &replaced).standing(&artifact.replaces) {
        Standing::Fresh => return Ok(None),
        Standing::Partly { missing } => {
            return Err(ApplyError::PartlyReplaced { id: id.clone(), missing });
        }
        Standing::Covered => {}
    }
    let record = Record {
        api_version: migration.api_version.clone(),
        usable_since: migration.usable_since.clone(),
        replaces: artifact.replaces.clone(),
        ..Record::not_run(
            id.clone(),
            artifact.source_digest.clone(),
            now.inventory.objects.digest(),
        )
    };
    let rows = rows_replaced(&history, id, &artifact.replaces);
    record::replace(connection, &record, &rows)
        .and_then(|()| keep_source(connection, migration))
        .map_err(ApplyError::sqlite(format!("record `{id}`")))?;
    let taken = Taken { replaced: artifact.replaces.len(), ..Taken::ran(Duration::ZERO) };
    let written = Written::Row(Box::new(record));
    Ok(Some(Uncommitted { taken, written, redefined: Vec::new() }))
}
