//! The objects of a database with the texts that made them, in an order in which they can be made again.

use rusqlite::Connection;

use super::left_out::is_virtual;
use runner_engine::schema_objects::Object;
use runner_engine::{checkpoint, record};

/// An object that has a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectText {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The table, or the view, that it belongs to.
    pub(crate) table: String,
    /// The text, byte for byte as the database keeps it.
    pub(crate) sql: String,
}

/// The kinds in the order in which they are made: a view or a trigger may be older than what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Virtual ones too.
    Table,
    Index,
    View,
    Trigger,
}

impl Kind {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "table" => Self::Table,
            "index" => Self::Index,
            "view" => Self::View,
            "trigger" => Self::Trigger,
            _ => return None,
        })
    }
}

impl ObjectText {
    /// The object that the log has as this text; `None`: it is not made by a text.
    pub(crate) fn logged(text: &[u8]) -> Option<Self> {
        let object = Object::read(text);
        let [name, table, sql] = [object.name(), object.table(), object.sql()].map(str::to_owned);
        let kind = Kind::of(object.kind()).filter(|_| !sql.is_empty())?;
        Some(Self { kind, name, table, sql })
    }

    pub(crate) fn is_virtual_table(&self) -> bool {
        is_virtual(&self.sql)
    }
}

/// What is to be made anew of objects that the log has, kind by kind. Virtual tables come first: they make the tables by
/// themselves that they keep their rows in.
pub(crate) fn to_be_made(mut found: Vec<ObjectText>) -> Vec<ObjectText> {
    found.sort_by_key(|object| (object.kind, !object.is_virtual_table()));
    found
}

/// What is to be made anew, kind by kind, each in the order in which it was made. SQLite makes its own tables by
/// itself, and a virtual table those that it keeps its rows in.
/// What a migration that is half done has there for itself is left out, by its names.
pub(crate) fn objects(connection: &Connection) -> rusqlite::Result<Vec<ObjectText>> {
    let own = checkpoint::own_names(connection)?;
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN
           (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')
         ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let word: String = row.get(0)?;
        let Some(kind) = Kind::of(&word) else { continue };
        let (name, table): (String, String) = (row.get(1)?, row.get(2)?);
        if !record::is_history(&table) && !own.contains(&name) {
            found.push(ObjectText { kind, name, table, sql: row.get(3)? });
        }
    }
    // The sort is stable.
    found.sort_by_key(|object| object.kind);
    Ok(found)
}
