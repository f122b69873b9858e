//! Migrations without a transaction that were started: kept in the database until they have
//! finished, so that a crash in one is not forgotten. No other file names the table.

use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::database::{Database, DatabaseError};
use crate::direction::Direction;
use crate::exit::Exit;
use crate::id::MigrationId;
use crate::record::{self, Expected, RecordError, Table};
use crate::stop::Stop;

/// The table.
const TABLE: Table = Table { name: "_runner_started", columns: &["id", "direction", "started_at"] };

/// The table's definition. It is there while it is not empty.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_started (
  id TEXT NOT NULL PRIMARY KEY,
  direction TEXT NOT NULL,
  started_at TEXT NOT NULL
) WITHOUT ROWID";

/// A migration that was started and has not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Started {
    /// The migration.
    pub id: MigrationId,
    /// Which way it went.
    pub direction: Direction,
    /// When it was started, in UTC.
    pub started_at: Timestamp,
}

/// What was started and has not finished, oldest id first.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<Started>, RecordError> {
    let select = "SELECT id, direction, started_at FROM _runner_started ORDER BY id";
    TABLE.read(connection, select, |row| {
        let direction = match row.text_or(1, || Expected::Direction)? {
            FORWARD => Direction::Forward,
            BACKWARD => Direction::Backward,
            // A guess would let `repair --finished` record the opposite of what is so.
            _ => return Err(row.bad(1, Expected::Direction)),
        };
        Ok(Started { id: row.id(0)?, direction, started_at: row.time(2)? })
    })
}

/// Whether `id` is recorded as started.
///
/// # Errors
/// SQLite's.
pub(crate) fn contains(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    let found = "SELECT EXISTS (SELECT 1 FROM _runner_started WHERE id = ?1)";
    Ok(record::table_exists(connection, TABLE.name)?
        && connection.prepare_cached(found)?.query_row([id.as_str()], |row| row.get(0))?)
}

const FORWARD: &str = "forward";
const BACKWARD: &str = "backward";

/// Records that `id` starts now.
///
/// # Errors
/// SQLite's; among them that `id` is recorded as started already, by whoever is at it.
pub(crate) fn insert(
    connection: &Connection,
    id: &MigrationId,
    direction: Direction,
) -> Result<Started, RecordError> {
    connection.execute_batch(CREATE)?;
    let words = match direction {
        Direction::Forward => FORWARD,
        Direction::Backward => BACKWARD,
    };
    // Whoever reads the row compares it with this: both are cut to the second.
    let now = Timestamp::now();
    // To the second, as it is written: whoever reads the row compares it with what this gives.
    let started_at = now - SignedDuration::from_nanos(now.subsec_nanosecond().into());
    connection.execute(
        "INSERT INTO _runner_started VALUES (?1, ?2, ?3)",
        params![id.as_str(), words, started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()],
    )?;
    Ok(Started { id: id.clone(), direction, started_at })
}

/// Forgets that `id` was started, and the table with the last one. Gives whether it was.
pub fn delete(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    if !record::table_exists(connection, TABLE.name)? {
        return Ok(false);
    }
    let gone = connection.execute("DELETE FROM _runner_started WHERE id = ?1", [id.as_str()])? > 0;
    let rows = "SELECT EXISTS (SELECT 1 FROM _runner_started)";
    if !connection.query_row(rows, [], |row| row.get(0))? {
        connection.execute_batch("DROP TABLE _runner_started")?;
    }
    Ok(gone)
}

/// Waits until nothing is unfinished in `database`, as long as `patience` allows and nobody asks for
/// the end. It looks now and then, on a connection that it closes each time: one that stays open
/// would keep a migration from leaving WAL mode.
///
/// # Errors
/// The database cannot be read.
pub(crate) fn wait(
    database: &Database,
    patience: Duration,
    stop: &Stop,
) -> Result<(), DatabaseError> {
    const LONGEST: Duration = Duration::from_secs(1);
    let began = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        let left = patience.saturating_sub(began.elapsed());
        if left.is_zero() || stop.is_requested() {
            return Ok(());
        }
        thread::sleep(pause.min(left));
        pause = LONGEST.min(pause * 2);
        let is_finished = match database.look(left) {
            Ok(Some(connection)) => read(&connection).is_ok_and(|all| all.is_empty()),
            Ok(None) => true,
            // It is busy at a batch.
            Err(error) if error.exit() == Exit::TryAgain => false,
            Err(error) => return Err(error),
        };
        if is_finished {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_is_known_until_it_has_finished() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(read(&connection).unwrap(), []);
        let id: MigrationId = "20250101_000000_a".parse().unwrap();
        let started = insert(&connection, &id, Direction::Backward).unwrap();
        assert_eq!((&started.id, started.direction), (&id, Direction::Backward));
        assert_eq!(read(&connection).unwrap(), std::slice::from_ref(&started));
        // Whoever is at it keeps the row.
        insert(&connection, &id, Direction::Forward).unwrap_err();
        assert_eq!(read(&connection).unwrap(), [started]);
        assert!(delete(&connection, &id).unwrap());
        assert!(!delete(&connection, &id).unwrap());
        assert_eq!(read(&connection).unwrap(), []);
    }

    #[test]
    fn what_another_connection_starts_and_finishes_is_seen_past_a_schema_that_was_read_before() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Connection::open(folder.path().join("a.db")).unwrap();
        let (one, other) = (open(), open());
        let id: MigrationId = "20250101_000000_a".parse().unwrap();
        assert_eq!(read(&one).unwrap(), []);
        insert(&other, &id, Direction::Forward).unwrap();
        assert_eq!(read(&one).unwrap().len(), 1);
        assert!(delete(&other, &id).unwrap());
        assert_eq!(read(&one).unwrap(), []);
        assert!(!delete(&one, &id).unwrap());
    }
}
