//! The history: a row for each applied migration.

mod replaced;
mod row;
mod write;

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};

pub use self::replaced::Replaced;
use self::replaced::mark_replaced;
pub(crate) use self::replaced::replaced;
pub use self::row::Record;
pub(crate) use self::row::Written;
pub(crate) use self::write::change_nothing;
pub(super) use self::write::{
    applied_at, delete, forget, insert_row, rename, restamp_schema, restamp_source,
};
pub use self::write::{import, insert};
pub(crate) use self::write::{log_backup, log_purge, log_stage, redefine, replace, revert};
use super::RecordError;
use super::rows::{Table, TableRow, exists, time_text};
use crate::direction::Direction;
use crate::id::MigrationId;

/// The table. Not STRICT: an application whose SQLite is older than 3.37 must still read its schema.
pub(super) const TABLE: Table = Table {
    name: "_runner_migrations",
    columns: &[
        "id",
        "applied_at",
        "duration_us",
        "source_digest",
        "schema_digest",
        "runner_version",
        "api_version",
        "sqlite_version",
        USABLE_SINCE,
        SCHEMA_BEFORE,
        REPLACES,
    ],
};

/// A column that tables of older runners lack. Their migrations declared nothing.
const USABLE_SINCE: &str = "usable_since";

/// A column that tables of older runners lack. Whether their migrations changed the schema is not known.
const SCHEMA_BEFORE: &str = "schema_before";

/// A column that tables of older runners lack. Their migrations replaced no others.
const REPLACES: &str = "replaces";

/// A column that tables of older runners lack. In the row of a migration that another has replaced it names that one:
/// such a row stays for older applications, which know no other, and counts as applied no more.
const REPLACED_BY: &str = "replaced_by";

/// Everything applied, oldest first. A database without the table has applied nothing.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<Record>, RecordError> {
    let replaced_by = TABLE.column_or_null(connection, REPLACED_BY)?;
    read_where(connection, &format!("{replaced_by} IS NULL"))
}

/// As [`read`], with what was replaced since.
pub(super) fn read_all(connection: &Connection) -> Result<Vec<Record>, RecordError> {
    read_where(connection, "true")
}

fn read_where(connection: &Connection, condition: &str) -> Result<Vec<Record>, RecordError> {
    let select = format!(
        "SELECT id, applied_at, duration_us, source_digest, schema_digest, runner_version, \
         api_version, sqlite_version, {}, {}, {} FROM _runner_migrations WHERE {condition} ORDER BY id",
        TABLE.column_or_null(connection, USABLE_SINCE)?,
        TABLE.column_or_null(connection, SCHEMA_BEFORE)?,
        TABLE.column_or_null(connection, REPLACES)?,
    );
    TABLE.read(connection, &select, |row| {
        Ok(Record {
            id: row.id(0)?,
            applied_at: row.time(1)?,
            duration_us: row.count(2)?,
            source_digest: row.text(3)?.to_owned(),
            schema_digest: row.text(4)?.to_owned(),
            runner_version: row.text(5)?.to_owned(),
            api_version: row.text(6)?.to_owned(),
            sqlite_version: row.text(7)?.to_owned(),
            usable_since: row.optional(8, TableRow::id)?,
            schema_before: row.optional(9, TableRow::text)?.map(str::to_owned),
            replaces: row.optional(10, TableRow::ids)?.unwrap_or_default(),
        })
    })
}

/// The ids of everything applied, oldest first.
///
/// # Errors
/// As [`read`].
pub fn ids(connection: &Connection) -> Result<Vec<MigrationId>, RecordError> {
    let replaced_by = TABLE.column_or_null(connection, REPLACED_BY)?;
    let select =
        format!("SELECT id FROM _runner_migrations WHERE {replaced_by} IS NULL ORDER BY id");
    TABLE.read(connection, &select, |row| row.id(0))
}

/// The ids of everything applied, each with the digest of its source.
///
/// # Errors
/// As [`read`].
pub(crate) fn sources(
    connection: &Connection,
) -> Result<BTreeMap<MigrationId, String>, RecordError> {
    let table = Table { name: TABLE.name, columns: &["id", "source_digest"] };
    let replaced_by = TABLE.column_or_null(connection, REPLACED_BY)?;
    let select =
        format!("SELECT id, source_digest FROM _runner_migrations WHERE {replaced_by} IS NULL");
    let rows = table.read(connection, &select, |row| Ok((row.id(0)?, row.text(1)?.to_owned())))?;
    Ok(rows.into_iter().collect())
}

/// The digest of the schema as the runner left it; `None` if nothing is applied.
pub(crate) fn schema_digest(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if !exists(connection, TABLE.name)? {
        return Ok(None);
    }
    let newest = "SELECT schema_digest FROM _runner_migrations ORDER BY id DESC LIMIT 1";
    connection.query_row(newest, [], |row| row.get(0)).optional()
}

/// Whether `id` is applied.
fn contains(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    if !exists(connection, TABLE.name)? {
        return Ok(false);
    }
    let replaced_by = TABLE.column_or_null(connection, REPLACED_BY)?;
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM _runner_migrations WHERE id = ?1 AND {replaced_by} IS NULL)"
    );
    connection.query_row(&sql, [id.as_str()], |row| row.get(0))
}

/// Whether the history already shows the step of `id` in `direction`.
pub(crate) fn is_taken(
    connection: &Connection,
    id: &MigrationId,
    direction: Direction,
) -> rusqlite::Result<bool> {
    Ok(contains(connection, id)? == (direction == Direction::Forward))
}

/// Whether the migration `id` is known to have changed the schema when it was applied, from another than the one whose
/// digest is `now`.
pub(crate) fn changed_schema(
    connection: &Connection,
    id: &MigrationId,
    now: &str,
) -> rusqlite::Result<bool> {
    let before = TABLE.column_or_null(connection, SCHEMA_BEFORE)?;
    let sql = format!(
        "SELECT {before} <> schema_digest AND {before} <> ?2 FROM _runner_migrations WHERE id = ?1"
    );
    let changed = connection
        .query_row(&sql, [id.as_str(), now], |row| row.get::<_, Option<bool>>(0))
        .optional()?;
    Ok(changed.flatten().unwrap_or(false))
}

/// Whether the history holds what was written.
pub(crate) fn says(connection: &Connection, written: &Written) -> rusqlite::Result<bool> {
    match written {
        Written::NoRow(id) => Ok(!contains(connection, id)?),
        Written::Schema(_, digest) => Ok(schema_digest(connection)?.as_ref() == Some(digest)),
        Written::Row(record) => Ok(contains(connection, &record.id)?
            && connection.query_row(
                "SELECT applied_at = ?2 AND duration_us = ?3 FROM _runner_migrations WHERE id = ?1",
                params![record.id.as_str(), time_text(record.applied_at), duration(record)],
                |row| row.get(0),
            )?),
    }
}

fn duration(record: &Record) -> i64 {
    i64::try_from(record.duration_us).unwrap_or(i64::MAX)
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
            usable_since: None,
            schema_before: None,
            replaces: Vec::new(),
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
        let both = [&old, &new].map(|row| (row.id.clone(), row.source_digest.clone()));
        assert_eq!(sources(&connection).unwrap(), BTreeMap::from(both));

        let again = Record { duration_us: 99, ..old.clone() };
        assert!(says(&connection, &Written::Row(Box::new(old.clone()))).unwrap());
        assert!(!says(&connection, &Written::Row(Box::new(again))).unwrap());
        delete(&connection, &old.id, "d").unwrap();
        assert!(says(&connection, &Written::NoRow(old.id.clone())).unwrap());
        assert!(!says(&connection, &Written::Row(Box::new(old.clone()))).unwrap());
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
    fn a_table_of_an_older_runner_gets_the_column_that_it_lacks_with_the_next_row() {
        let connection = Connection::open_in_memory().unwrap();
        let columns = ",\n  usable_since TEXT,\n  schema_before TEXT,\n  made TEXT,\n  replaces TEXT,\n  replaced_by TEXT";
        connection.execute_batch(&super::write::CREATE.replace(columns, "")).unwrap();
        assert!(!TABLE.has_column(&connection, USABLE_SINCE).unwrap());
        connection
            .execute_batch(
                "INSERT INTO _runner_migrations VALUES \
                 ('20250101_000000_a', '2025-02-03T04:05:06.789Z', 1234, 's', 'd', '1', '2', '3')",
            )
            .unwrap();
        let old = record("20250101_000000_a");
        assert_eq!(read(&connection).unwrap(), std::slice::from_ref(&old));
        let usable_since = Some(old.id.clone());
        let schema_before = Some("e".to_owned());
        let new = Record { usable_since, schema_before, ..record("20250201_000000_b") };
        insert(&connection, &new).unwrap();
        assert_eq!(read(&connection).unwrap(), [old, new]);
    }

    #[test]
    fn a_foreign_row_is_an_error_and_not_skipped() {
        let connection = Connection::open_in_memory().unwrap();
        insert(&connection, &record("20250101_000000_a")).unwrap();
        connection.execute("UPDATE _runner_migrations SET id = 'zzz'", []).unwrap();
        assert!(matches!(read(&connection), Err(RecordError::BadRow(_))));
        assert!(matches!(ids(&connection), Err(RecordError::BadRow(_))));
        assert!(matches!(sources(&connection), Err(RecordError::BadRow(_))));
    }

    #[test]
    fn the_newest_row_has_the_schema_that_the_last_step_left() {
        let connection = Connection::open_in_memory().unwrap();
        let step = |id: &str, schema: &str| Record { schema_digest: schema.into(), ..record(id) };
        let noted = || -> Vec<String> {
            read(&connection).unwrap().into_iter().map(|record| record.schema_digest).collect()
        };
        let (one, two, three) = ("20250101_000000_a", "20250102_000000_b", "20250103_000000_c");
        insert(&connection, &step(one, "1")).unwrap();
        insert(&connection, &step(three, "1+3")).unwrap();
        assert_eq!(noted(), ["1", "1+3"]);
        insert(&connection, &step(two, "1+3+2")).unwrap();
        assert_eq!(noted(), ["1", "1+3+2", "1+3+2"]);
        delete(&connection, &three.parse().unwrap(), "1+2").unwrap();
        assert_eq!(noted(), ["1", "1+2"]);
        forget(&connection, &two.parse().unwrap()).unwrap();
        assert_eq!(noted(), ["1+2"]);
        forget(&connection, &one.parse().unwrap()).unwrap();
        assert!(noted().is_empty());
    }
}
