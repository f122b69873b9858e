//! The repairs that people made to the history, each with its reason.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::RecordError;
use super::rows::{Table, TableRow, time_text};
use crate::id::MigrationId;

/// The table. The first repair makes it; most databases never have it.
const TABLE: Table = Table {
    name: "_runner_repairs",
    columns: &[
        "number",
        "repaired_at",
        "kind",
        "id",
        "old_digest",
        "new_digest",
        "reason",
        "runner_version",
        OLD_ID,
    ],
};

/// A column that the first renamed migration adds to the table.
const OLD_ID: &str = "old_id";

const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_repairs (
  number INTEGER PRIMARY KEY,
  repaired_at TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT,
  old_digest TEXT NOT NULL,
  new_digest TEXT,
  reason TEXT NOT NULL,
  runner_version TEXT NOT NULL
)";

/// The kind of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RepairKind {
    /// The edit of an applied migration was accepted.
    Accept,
    /// An applied migration without a crate was dropped from the history.
    Forget,
    /// The schema was accepted as it was.
    AcceptSchema,
    /// An unfinished migration was recorded as done.
    Finished,
    /// An unfinished migration was recorded as not begun.
    NotStarted,
    /// A migration was recorded as applied without being run.
    Fake,
    /// An applied migration was given the name that its crate has now.
    Renamed,
}

impl RepairKind {
    pub(super) const ALL: [Self; 7] = [
        Self::Accept,
        Self::Forget,
        Self::AcceptSchema,
        Self::Finished,
        Self::NotStarted,
        Self::Fake,
        Self::Renamed,
    ];

    /// Its name in the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Forget => "forget",
            Self::AcceptSchema => "accept_schema",
            Self::Finished => "finished",
            Self::NotStarted => "not_started",
            Self::Fake => "fake",
            Self::Renamed => "renamed",
        }
    }
}

/// A repair that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// When it was made, in UTC. It is shown to people; nothing is ordered by it.
    pub repaired_at: Timestamp,
    /// What was repaired.
    pub kind: RepairKind,
    /// The migration; `None` for a repair of the schema.
    pub id: Option<MigrationId>,
    /// The old name of a renamed migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_id: Option<MigrationId>,
    /// The digest of the source or of the schema in the history before; empty if there was no row.
    pub old_digest: String,
    /// The digest in the history afterwards; `None` if there is no row.
    pub new_digest: Option<String>,
    /// The reason that the person gave.
    pub reason: String,
    /// The version of the runner that made it.
    pub runner_version: String,
}

/// Every repair that was made to the history, in the order in which they were made.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn repairs(connection: &Connection) -> Result<Vec<Repaired>, RecordError> {
    let select = format!(
        "SELECT number, repaired_at, kind, id, old_digest, new_digest, reason, runner_version, {} \
         FROM _runner_repairs ORDER BY number",
        TABLE.column_or_null(connection, OLD_ID)?,
    );
    TABLE.read(connection, &select, |row| {
        let kind = row.text(2)?;
        let is_said = |known: &RepairKind| known.word() == kind;
        Ok(Repaired {
            repaired_at: row.time(1)?,
            kind: RepairKind::ALL
                .into_iter()
                .find(is_said)
                .ok_or_else(|| RecordError::BadRepair { kind: kind.to_owned() })?,
            id: row.optional(3, TableRow::id)?,
            old_digest: row.text(4)?.to_owned(),
            new_digest: row.optional(5, TableRow::text)?.map(str::to_owned),
            reason: row.text(6)?.to_owned(),
            runner_version: row.text(7)?.to_owned(),
            old_id: row.optional(8, TableRow::id)?,
        })
    })
}

/// Adds a repair, and the table if it is the first. Runs in the transaction of the repair.
pub(super) fn insert(connection: &Connection, repaired: &Repaired) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    connection.execute(
        "INSERT INTO _runner_repairs \
         (repaired_at, kind, id, old_digest, new_digest, reason, runner_version) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            time_text(repaired.repaired_at),
            repaired.kind.word(),
            repaired.id.as_ref().map(MigrationId::as_str),
            repaired.old_digest,
            repaired.new_digest,
            repaired.reason,
            repaired.runner_version,
        ],
    )?;
    if let Some(old) = &repaired.old_id {
        if !TABLE.has_column(connection, OLD_ID)? {
            connection.execute_batch("ALTER TABLE _runner_repairs ADD COLUMN old_id TEXT")?;
        }
        connection.execute(
            "UPDATE _runner_repairs SET old_id = ?1 WHERE number = last_insert_rowid()",
            [old.as_str()],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_come_back_as_they_were_written_and_in_their_order() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(repairs(&connection).unwrap(), []);
        let written = RepairKind::ALL.map(|kind| Repaired {
            repaired_at: "2025-02-03T04:05:06.789Z".parse().unwrap(),
            kind,
            id: (kind != RepairKind::AcceptSchema).then(|| "20250101_000000_a".parse().unwrap()),
            old_id: (kind == RepairKind::Renamed).then(|| "20250101_000000_b".parse().unwrap()),
            old_digest: "a".into(),
            new_digest: (kind != RepairKind::Forget).then(|| "b".into()),
            reason: "a typo in a message".into(),
            runner_version: "1".into(),
        });
        for repaired in &written {
            insert(&connection, repaired).unwrap();
        }
        assert_eq!(repairs(&connection).unwrap(), written);

        connection.execute("UPDATE _runner_repairs SET kind = 'x'", []).unwrap();
        assert!(matches!(repairs(&connection), Err(RecordError::BadRepair { .. })));
    }
}
