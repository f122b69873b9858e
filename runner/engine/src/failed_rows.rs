//! Rows that a batched migration passed over because they failed, kept in the database with what came of them. No other
//! file names the table.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::id::MigrationId;
use crate::record::{RecordError, Table, TableRow, table_exists};

/// The table.
const TABLE: Table = Table {
    name: "_runner_failed_rows",
    columns: &[
        "id",
        "table_name",
        "row_key",
        "row_values",
        "reason",
        "failed_at",
        "settled_at",
        "settled_because",
    ],
};

/// The table's definition.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_failed_rows (
  id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  row_values TEXT NOT NULL,
  reason TEXT NOT NULL,
  failed_at TEXT NOT NULL,
  settled_at TEXT,
  settled_because TEXT
)";

/// A row that failed and was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedRow {
    /// The migration.
    pub id: MigrationId,
    /// The table.
    pub table: String,
    /// Its key, in words.
    pub key: String,
    /// The values that were read, in words.
    pub values: String,
    /// Why it failed.
    pub reason: String,
    /// When, in UTC.
    pub failed_at: Timestamp,
    /// That nobody has to look after it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// That nobody has to look after a row any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// Since when, in UTC.
    pub settled_at: Timestamp,
    /// The reason that was given.
    pub reason: String,
}

/// Notes it, in the transaction that passes over it.
///
/// # Errors
/// SQLite's.
pub(crate) fn insert(connection: &Connection, row: &FailedRow) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    connection.execute(
        "INSERT INTO _runner_failed_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL)",
        params![
            row.id.as_str(),
            row.table,
            row.key,
            row.values,
            row.reason,
            time_text(row.failed_at),
        ],
    )?;
    Ok(())
}

/// All of them, in the order in which they failed.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<FailedRow>, RecordError> {
    let select =
        format!("SELECT {} FROM _runner_failed_rows ORDER BY rowid", TABLE.columns.join(", "));
    TABLE.read(connection, &select, |row| {
        let settled_at = row.optional(6, TableRow::time)?;
        let because = row.optional(7, TableRow::text)?.unwrap_or_default();
        Ok(FailedRow {
            id: row.id(0)?,
            table: row.text(1)?.to_owned(),
            key: row.text(2)?.to_owned(),
            values: row.text(3)?.to_owned(),
            reason: row.text(4)?.to_owned(),
            failed_at: row.time(5)?,
            settled: settled_at
                .map(|settled_at| Settled { settled_at, reason: because.to_owned() }),
        })
    })
}

/// How many are to be looked after, of each migration that has some.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub(crate) fn unsettled(
    connection: &Connection,
) -> Result<BTreeMap<MigrationId, u64>, RecordError> {
    let select =
        "SELECT id, count(*) FROM _runner_failed_rows WHERE settled_at IS NULL GROUP BY id";
    let counts = TABLE.read(connection, select, |row| Ok((row.id(0)?, row.count(1)?)))?;
    Ok(counts.into_iter().collect())
}

/// Records that nobody has to look after those of `id` any more, and why. Gives how many there were.
///
/// # Errors
/// SQLite's.
pub fn settle(connection: &Connection, id: &MigrationId, reason: &str) -> rusqlite::Result<usize> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(0);
    }
    connection.execute(
        "UPDATE _runner_failed_rows SET settled_at = ?2, settled_because = ?3 \
         WHERE id = ?1 AND settled_at IS NULL",
        params![id.as_str(), time_text(Timestamp::now()), reason],
    )
}

fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_until_it_is_settled_and_is_there_afterwards_with_the_reason() {
        let connection = Connection::open_in_memory().unwrap();
        let [one, other] = ["20250101_000000_a", "20250101_000000_b"].map(|id| id.parse().unwrap());
        assert_eq!(settle(&connection, &one, "none").unwrap(), 0);
        let row = |id: &MigrationId, key: &str| FailedRow {
            id: id.clone(),
            table: "t".into(),
            key: key.into(),
            values: "`n` = 1".into(),
            reason: "r".into(),
            failed_at: Timestamp::UNIX_EPOCH,
            settled: None,
        };
        let rows = [row(&one, "1"), row(&other, "2"), row(&one, "3")];
        for row in &rows {
            insert(&connection, row).unwrap();
        }
        assert_eq!(read(&connection).unwrap(), rows);
        let counts = BTreeMap::from([(one.clone(), 2), (other.clone(), 1)]);
        assert_eq!(unsettled(&connection).unwrap(), counts);

        assert_eq!(settle(&connection, &one, "typed in by hand").unwrap(), 2);
        assert_eq!(settle(&connection, &one, "again").unwrap(), 0);
        assert_eq!(unsettled(&connection).unwrap(), BTreeMap::from([(other, 1)]));
        let all = read(&connection).unwrap();
        let reasons: Vec<_> =
            all.iter().map(|row| row.settled.as_ref().map(|it| it.reason.as_str())).collect();
        assert_eq!(reasons, [Some("typed in by hand"), None, Some("typed in by hand")]);
    }
}
