//! Makes a repair: what it changes in the history, its row among the repairs, and its entry in the log.

use rusqlite::Connection;

use super::history::{self, Record};
use super::log::{self, Happened, NewEntry};
use super::repairs::{self, RepairKind, Repaired};
use crate::id::MigrationId;

/// Makes the repair in a database whose schema has the digest `schema`. What it records as applied `replaces` these. Runs
/// in a transaction of the caller.
///
/// # Errors
/// SQLite's.
pub fn repair(
    connection: &Connection,
    repaired: &Repaired,
    schema: &str,
    replaces: Vec<MigrationId>,
) -> rusqlite::Result<()> {
    // Before it: with the last row goes what the history says of the schema.
    let left = history::schema_digest(connection)?;
    let applied_at = match (repaired.kind, &repaired.id, &repaired.new_digest) {
        (RepairKind::Forget, Some(id), _) | (RepairKind::Finished, Some(id), None) => {
            history::applied_at(connection, id)?
        }
        _ => None,
    };
    match (repaired.kind, &repaired.id, &repaired.new_digest) {
        (RepairKind::Accept, Some(id), Some(source)) => {
            history::restamp_source(connection, id, source)?;
        }
        (RepairKind::Renamed, Some(to), Some(source)) => {
            if let Some(from) = &repaired.old_id {
                history::rename(connection, from, to, source)?;
            }
        }
        (RepairKind::Forget, Some(id), _) => history::forget(connection, id)?,
        (RepairKind::AcceptSchema, _, Some(schema)) => {
            history::restamp_schema(connection, schema)?;
        }
        (RepairKind::Finished | RepairKind::Fake, Some(id), Some(source)) => {
            let row = Record::not_run(id.clone(), source.clone(), schema.to_owned());
            let row = Record { applied_at: repaired.repaired_at, replaces, ..row };
            history::insert_row(connection, &row)?;
        }
        (RepairKind::Finished, Some(id), None) => history::delete(connection, id, schema)?,
        _ => {}
    }
    repairs::insert(connection, repaired)?;
    let leaves = match repaired.kind {
        RepairKind::Accept | RepairKind::Forget | RepairKind::Renamed | RepairKind::NotStarted => {
            left
        }
        _ => None,
    };
    let source = match repaired.kind {
        RepairKind::AcceptSchema => None,
        _ => repaired.new_digest.as_deref(),
    };
    let entry = NewEntry {
        id: repaired.id.as_ref(),
        old_id: repaired.old_id.as_ref(),
        at: repaired.repaired_at,
        applied_at,
        detail: Some(&repaired.reason),
        source_digest: source,
        ..NewEntry::now(Happened::Repaired(repaired.kind), leaves.as_deref().unwrap_or(schema))
    };
    log::append(connection, &entry)
}
