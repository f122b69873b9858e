//! Writes the history, in the transaction of the step or the repair, and to the log what a step is.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    REPLACED_BY, REPLACES, Record, SCHEMA_BEFORE, TABLE, USABLE_SINCE, duration, mark_replaced,
    schema_digest,
};
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::microseconds::microseconds;
use crate::record::log::{self, Happened, NewEntry};
use crate::record::made::MADE;
use crate::record::rows::{exists, time_text};

/// The table's definition.
pub(super) const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_migrations (
  id TEXT NOT NULL PRIMARY KEY,
  applied_at TEXT NOT NULL,
  duration_us INTEGER NOT NULL,
  source_digest TEXT NOT NULL,
  schema_digest TEXT NOT NULL,
  runner_version TEXT NOT NULL,
  api_version TEXT NOT NULL,
  sqlite_version TEXT NOT NULL,
  usable_since TEXT,
  schema_before TEXT,
  made TEXT,
  replaces TEXT,
  replaced_by TEXT
) WITHOUT ROWID";

/// Adds the row of a migration that was applied, and the table if this is the first. Runs in the transaction of the
/// migration.
pub fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    insert_row(connection, record)?;
    let entry = NewEntry {
        id: Some(&record.id),
        at: record.applied_at,
        duration_us: Some(record.duration_us),
        api_version: Some(&record.api_version),
        source_digest: Some(&record.source_digest),
        ..NewEntry::now(Happened::Applied, &record.schema_digest)
    };
    log::append(connection, &entry)
}

/// Adds the row of a migration that another tool has applied, at the moment that is in it. `detail` says which tool,
/// and what it called the migration.
pub fn import(connection: &Connection, record: &Record, detail: &str) -> rusqlite::Result<()> {
    insert_row(connection, record)?;
    let entry = NewEntry {
        id: Some(&record.id),
        detail: Some(detail),
        source_digest: Some(&record.source_digest),
        ..NewEntry::now(Happened::Imported, &record.schema_digest)
    };
    log::append(connection, &entry)
}

/// Adds the row of a migration that was not run, in the place of the rows of `replaced`, which are marked. Runs in the
/// transaction of its step.
pub(crate) fn replace(
    connection: &Connection,
    record: &Record,
    replaced: &BTreeSet<MigrationId>,
) -> rusqlite::Result<()> {
    insert_row(connection, record)?;
    mark_replaced(connection, replaced, record)?;
    let entry = NewEntry {
        id: Some(&record.id),
        api_version: Some(&record.api_version),
        source_digest: Some(&record.source_digest),
        ..NewEntry::now(Happened::Replaced, &record.schema_digest)
    };
    log::append(connection, &entry)
}

/// Removes the row of a migration that was reverted, whose code ran for the time that it `took`, and stores the digest
/// of the schema that is left. Runs in the transaction that reverts the migration.
pub(crate) fn revert(
    connection: &Connection,
    id: &MigrationId,
    (took, api_version): (Duration, &str),
    (source_digest, schema_digest): (&str, &str),
) -> rusqlite::Result<()> {
    let applied_at = applied_at(connection, id)?;
    delete(connection, id, schema_digest)?;
    let entry = NewEntry {
        id: Some(id),
        applied_at,
        duration_us: Some(microseconds(took)),
        api_version: Some(api_version),
        source_digest: Some(source_digest),
        ..NewEntry::now(Happened::Reverted, schema_digest)
    };
    log::append(connection, &entry)
}

/// When `id` was applied, as the history has it.
pub(in crate::record) fn applied_at(
    connection: &Connection,
    id: &MigrationId,
) -> rusqlite::Result<Option<String>> {
    let select = "SELECT applied_at FROM _runner_migrations WHERE id = ?1";
    match exists(connection, TABLE.name)? {
        true => connection.query_row(select, [id.as_str()], |row| row.get(0)).optional(),
        false => Ok(None),
    }
}

/// Writes to the log that a stage of the batched migration `id` has changed the schema.
pub(crate) fn log_stage(
    connection: &Connection,
    (id, direction): (&MigrationId, Direction),
    words: &str,
    schema_digest: &str,
) -> rusqlite::Result<()> {
    let detail = match direction {
        Direction::Forward => words.to_owned(),
        Direction::Backward => format!("on its way back, {words}"),
    };
    let entry = NewEntry {
        id: Some(id),
        detail: Some(&detail),
        ..NewEntry::now(Happened::Stage, schema_digest)
    };
    log::append(connection, &entry)
}

/// Stores the digest of the schema with views and triggers that were made anew without a migration, which `words` name.
/// The newest one is `id`.
pub(crate) fn redefine(
    connection: &Connection,
    id: &MigrationId,
    words: &str,
    schema_digest: &str,
) -> rusqlite::Result<()> {
    restamp_schema(connection, schema_digest)?;
    let entry = NewEntry {
        id: Some(id),
        detail: Some(words),
        ..NewEntry::now(Happened::Redefined, schema_digest)
    };
    log::append(connection, &entry)
}

/// Writes to the log that the database was backed up into `file` before the step that is written next.
pub(crate) fn log_backup(connection: &Connection, file: &str) -> rusqlite::Result<()> {
    // As the runner left it: if it is another by now, no step is taken.
    let schema = schema_digest(connection)?.unwrap_or_default();
    let entry = NewEntry { detail: Some(file), ..NewEntry::now(Happened::BackedUp, &schema) };
    log::append(connection, &entry)
}

/// Writes to the log that `what`, which was kept of a migration, was let go of. The entry is about no migration: an older
/// runner would not know what happened to that.
pub(crate) fn log_purge(connection: &Connection, what: &str) -> rusqlite::Result<()> {
    // As the runner left it: nobody has looked at it.
    let schema = schema_digest(connection)?.unwrap_or_default();
    let entry = NewEntry { detail: Some(what), ..NewEntry::now(Happened::Purged, &schema) };
    log::append(connection, &entry)
}

/// Adds a row, and the table if this is the first.
pub(in crate::record) fn insert_row(
    connection: &Connection,
    record: &Record,
) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    for column in [USABLE_SINCE, SCHEMA_BEFORE, MADE, REPLACES, REPLACED_BY] {
        if !TABLE.has_column(connection, column)? {
            let add = format!("ALTER TABLE _runner_migrations ADD COLUMN {column} TEXT");
            connection.execute_batch(&add)?;
        }
    }
    let replaces = match record.replaces.as_slice() {
        [] => None,
        ids => Some(words_of(ids)?),
    };
    connection.execute(
        "INSERT INTO _runner_migrations (id, applied_at, duration_us, source_digest, schema_digest, \
         runner_version, api_version, sqlite_version, usable_since, schema_before, replaces) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            record.id.as_str(),
            time_text(record.applied_at),
            duration(record),
            record.source_digest,
            record.schema_digest,
            record.runner_version,
            record.api_version,
            record.sqlite_version,
            record.usable_since.as_ref().map(MigrationId::as_str),
            record.schema_before,
            replaces,
        ],
    )?;
    restamp_schema(connection, &record.schema_digest)
}

/// Removes a row, and stores the digest of the schema that is left.
pub(in crate::record) fn delete(
    connection: &Connection,
    id: &MigrationId,
    schema_digest: &str,
) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM _runner_migrations WHERE id = ?1", [id.as_str()])?;
    restamp_schema(connection, schema_digest)
}

/// Changes no row of the history, which must be there: SQLite then says that the last statement changed none.
pub(crate) fn change_nothing(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM _runner_migrations WHERE 0", []).map(drop)
}

/// The text of a list of migrations, as [`TableRow::ids`](super::TableRow::ids) reads it.
fn words_of(ids: &[MigrationId]) -> rusqlite::Result<String> {
    serde_json::to_string(ids)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Removes a row whose migration is not reverted: what was noted as the schema stays noted. What it replaced counts as
/// applied again.
pub(in crate::record) fn forget(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
    if TABLE.has_column(connection, REPLACED_BY)? {
        let again = "UPDATE _runner_migrations SET replaced_by = NULL WHERE replaced_by = ?1";
        connection.execute(again, [id.as_str()])?;
    }
    let schema_digest = schema_digest(connection)?.unwrap_or_default();
    delete(connection, id, &schema_digest)
}

/// Stores the digest of the present schema in the newest row, which is not that of the step after a step
/// backward, or forward with a migration that came late. A row that has the digest already is not written. If
/// its migration changed no schema, the digest before it is updated as well: it still has nothing to undo.
pub(in crate::record) fn restamp_schema(
    connection: &Connection,
    digest: &str,
) -> rusqlite::Result<()> {
    if !exists(connection, TABLE.name)? {
        return Ok(());
    }
    let along = match TABLE.has_column(connection, SCHEMA_BEFORE)? {
        true => {
            ", schema_before = CASE schema_before WHEN schema_digest THEN ?1 ELSE schema_before END"
        }
        false => "",
    };
    let update = format!(
        "UPDATE _runner_migrations SET schema_digest = ?1{along} \
         WHERE id = (SELECT max(id) FROM _runner_migrations) AND schema_digest <> ?1",
    );
    connection.execute(&update, [digest])?;
    Ok(())
}

/// Renames a row to `to`, and stores the digest of its source under that name.
pub(in crate::record) fn rename(
    connection: &Connection,
    from: &MigrationId,
    to: &MigrationId,
    digest: &str,
) -> rusqlite::Result<()> {
    // Another row may be the newest now, and the newest holds the schema.
    let schema = schema_digest(connection)?;
    connection.execute(
        "UPDATE _runner_migrations SET id = ?2, source_digest = ?3 WHERE id = ?1",
        [from.as_str(), to.as_str(), digest],
    )?;
    if TABLE.has_column(connection, USABLE_SINCE)? {
        connection.execute(
            "UPDATE _runner_migrations SET usable_since = ?2 WHERE usable_since = ?1",
            [from.as_str(), to.as_str()],
        )?;
    }
    if TABLE.has_column(connection, REPLACED_BY)? {
        connection.execute(
            "UPDATE _runner_migrations SET replaced_by = ?2 WHERE replaced_by = ?1",
            [from.as_str(), to.as_str()],
        )?;
    }
    schema.map_or(Ok(()), |schema| restamp_schema(connection, &schema))
}

/// Stores another digest of the source of an applied migration.
pub(in crate::record) fn restamp_source(
    connection: &Connection,
    id: &MigrationId,
    digest: &str,
) -> rusqlite::Result<()> {
    if !exists(connection, TABLE.name)? {
        return Ok(());
    }
    connection.execute(
        "UPDATE _runner_migrations SET source_digest = ?2 WHERE id = ?1",
        [id.as_str(), digest],
    )?;
    Ok(())
}
