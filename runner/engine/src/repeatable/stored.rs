//! What the database knows of its views and triggers that are defined in files: the texts as they were applied, and
//! the texts that stood before, for the way back. No other file names the table.

use rusqlite::{Connection, params};

use super::definition::ProgramKind;
use crate::id::MigrationId;
use crate::record::{self, Expected, RecordError, Table, TableRow};

/// The table. The first view or trigger makes it; most databases never have it.
const TABLE: Table = Table {
    name: "_runner_repeatable",
    columns: &["number", "replaced_by", "kind", "name", "file", "sql", "stored"],
};

/// A row without `replaced_by` is of what is there now. The others are what stood before a migration: without `sql`
/// there was nothing, without `file` it was of no file.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_repeatable (
  number INTEGER PRIMARY KEY,
  replaced_by TEXT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  file TEXT,
  sql TEXT,
  stored TEXT
)";

/// A view or a trigger, as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) kind: ProgramKind,
    pub(crate) name: String,
    /// The file; `None`: it was of a migration.
    pub(crate) file: Option<String>,
    /// The statement that made it.
    pub(crate) sql: String,
    /// The same as SQLite keeps it.
    pub(crate) stored: String,
}

impl Stored {
    pub(crate) fn is(&self, kind: ProgramKind, name: &str) -> bool {
        self.kind == kind && self.name.eq_ignore_ascii_case(name)
    }
}

/// What stood before a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Former {
    pub(super) kind: ProgramKind,
    pub(super) name: String,
    /// `None`: there was nothing of that name.
    pub(super) was: Option<Stored>,
}

fn kind(row: &TableRow<'_>, column: usize) -> Result<ProgramKind, RecordError> {
    let word = row.text_or(column, || Expected::Program)?;
    ProgramKind::named(word).ok_or_else(|| row.bad(column, Expected::Program))
}

/// Reads a row from its columns `kind`, `name`, `file`, `sql` and `stored`, which begin at 1.
fn former(row: &TableRow<'_>) -> Result<Former, RecordError> {
    let (kind, name) = (kind(row, 1)?, row.text(2)?.to_owned());
    let file = row.optional(3, TableRow::text)?.map(str::to_owned);
    let sql = row.optional(4, TableRow::text)?.map(str::to_owned);
    let stored = row.optional(5, TableRow::text)?.unwrap_or_default().to_owned();
    let was = sql.map(|sql| Stored { kind, name: name.clone(), file, sql, stored });
    Ok(Former { kind, name, was })
}

const SELECTED: &Table =
    &Table { name: TABLE.name, columns: &["number", "kind", "name", "file", "sql", "stored"] };

/// Those that were applied last, views first.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub(crate) fn read(connection: &Connection) -> Result<Vec<Stored>, RecordError> {
    let select = "SELECT number, kind, name, file, sql, stored FROM _runner_repeatable \
                  WHERE replaced_by IS NULL ORDER BY kind = 'trigger', name";
    let rows = SELECTED.read(connection, select, former)?;
    Ok(rows.into_iter().filter_map(|row| row.was).collect())
}

/// What stood before the migration `id`.
///
/// # Errors
/// As [`read`].
pub(super) fn formers(
    connection: &Connection,
    id: &MigrationId,
) -> Result<Vec<Former>, RecordError> {
    if !record::table_exists(connection, TABLE.name)? {
        return Ok(Vec::new());
    }
    // Those of one migration are few, and the table has no index.
    let select = format!(
        "SELECT number, kind, name, file, sql, stored FROM _runner_repeatable \
         WHERE replaced_by = '{id}' ORDER BY kind = 'trigger', name"
    );
    SELECTED.read(connection, &select, former)
}

/// Records what is there now, in the place of what was.
pub(super) fn put(connection: &Connection, now: &Stored) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    remove(connection, now.kind, &now.name)?;
    let insert = "INSERT INTO _runner_repeatable (kind, name, file, sql, stored) \
                  VALUES (?1, ?2, ?3, ?4, ?5)";
    let Stored { kind, name, file, sql, stored } = now;
    connection.execute(insert, params![kind.word(), name, file, sql, stored]).map(drop)
}

/// Forgets what is there now.
pub(super) fn remove(
    connection: &Connection,
    kind: ProgramKind,
    name: &str,
) -> rusqlite::Result<()> {
    let delete = "DELETE FROM _runner_repeatable \
                  WHERE replaced_by IS NULL AND kind = ?1 AND name = ?2 COLLATE NOCASE";
    connection.execute(delete, [kind.word(), name]).map(drop)
}

/// Keeps what stood before the migration `id`. What is kept already is older, and stays.
pub(super) fn keep_former(
    connection: &Connection,
    id: &MigrationId,
    Former { kind, name, was }: &Former,
) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    let insert = "INSERT INTO _runner_repeatable (replaced_by, kind, name, file, sql, stored) \
                  SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM _runner_repeatable \
                  WHERE replaced_by = ?1 AND kind = ?2 AND name = ?3 COLLATE NOCASE)";
    let file = was.as_ref().and_then(|was| was.file.as_deref());
    let (sql, stored) = (was.as_ref().map(|it| &it.sql), was.as_ref().map(|it| &it.stored));
    connection.execute(insert, params![id.as_str(), kind.word(), name, file, sql, stored]).map(drop)
}

/// Has what stood before the migration `from` stand before `to`, which is its name now.
///
/// # Errors
/// SQLite's.
pub fn rename_step(
    connection: &Connection,
    from: &MigrationId,
    to: &MigrationId,
) -> rusqlite::Result<()> {
    let update = "UPDATE _runner_repeatable SET replaced_by = ?2 WHERE replaced_by = ?1";
    match record::table_exists(connection, TABLE.name)? {
        true => connection.execute(update, [from.as_str(), to.as_str()]).map(drop),
        false => Ok(()),
    }
}

/// Forgets what stood before the migration `id`.
pub(crate) fn forget_formers(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
    match record::table_exists(connection, TABLE.name)? {
        true => connection
            .execute("DELETE FROM _runner_repeatable WHERE replaced_by = ?1", [id.as_str()])
            .map(drop),
        false => Ok(()),
    }
}

/// Forgets one of those.
pub(super) fn forget_former(
    connection: &Connection,
    id: &MigrationId,
    Former { kind, name, .. }: &Former,
) -> rusqlite::Result<()> {
    let delete = "DELETE FROM _runner_repeatable \
                  WHERE replaced_by = ?1 AND kind = ?2 AND name = ?3 COLLATE NOCASE";
    connection.execute(delete, params![id.as_str(), kind.word(), name]).map(drop)
}

/// Whether another migration than `id` replaced the same later.
pub(super) fn is_replaced_later(
    connection: &Connection,
    id: &MigrationId,
    Former { kind, name, .. }: &Former,
) -> rusqlite::Result<bool> {
    let select = "SELECT EXISTS (SELECT 1 FROM _runner_repeatable AS later \
                  JOIN _runner_repeatable AS own ON own.replaced_by = ?1 AND own.number < later.number \
                  AND own.kind = later.kind AND own.name = later.name COLLATE NOCASE \
                  WHERE later.replaced_by IS NOT NULL AND later.replaced_by <> ?1 \
                  AND later.kind = ?2 AND later.name = ?3 COLLATE NOCASE)";
    connection.query_row(select, params![id.as_str(), kind.word(), name], |row| row.get(0))
}

/// Gives what stood before `id` to the next migration that replaced the same, if there is one: reverted before that
/// one, `id` leaves what that one brought. Gives whether there is one.
pub(super) fn hand_on(
    connection: &Connection,
    id: &MigrationId,
    former: &Former,
) -> rusqlite::Result<bool> {
    let update = "UPDATE _runner_repeatable SET file = ?4, sql = ?5, stored = ?6 WHERE number = (\
                  SELECT min(later.number) FROM _runner_repeatable AS later \
                  JOIN _runner_repeatable AS own ON own.replaced_by = ?1 AND own.number < later.number \
                  AND own.kind = later.kind AND own.name = later.name COLLATE NOCASE \
                  WHERE later.replaced_by IS NOT NULL AND later.replaced_by <> ?1 \
                  AND later.kind = ?2 AND later.name = ?3 COLLATE NOCASE)";
    let was = former.was.as_ref();
    let file = was.and_then(|was| was.file.as_deref());
    let (sql, stored) = (was.map(|it| &it.sql), was.map(|it| &it.stored));
    let word = former.kind.word();
    let changed =
        connection.execute(update, params![id.as_str(), word, former.name, file, sql, stored])?;
    Ok(changed > 0)
}
