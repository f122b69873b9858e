//! Migrations without a transaction that were started: kept in the database until they have
//! finished, so that a crash in one is not forgotten. No other file names the table.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::id::MigrationId;
use crate::plan::Direction;
use crate::record::{self, RecordError};

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
    if !connection.table_exists(Some("main"), "_runner_started")? {
        return Ok(Vec::new());
    }
    let mut statement =
        connection.prepare("SELECT id, direction, started_at FROM _runner_started ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, direction, started_at): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        all.push(Started {
            direction: match direction.as_str() {
                BACKWARD => Direction::Backward,
                _ => Direction::Forward,
            },
            started_at: record::time::read(&id, &started_at)?,
            id: id.parse()?,
        });
    }
    Ok(all)
}

const FORWARD: &str = "forward";
const BACKWARD: &str = "backward";

/// Takes down that `id` starts, unless that is known.
pub(crate) fn insert(
    connection: &Connection,
    id: &MigrationId,
    direction: Direction,
) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    let direction = match direction {
        Direction::Forward => FORWARD,
        Direction::Backward => BACKWARD,
    };
    connection.execute(
        "INSERT OR REPLACE INTO _runner_started VALUES (?1, ?2, ?3)",
        params![
            id.as_str(),
            direction,
            Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
        ],
    )?;
    Ok(())
}

/// Forgets that `id` was started, and the table with the last one. Gives whether it was.
pub(crate) fn delete(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    if !connection.table_exists(Some("main"), "_runner_started")? {
        return Ok(false);
    }
    let gone = connection.execute("DELETE FROM _runner_started WHERE id = ?1", [id.as_str()])? > 0;
    let rows = "SELECT EXISTS (SELECT 1 FROM _runner_started)";
    if !connection.query_row(rows, [], |row| row.get(0))? {
        connection.execute_batch("DROP TABLE _runner_started")?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_is_known_until_it_has_finished() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(read(&connection).unwrap(), []);
        let id: MigrationId = "20250101_000000_a".parse().unwrap();
        insert(&connection, &id, Direction::Forward).unwrap();
        insert(&connection, &id, Direction::Backward).unwrap();
        let all = read(&connection).unwrap();
        assert_eq!((&all[0].id, all[0].direction, all.len()), (&id, Direction::Backward, 1));
        assert!(delete(&connection, &id).unwrap());
        assert!(!delete(&connection, &id).unwrap());
        assert_eq!(read(&connection).unwrap(), []);
    }
}
