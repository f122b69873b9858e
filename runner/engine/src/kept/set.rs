//! The sets of kept values: what each is of, and where. No file but those of this folder names their tables.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::failure::KeptError;
use crate::direction::Direction;
use crate::id::MigrationId;
use crate::loss_name::LossName;
use crate::record::{Expected, RecordError, Table, TableRow, table_exists};

/// The name of the table of the sets.
pub(crate) const TABLE_NAME: &str = "_runner_kept";

/// The table of the sets. Each has its values in a table of its own, beside this one or in a file.
const TABLE: Table = Table {
    name: TABLE_NAME,
    columns: &[
        "number",
        "id",
        "kept_at",
        "what",
        "table_name",
        "columns",
        "key",
        "hashed",
        "left_table",
        "left_columns",
        "definition",
        "counter",
        "rows",
        "bytes",
        "file",
        "mark",
        "left_over",
    ],
};

const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_kept (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kept_at TEXT NOT NULL,
  what TEXT NOT NULL,
  table_name TEXT NOT NULL,
  columns TEXT NOT NULL,
  key TEXT NOT NULL,
  hashed TEXT NOT NULL,
  left_table TEXT,
  left_columns TEXT NOT NULL,
  definition TEXT NOT NULL,
  counter INTEGER,
  rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  file TEXT,
  mark TEXT NOT NULL,
  left_over INTEGER NOT NULL DEFAULT 0
)";

/// What was kept of a table when a migration was applied that takes it away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptSet {
    /// Its number in the database.
    pub number: i64,
    /// The migration.
    pub id: MigrationId,
    /// When, in UTC.
    pub kept_at: Timestamp,
    /// Of what.
    pub what: KeptKind,
    /// The table, by its name before the migration.
    pub table: String,
    /// The columns whose values it has.
    pub columns: Vec<String>,
    /// The columns by which the rows are found again; empty: it is the rowid.
    pub key: Vec<String>,
    /// The columns whose values are hashed.
    #[serde(skip)]
    pub(crate) hashed: Vec<String>,
    /// What the migration called the table; `None`: it is gone.
    #[serde(skip)]
    pub(crate) left_table: Option<String>,
    /// Those of `columns` that are still there, with other values.
    #[serde(skip)]
    pub(crate) left_columns: Vec<String>,
    /// The text that made the table.
    #[serde(skip)]
    pub definition: String,
    /// The AUTOINCREMENT counter of a table that was dropped.
    #[serde(skip)]
    pub(crate) counter: Option<i64>,
    /// How many rows.
    pub rows: u64,
    /// How many bytes of values.
    pub bytes: u64,
    /// The file that the values are in; `None`: the database.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "for_people")]
    pub file: Option<PathBuf>,
    /// By which the values in the file are known to be these.
    #[serde(skip)]
    pub(crate) mark: String,
    /// Whether its migration is not applied any more, or was applied anew since: nothing puts it back.
    pub left_over: bool,
}

/// What is kept of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptKind {
    /// Values of columns, of rows that stay.
    Values,
    /// Rows, of a table that stays.
    Rows,
    /// All rows of a table that is gone.
    Table,
}

impl KeptKind {
    const ALL: [Self; 3] = [Self::Values, Self::Rows, Self::Table];

    fn word(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Rows => "rows",
            Self::Table => "table",
        }
    }
}

fn for_people<S: serde::Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.serialize_str(&path.to_string_lossy()),
        None => serializer.serialize_none(),
    }
}

/// What it is of, in words: `player.note, player.tag (3 rows)`.
impl fmt::Display for KeptSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            KeptKind::Values => {
                let names = self.columns.iter().map(|it| LossName::of_column(&self.table, it));
                let names: Vec<String> = names.map(|it| it.to_string()).collect();
                f.write_str(&names.join(", "))?;
            }
            KeptKind::Rows | KeptKind::Table => {
                write!(f, "{}", LossName::of_table(&self.table))?;
            }
        }
        match self.rows {
            1 => f.write_str(" (1 row)"),
            rows => write!(f, " ({rows} rows)"),
        }
    }
}

impl KeptSet {
    /// The table that its values are in.
    pub(super) fn table_of_values(&self) -> String {
        table_of_values(self.number)
    }

    /// Writes it, in the transaction that takes away what it has.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(CREATE)?;
        connection.execute(
            "INSERT INTO _runner_kept VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            params![
                self.number,
                self.id.as_str(),
                time_text(self.kept_at),
                self.what.word(),
                self.table,
                list_text(&self.columns),
                list_text(&self.key),
                list_text(&self.hashed),
                self.left_table,
                list_text(&self.left_columns),
                self.definition,
                self.counter,
                whole(self.rows),
                whole(self.bytes),
                self.file.as_deref().map(|file| file.to_string_lossy()),
                self.mark,
                self.left_over,
            ],
        )?;
        Ok(())
    }

    /// Removes it, with its values if they are in the database.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn remove(&self, connection: &Connection) -> rusqlite::Result<()> {
        if self.file.is_none() {
            let drop = format!("DROP TABLE IF EXISTS main.{}", self.table_of_values());
            connection.execute_batch(&drop)?;
        }
        connection.execute("DELETE FROM _runner_kept WHERE number = ?1", [self.number])?;
        Ok(())
    }

    /// Records that so much of it is left over, which nothing puts back any more.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn leave(
        &self,
        connection: &Connection,
        (rows, bytes): (u64, u64),
    ) -> rusqlite::Result<()> {
        let update =
            "UPDATE _runner_kept SET left_over = 1, rows = ?2, bytes = ?3 WHERE number = ?1";
        connection.execute(update, params![self.number, whole(rows), whole(bytes)])?;
        Ok(())
    }
}

/// The table that the values of the set with this `number` are in.
pub(super) fn table_of_values(number: i64) -> String {
    format!("_runner_kept_{number}")
}

/// All sets, in the order in which they were kept. Those that a file has of its own are read in the same way.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<KeptSet>, RecordError> {
    let select = format!("SELECT {} FROM _runner_kept ORDER BY number", TABLE.columns.join(", "));
    TABLE.read(connection, &select, |row| {
        let what = row.text_or(3, || Expected::Kept)?;
        let Some(what) = KeptKind::ALL.into_iter().find(|kind| kind.word() == what) else {
            return Err(row.bad(3, Expected::Kept));
        };
        let number = i64::try_from(row.count(0)?).unwrap_or(i64::MAX);
        let text = |column| row.optional(column, TableRow::text).map(|it| it.map(str::to_owned));
        Ok(KeptSet {
            number,
            id: row.id(1)?,
            kept_at: row.time(2)?,
            what,
            table: row.text(4)?.to_owned(),
            columns: list(row, 5)?,
            key: list(row, 6)?,
            hashed: list(row, 7)?,
            left_table: text(8)?,
            left_columns: list(row, 9)?,
            definition: row.text(10)?.to_owned(),
            counter: row.optional(11, TableRow::count)?.and_then(|it| i64::try_from(it).ok()),
            rows: row.count(12)?,
            bytes: row.count(13)?,
            file: text(14)?.map(PathBuf::from),
            mark: row.text(15)?.to_owned(),
            left_over: row.count(16)? != 0,
        })
    })
}

/// Those that the way back of `id` puts back.
///
/// # Errors
/// As [`read`].
pub(crate) fn of(connection: &Connection, id: &MigrationId) -> Result<Vec<KeptSet>, RecordError> {
    let mut sets = read(connection)?;
    sets.retain(|set| set.id == *id && !set.left_over);
    Ok(sets)
}

/// Refuses the way back of `id`, which is no single transaction, if something of it is to be put back.
///
/// # Errors
/// There is something; as [`read`].
pub(crate) fn refuse_to_leave(
    connection: &Connection,
    id: &MigrationId,
    direction: Direction,
    batched: bool,
) -> Result<(), KeptError> {
    match direction == Direction::Backward && !of(connection, id)?.is_empty() {
        true => Err(KeptError::NotPutBackAlone { id: id.clone(), batched }),
        false => Ok(()),
    }
}

/// The number of the next set.
///
/// # Errors
/// SQLite's.
pub(super) fn next_number(connection: &Connection) -> rusqlite::Result<i64> {
    connection.execute_batch(CREATE)?;
    let largest = "SELECT coalesce(max(number), 0) + 1 FROM _runner_kept";
    connection.query_row(largest, [], |row| row.get(0))
}

/// Records a set whose values are in a file.
///
/// # Errors
/// SQLite's.
pub(crate) fn record(connection: &Connection, set: KeptSet) -> Result<KeptSet, KeptError> {
    let set = KeptSet { number: next_number(connection)?, ..set };
    set.insert(connection)?;
    Ok(set)
}

/// Before `id` is applied: what a run of it kept whose row is no longer in the history is left over.
///
/// # Errors
/// SQLite's.
pub(crate) fn leave_all_of(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(());
    }
    let update = "UPDATE _runner_kept SET left_over = 1 WHERE id = ?1 AND left_over = 0";
    connection.execute(update, [id.as_str()]).map(drop)
}

/// Follows a migration that has another name from now on.
///
/// # Errors
/// SQLite's.
pub fn rename(connection: &Connection, id: &MigrationId, to: &MigrationId) -> rusqlite::Result<()> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(());
    }
    let update = "UPDATE _runner_kept SET id = ?2 WHERE id = ?1";
    connection.execute(update, [id.as_str(), to.as_str()]).map(drop)
}

fn list(row: &TableRow<'_>, column: usize) -> Result<Vec<String>, RecordError> {
    let text = row.text_or(column, || Expected::Names)?;
    serde_json::from_str(text).map_err(|_| row.bad(column, Expected::Names))
}

fn list_text(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
