//! Stage 6: what was applied, kept in the database itself. No other file names the table.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::id::{InvalidId, MigrationId};

/// The table. Not STRICT: an application whose SQLite is older than 3.37 must still read its schema.
const TABLE: &str = "_runner_migrations";

/// What the names of the runner's own tables begin with.
const OURS: &str = "_runner_";

/// The table's definition.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_migrations (
  id TEXT NOT NULL PRIMARY KEY,
  applied_at TEXT NOT NULL,
  duration_us INTEGER NOT NULL,
  source_digest TEXT NOT NULL,
  schema_digest TEXT NOT NULL,
  runner_version TEXT NOT NULL,
  api_version TEXT NOT NULL,
  sqlite_version TEXT NOT NULL
) WITHOUT ROWID";

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The migration.
    pub id: MigrationId,
    /// When it was applied. Shown to people; nothing is ordered by it.
    pub applied_at: Timestamp,
    /// How long its own code ran, in microseconds.
    pub duration_us: u64,
    /// The digest of its source when it was applied.
    pub source_digest: String,
    /// The digest of the database's schema right after it.
    pub schema_digest: String,
    /// The version of the runner that applied it.
    pub runner_version: String,
    /// The version of migration-api that it was built with.
    pub api_version: String,
    /// The version of SQLite that ran it.
    pub sqlite_version: String,
}

/// What a step wrote about a migration.
#[derive(Debug)]
pub(crate) enum Written {
    /// Its row.
    Row(Record),
    /// That it has none any more.
    NoRow(MigrationId),
}

impl Written {
    /// The migration.
    pub(crate) fn id(&self) -> &MigrationId {
        match self {
            Self::Row(record) => &record.id,
            Self::NoRow(id) => id,
        }
    }
}

/// Whether `table` is the runner's own, in whatever case it is written.
pub(crate) fn is_history(table: impl AsRef<[u8]>) -> bool {
    let beginning = table.as_ref().get(..OURS.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(OURS.as_bytes()))
}

/// Everything applied, oldest first. A database without the table has applied nothing.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<Record>, RecordError> {
    if !exists(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT id, applied_at, duration_us, source_digest, schema_digest, \
         runner_version, api_version, sqlite_version FROM _runner_migrations ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let applied_at: String = row.get(1)?;
        records.push(Record {
            applied_at: applied_at.parse().map_err(|source| RecordError::BadTime {
                id: id.clone(),
                text: applied_at,
                source,
            })?,
            id: id.parse()?,
            duration_us: row.get::<_, i64>(2)?.unsigned_abs(),
            source_digest: row.get(3)?,
            schema_digest: row.get(4)?,
            runner_version: row.get(5)?,
            api_version: row.get(6)?,
            sqlite_version: row.get(7)?,
        });
    }
    Ok(records)
}

/// The ids of everything applied, oldest first.
///
/// # Errors
/// As [`read`].
pub fn ids(connection: &Connection) -> Result<Vec<MigrationId>, RecordError> {
    if !exists(connection)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT id FROM _runner_migrations ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(row.get::<_, String>(0)?.parse()?);
    }
    Ok(ids)
}

/// Whether `id` is applied.
pub(crate) fn contains(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    if !exists(connection)? {
        return Ok(false);
    }
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM _runner_migrations WHERE id = ?1)",
        [id.as_str()],
        |row| row.get(0),
    )
}

/// Adds a row, and the table if this is the first. Runs in the transaction of the migration.
pub(crate) fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    connection.execute(
        "INSERT INTO _runner_migrations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            record.id.as_str(),
            time(record),
            duration(record),
            record.source_digest,
            record.schema_digest,
            record.runner_version,
            record.api_version,
            record.sqlite_version,
        ],
    )?;
    Ok(())
}

/// Removes a row. Runs in the transaction that reverts the migration.
pub(crate) fn delete(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM _runner_migrations WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

/// Whether the history holds what was written.
pub(crate) fn says(connection: &Connection, written: &Written) -> rusqlite::Result<bool> {
    match written {
        Written::NoRow(id) => Ok(!contains(connection, id)?),
        Written::Row(record) => Ok(contains(connection, &record.id)?
            && connection.query_row(
                "SELECT applied_at = ?2 AND duration_us = ?3 FROM _runner_migrations WHERE id = ?1",
                params![record.id.as_str(), time(record), duration(record)],
                |row| row.get(0),
            )?),
    }
}

fn time(record: &Record) -> String {
    record.applied_at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn duration(record: &Record) -> i64 {
    i64::try_from(record.duration_us).unwrap_or(i64::MAX)
}

fn exists(connection: &Connection) -> rusqlite::Result<bool> {
    let found = connection
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            [TABLE],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// SQLite refused.
    #[error("cannot read the history of migrations")]
    Sqlite(#[from] rusqlite::Error),
    /// A row's id is none.
    #[error("the history of migrations holds a row that is not the runner's")]
    BadId(#[from] InvalidId),
    /// A row's time is none.
    #[error("the history says that `{id}` was applied at `{text}`, which is no time")]
    BadTime {
        /// The migration.
        id: String,
        /// What stands there.
        text: String,
        /// Why it is no time.
        source: jiff::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> Record {
        Record {
            id: id.parse().unwrap(),
            applied_at: "2025-02-03T04:05:06.789Z".parse().unwrap(),
            duration_us: 1234,
            source_digest: "s".into(),
            schema_digest: "d".into(),
            runner_version: "1".into(),
            api_version: "2".into(),
            sqlite_version: "3".into(),
        }
    }

    #[test]
    fn rows_come_back_as_they_were_written_and_in_order_of_id() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(read(&connection).unwrap(), []);
        let (old, new) = (record("20250101_000000_a"), record("20250201_000000_b"));
        insert(&connection, &new).unwrap();
        insert(&connection, &old).unwrap();
        assert_eq!(read(&connection).unwrap(), [old.clone(), new.clone()]);
        assert_eq!(ids(&connection).unwrap(), [old.id.clone(), new.id.clone()]);

        let again = Record { duration_us: 99, ..old.clone() };
        assert!(says(&connection, &Written::Row(old.clone())).unwrap());
        assert!(!says(&connection, &Written::Row(again)).unwrap());
        delete(&connection, &old.id).unwrap();
        assert!(says(&connection, &Written::NoRow(old.id.clone())).unwrap());
        assert!(!says(&connection, &Written::Row(old.clone())).unwrap());
        assert!(!contains(&connection, &old.id).unwrap());
        assert!(contains(&connection, &new.id).unwrap());
    }

    #[test]
    fn a_migration_cannot_be_recorded_twice() {
        let connection = Connection::open_in_memory().unwrap();
        insert(&connection, &record("20250101_000000_a")).unwrap();
        insert(&connection, &record("20250101_000000_a")).unwrap_err();
    }

    #[test]
    fn a_foreign_row_is_an_error_and_not_skipped() {
        let connection = Connection::open_in_memory().unwrap();
        insert(&connection, &record("20250101_000000_a")).unwrap();
        connection.execute("UPDATE _runner_migrations SET id = 'zzz'", []).unwrap();
        assert!(matches!(read(&connection), Err(RecordError::BadId(_))));
        assert!(matches!(ids(&connection), Err(RecordError::BadId(_))));
    }
}
