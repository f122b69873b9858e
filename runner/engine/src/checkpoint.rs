//! Where a batched migration is: kept in the database, in the same transaction as the work, until it has finished. No
//! other file names the table.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::direction::Direction;
use crate::id::MigrationId;
use crate::microseconds::microseconds;
use crate::record::{Expected, Made, RecordError, Table, table_exists};
use crate::started;

/// The name of the table.
pub(crate) const TABLE_NAME: &str = "_runner_checkpoint";

/// The table.
const TABLE: Table = Table {
    name: TABLE_NAME,
    columns: &[
        "id",
        "direction",
        "source_digest",
        "schema_before",
        "schema_digest",
        "owner",
        "stages_done",
        "stage",
        "cursor",
        "rows_done",
        "rows_total",
        "rows_failed",
        "own_names",
        "ran_us",
        "made",
    ],
};

/// The table's definition. It is there while it is not empty.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_checkpoint (
  id TEXT NOT NULL PRIMARY KEY,
  direction TEXT NOT NULL,
  source_digest TEXT NOT NULL,
  schema_before TEXT NOT NULL,
  schema_digest TEXT NOT NULL,
  owner TEXT NOT NULL,
  stages_done INTEGER NOT NULL,
  stage TEXT NOT NULL,
  cursor BLOB NOT NULL,
  rows_done INTEGER NOT NULL,
  rows_total INTEGER NOT NULL,
  rows_failed INTEGER NOT NULL,
  own_names TEXT NOT NULL,
  ran_us INTEGER NOT NULL,
  made TEXT NOT NULL
) WITHOUT ROWID";

/// Where a batched migration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The migration.
    pub id: MigrationId,
    /// Which way it goes.
    pub direction: Direction,
    /// The digest of the source that began.
    pub source_digest: String,
    /// The digest of the schema when it began.
    pub schema_before: String,
    /// The digest of the schema as its last transaction left it.
    pub schema_digest: String,
    /// Who goes on with it: whoever finds another name here has been replaced.
    pub(crate) owner: String,
    /// How many of its stages are done.
    pub stages_done: u64,
    /// The stage that was begun last, in words.
    pub stage: String,
    /// Where it is in the stage that is under way; empty: at its beginning.
    pub(crate) cursor: Vec<u8>,
    /// How many rows of the stage are done.
    pub rows_done: u64,
    /// How many there are, as far as they were counted; 0: they were not.
    pub rows_total: u64,
    /// How many rows failed and were passed over, in all stages.
    pub rows_failed: u64,
    /// What the stage has in the schema for itself, and the application's schema does not count.
    pub(crate) own_names: Vec<String>,
    /// How long its code ran, in microseconds.
    pub ran_us: u64,
    /// The objects that its steps made.
    pub(crate) made: Made,
}

/// How far a batched migration is, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalfDone {
    /// Which way it goes.
    pub direction: Direction,
    /// How many of its stages are done.
    pub stages_done: u64,
    /// The stage that is under way, in words.
    pub stage: String,
    /// How many rows of that are done.
    pub rows_done: u64,
    /// How many there are, as far as they were counted when it began; 0: they were not.
    pub rows_total: u64,
    /// How many rows failed and were passed over.
    pub rows_failed: u64,
}

impl From<&Checkpoint> for HalfDone {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            direction: checkpoint.direction,
            stages_done: checkpoint.stages_done,
            stage: checkpoint.stage.clone(),
            rows_done: checkpoint.rows_done,
            rows_total: checkpoint.rows_total,
            rows_failed: checkpoint.rows_failed,
        }
    }
}

impl HalfDone {
    /// Whether nothing that it did is in the database, as far as this says.
    #[must_use]
    pub fn has_done_nothing(&self) -> bool {
        self.stages_done == 0 && self.rows_done == 0
    }
}

impl Checkpoint {
    /// Whether it has tables and triggers of its own in the schema, for a change online.
    #[must_use]
    pub fn is_online(&self) -> bool {
        !self.own_names.is_empty()
    }

    /// Whether nothing that it did is in the database.
    #[must_use]
    pub(crate) fn has_done_nothing(&self) -> bool {
        self.stages_done == 0 && self.cursor.is_empty()
    }

    /// Its code ran for so long.
    pub(crate) fn ran(&mut self, took: Duration) {
        self.ran_us = self.ran_us.saturating_add(microseconds(took));
    }

    /// The stage that is under way is done.
    pub(crate) fn end_stage(&mut self, words: &str) {
        self.stages_done += 1;
        words.clone_into(&mut self.stage);
        self.cursor = Vec::new();
        (self.rows_done, self.rows_total) = (0, 0);
        self.own_names = Vec::new();
    }

    /// Writes it, in the transaction of the work that it is about.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        const PUT: &str = "INSERT OR REPLACE INTO _runner_checkpoint VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        connection.prepare_cached(PUT)?.execute(params![
            self.id.as_str(),
            words(self.direction),
            self.source_digest,
            self.schema_before,
            self.schema_digest,
            self.owner,
            number(self.stages_done),
            self.stage,
            self.cursor,
            number(self.rows_done),
            number(self.rows_total),
            number(self.rows_failed),
            self.own_names.join("\n"),
            number(self.ran_us),
            self.made.text(),
        ])?;
        Ok(())
    }

    /// As [`Self::save`], of a migration that begins. A checkpoint that is there already is [of none](read).
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn begin(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(CREATE)?;
        connection.execute("DELETE FROM _runner_checkpoint", [])?;
        self.save(connection)
    }
}

fn words(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// That of the migration that is half done. There is one at most: no other step is taken meanwhile.
///
/// It counts while the migration is recorded as started: an older runner, which knows of no checkpoints, takes only that
/// record away when a person says that the migration is finished, or has not begun.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Option<Checkpoint>, RecordError> {
    let select = format!("SELECT {} FROM _runner_checkpoint", TABLE.columns.join(", "));
    let all = TABLE.read(connection, &select, |row| {
        let direction = match row.text_or(1, || Expected::Direction)? {
            "forward" => Direction::Forward,
            "backward" => Direction::Backward,
            _ => return Err(row.bad(1, Expected::Direction)),
        };
        Ok(Checkpoint {
            id: row.id(0)?,
            direction,
            source_digest: row.text(2)?.to_owned(),
            schema_before: row.text(3)?.to_owned(),
            schema_digest: row.text(4)?.to_owned(),
            owner: row.text(5)?.to_owned(),
            stages_done: row.count(6)?,
            stage: row.text(7)?.to_owned(),
            cursor: row.blob(8)?.to_vec(),
            rows_done: row.count(9)?,
            rows_total: row.count(10)?,
            rows_failed: row.count(11)?,
            own_names: row.text(12)?.lines().map(str::to_owned).collect(),
            ran_us: row.count(13)?,
            made: Made::from_text(row.text(14)?),
        })
    })?;
    for checkpoint in all {
        if started::contains(connection, &checkpoint.id)? {
            return Ok(Some(checkpoint));
        }
    }
    Ok(None)
}

/// Who goes on with what is half done.
///
/// # Errors
/// SQLite's.
pub(crate) fn owner(connection: &Connection, id: &MigrationId) -> rusqlite::Result<Option<String>> {
    if !table_exists(connection, TABLE.name)? || !started::contains(connection, id)? {
        return Ok(None);
    }
    let owner = "SELECT owner FROM _runner_checkpoint WHERE id = ?1";
    connection.prepare_cached(owner)?.query_row([id.as_str()], |row| row.get(0)).optional()
}

/// The names of what a migration that is half done has in the schema for itself.
///
/// # Errors
/// SQLite's.
pub fn own_names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT own_names FROM _runner_checkpoint")?;
    let lists = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lists: Vec<String> = lists.collect::<rusqlite::Result<_>>()?;
    Ok(lists.iter().flat_map(|list| list.lines()).map(str::to_owned).collect())
}

/// Records that `id`, if it is half done, is to go on with the source that has `digest`. A runner that is at it with the
/// source from before is replaced.
///
/// # Errors
/// SQLite's.
pub fn restamp_source(
    connection: &Connection,
    id: &MigrationId,
    digest: &str,
) -> rusqlite::Result<()> {
    if table_exists(connection, TABLE.name)? {
        connection.execute(
            "UPDATE _runner_checkpoint SET source_digest = ?2, owner = lower(hex(randomblob(16))) \
             WHERE id = ?1",
            [id.as_str(), digest],
        )?;
    }
    Ok(())
}

/// Records that the schema is to have `digest` where `id` goes on, if it is half done.
///
/// # Errors
/// SQLite's.
pub fn restamp_schema(
    connection: &Connection,
    id: &MigrationId,
    digest: &str,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE _runner_checkpoint SET schema_digest = ?2, owner = lower(hex(randomblob(16))) \
         WHERE id = ?1",
        [id.as_str(), digest],
    )?;
    Ok(())
}

/// Forgets it, and the table with the last one. Gives whether there was one.
///
/// # Errors
/// SQLite's.
pub fn delete(connection: &Connection, id: &MigrationId) -> rusqlite::Result<bool> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(false);
    }
    let gone =
        connection.execute("DELETE FROM _runner_checkpoint WHERE id = ?1", [id.as_str()])? > 0;
    let rows = "SELECT EXISTS (SELECT 1 FROM _runner_checkpoint)";
    if !connection.query_row(rows, [], |row| row.get(0))? {
        connection.flush_prepared_statement_cache();
        connection.execute_batch("DROP TABLE _runner_checkpoint")?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            id: "20250101_000000_a".parse().unwrap(),
            direction: Direction::Forward,
            source_digest: "s".into(),
            schema_before: "b".into(),
            schema_digest: "d".into(),
            owner: "o".into(),
            stages_done: 2,
            stage: "rows of `t`".into(),
            cursor: vec![0, 1, 255],
            rows_done: 4,
            rows_total: 10,
            rows_failed: 1,
            own_names: vec!["x".into(), "y".into()],
            ran_us: 7,
            made: Made::from_text("index a\0view b\0"),
        }
    }

    #[test]
    fn it_comes_back_as_it_was_saved_until_it_is_forgotten() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(read(&connection).unwrap(), None);
        let first = checkpoint();
        started::insert(&connection, &first.id, first.direction).unwrap();
        first.begin(&connection).unwrap();
        assert_eq!(read(&connection).unwrap(), Some(first.clone()));
        let next = Checkpoint { rows_done: 5, cursor: Vec::new(), own_names: Vec::new(), ..first };
        next.save(&connection).unwrap();
        assert_eq!(read(&connection).unwrap(), Some(next.clone()));
        assert_eq!(owner(&connection, &next.id).unwrap().as_deref(), Some("o"));
        assert!(delete(&connection, &next.id).unwrap());
        assert!(!delete(&connection, &next.id).unwrap());
        assert_eq!(read(&connection).unwrap(), None);
    }

    #[test]
    fn it_is_of_none_once_an_older_runner_has_taken_the_start_back() {
        let connection = Connection::open_in_memory().unwrap();
        let first = checkpoint();
        started::insert(&connection, &first.id, first.direction).unwrap();
        first.begin(&connection).unwrap();
        started::delete(&connection, &first.id).unwrap();
        assert_eq!(read(&connection).unwrap(), None);
        assert_eq!(owner(&connection, &first.id).unwrap(), None);

        let other = Checkpoint { id: "20250101_000000_b".parse().unwrap(), ..first.clone() };
        started::insert(&connection, &other.id, other.direction).unwrap();
        other.begin(&connection).unwrap();
        started::insert(&connection, &first.id, first.direction).unwrap();
        assert_eq!(read(&connection).unwrap(), Some(other));
    }
}
