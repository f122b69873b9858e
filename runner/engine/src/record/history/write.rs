//! Writes the history, in the transaction of the step or the repair.

use rusqlite::{Connection, params};

use super::{
    REPLACED_BY, REPLACES, Record, SCHEMA_BEFORE, TABLE, USABLE_SINCE, duration, schema_digest,
};
use crate::id::MigrationId;
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

/// Adds a row, and the table if this is the first. Runs in the transaction of the migration.
pub fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
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

/// Removes a row, and stores the digest of the schema that is left. Runs in the transaction that reverts the
/// migration.
pub fn delete(
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
pub fn forget(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
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
pub fn restamp_schema(connection: &Connection, digest: &str) -> rusqlite::Result<()> {
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
pub fn rename(
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
pub fn restamp_source(
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
