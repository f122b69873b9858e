//! What a pass has to know of its table: its columns and its key.

use migration_operation::sql::quote;
use rusqlite::{Connection, OptionalExtension as _};

use super::key::{Key, KeyKind, KeyPart, Order};
use super::refusal::RowsError;

/// The transactions that a pass goes through. What others do in between decides which key can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// All rows within one: nobody else writes, so the rowid stays, and is the fastest key.
    OneTransaction,
    /// Each batch in one of its own.
    Transactions,
}

/// A table of the database `main`.
#[derive(Debug)]
pub(super) struct Table {
    /// As the schema spells it.
    pub(super) name: String,
    pub(super) columns: Vec<TableColumn>,
    pub(super) key: Key,
    /// Columns that name a row for a person, where the key is a bare rowid.
    pub(super) labels: Vec<String>,
    /// The name of the rowid that no column has, in a table that has a rowid.
    pub(super) rowid: Option<&'static str>,
    /// Whether a constraint may say ON CONFLICT.
    pub(super) conflict_clauses: ConflictClauses,
    pub(super) side_effects: SideEffects,
}

/// Whether an UPDATE of a row may change other rows of the table, or add some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SideEffects {
    None,
    Possible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConflictClauses {
    None,
    Possible,
}

#[derive(Debug)]
pub(super) struct TableColumn {
    pub(super) name: String,
    is_not_null: bool,
    /// From 1, in the primary key; 0 outside of it.
    place_in_key: i64,
    pub(super) is_generated: bool,
}

const ROWID_NAMES: [&str; 3] = ["rowid", "oid", "_rowid_"];

impl Table {
    /// Reads the table that is called `name`, in whatever case.
    pub(super) fn read(connection: &Connection, name: &str, span: Span) -> Result<Self, RowsError> {
        let failed = |source| RowsError::Sqlite {
            table: name.to_owned(),
            attempt: "read the schema of",
            source,
        };
        let (name, has_rowid) = find(connection, name)?;
        let columns = columns(connection, &name).map_err(failed)?;
        let rowid = ROWID_NAMES.into_iter().find(|one| {
            has_rowid && !columns.iter().any(|column| column.name.eq_ignore_ascii_case(one))
        });
        let index = primary_key(connection, &name).map_err(failed)?;
        let key = key(&columns, rowid, has_rowid, index, span)
            .ok_or_else(|| RowsError::NoKey { table: name.clone() })?;
        let in_key = |column: &&TableColumn| column.place_in_key > 0;
        let labels = match key.kind {
            KeyKind::Rowid => {
                columns.iter().filter(in_key).map(|column| column.name.clone()).collect()
            }
            KeyKind::IntegerPrimaryKey | KeyKind::PrimaryKey { .. } => Vec::new(),
        };
        let conflict_clauses = conflict_clauses(connection, &name).map_err(failed)?;
        let side_effects = side_effects(connection, &name).map_err(failed)?;
        Ok(Self { name, columns, key, labels, rowid, conflict_clauses, side_effects })
    }

    pub(super) fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether a row that gets another value in this column is elsewhere in the order of the key.
    pub(super) fn is_in_key(&self, column: &TableColumn) -> bool {
        match self.key.kind {
            KeyKind::Rowid => false,
            KeyKind::IntegerPrimaryKey | KeyKind::PrimaryKey { .. } => column.place_in_key > 0,
        }
    }
}

/// The name as the schema spells it, and whether its rows have rowids.
fn find(connection: &Connection, name: &str) -> Result<(String, bool), RowsError> {
    const FIND: &str = "SELECT name, type, wr FROM pragma_table_list(?1) WHERE schema = 'main'";
    let table = || name.to_owned();
    let found = connection
        .query_row(FIND, [name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(|source| RowsError::Sqlite {
            table: table(),
            attempt: "read the schema of",
            source,
        })?;
    let Some((name, kind, without_rowid)): Option<(String, String, bool)> = found else {
        return Err(RowsError::NoTable { table: table() });
    };
    let begins =
        |with: &str| name.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    if begins("_runner_") || begins("sqlite_") {
        return Err(RowsError::Reserved { table: name });
    }
    if kind != "table" {
        return Err(RowsError::NotATable { table: name, kind });
    }
    Ok((name, !without_rowid))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<TableColumn>> {
    const COLUMNS: &str =
        "SELECT name, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid";
    let mut statement = connection.prepare(COLUMNS)?;
    let columns = statement.query_map([table], |row| {
        Ok(TableColumn {
            name: row.get(0)?,
            is_not_null: row.get(1)?,
            place_in_key: row.get(2)?,
            is_generated: row.get::<_, i64>(3)? > 1,
        })
    })?;
    columns.collect()
}

/// The index of the primary key with its columns, unless the key is the rowid or there is none.
fn primary_key(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<Option<(String, Vec<KeyPart>)>> {
    const INDEX: &str = "SELECT name FROM pragma_index_list(?1, 'main') WHERE origin = 'pk'";
    const PARTS: &str = "SELECT name, coll, \"desc\" FROM pragma_index_xinfo(?1, 'main') \
                         WHERE \"key\" ORDER BY seqno";
    let index = connection.query_row(INDEX, [table], |row| row.get(0)).optional()?;
    let Some(index): Option<String> = index else { return Ok(None) };
    let mut statement = connection.prepare(PARTS)?;
    let parts = statement.query_map([&index], |row| {
        let order = if row.get(2)? { Order::Descending } else { Order::Ascending };
        Ok(KeyPart { sql: quote(&row.get::<_, String>(0)?), collation: row.get(1)?, order })
    })?;
    let parts = parts.collect::<rusqlite::Result<_>>()?;
    Ok(Some((index, parts)))
}

fn key(
    columns: &[TableColumn],
    rowid: Option<&'static str>,
    has_rowid: bool,
    index: Option<(String, Vec<KeyPart>)>,
    span: Span,
) -> Option<Key> {
    let mut in_key = columns.iter().filter(|column| column.place_in_key > 0);
    let Some((index, parts)) = index else {
        // A primary key without an index is the rowid itself.
        let kind_and_name =
            in_key.next().map(|column| (KeyKind::IntegerPrimaryKey, quote(&column.name)));
        let bare = || rowid.map(|name| (KeyKind::Rowid, name.to_owned()));
        let (kind, sql) = kind_and_name.or_else(bare)?;
        return Some(Key { kind, parts: vec![KeyPart::plain(sql)] });
    };
    let primary_key = Key { kind: KeyKind::PrimaryKey { index }, parts };
    // Without NOT NULL, a primary key may hold NULL in a table with rowids, several times over.
    let may_hold_null = has_rowid && !in_key.all(|column| column.is_not_null);
    match rowid {
        Some(name) if may_hold_null || span == Span::OneTransaction => {
            Some(Key { kind: KeyKind::Rowid, parts: vec![KeyPart::plain(name.to_owned())] })
        }
        _ => (!may_hold_null).then_some(primary_key),
    }
}

/// Looks for triggers in which the word UPDATE is, and for foreign keys of the table to itself with an action.
fn side_effects(connection: &Connection, table: &str) -> rusqlite::Result<SideEffects> {
    const TRIGGER: &str = "SELECT EXISTS (
        SELECT 1 FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM temp.sqlite_schema)
        WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE AND sql LIKE '%update%')";
    const ACTION: &str = "SELECT EXISTS (
        SELECT 1 FROM pragma_foreign_key_list(?1, 'main')
        WHERE \"table\" = ?1 COLLATE NOCASE AND on_update NOT IN ('NO ACTION', 'RESTRICT'))";
    for possible in [TRIGGER, ACTION] {
        if connection.query_row(possible, [table], |row| row.get(0))? {
            return Ok(SideEffects::Possible);
        }
    }
    Ok(SideEffects::None)
}

/// Looks for the word in the text of the table: what is not there, even in a comment, is no clause.
fn conflict_clauses(connection: &Connection, table: &str) -> rusqlite::Result<ConflictClauses> {
    const TEXT: &str = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1";
    let text: String = connection.query_row(TEXT, [table], |row| row.get(0))?;
    let possible = text.to_ascii_lowercase().contains("conflict");
    Ok(if possible { ConflictClauses::Possible } else { ConflictClauses::None })
}
