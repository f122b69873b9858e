//! The parts of a normal form.

use super::name::Name;
use super::words::Words;
use crate::schema::{KeyAction, OnConflict};

/// What a schema means. Everything is sorted, so that two are compared item by item.
///
/// `==` is equality whatever the order of columns; [`Normal::same_as`] chooses. `Display` writes SQL that
/// makes this schema in an empty database.
///
/// ```
/// use runner_operations::schema::Schema;
///
/// let of = |sql: &str| -> Result<_, Box<dyn std::error::Error>> {
///     let connection = rusqlite::Connection::open_in_memory()?;
///     connection.execute_batch(sql)?;
///     Ok(Schema::read(&connection)?.normal())
/// };
/// let one = of("CREATE TABLE player (id INTEGER PRIMARY KEY, name varchar( 10 ) UNIQUE)")?;
/// let other = of("create table \"player\" (id integer, name VARCHAR(10), -- the name
///                 PRIMARY KEY (id), UNIQUE (name))")?;
/// assert_eq!(one, other);
/// assert_eq!(
///     one.to_string(),
///     "CREATE TABLE player (\n  id INTEGER PRIMARY KEY,\n  name VARCHAR(10) UNIQUE\n);\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, Eq)]
#[non_exhaustive]
pub struct Normal {
    /// Its tables, by name. Those that belong to virtual tables are not among them.
    pub tables: Vec<Table>,
    /// Its virtual tables, by name.
    pub virtual_tables: Vec<VirtualTable>,
    /// Its views, by name.
    pub views: Vec<View>,
    /// Its triggers, by name.
    pub triggers: Vec<Trigger>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// Its primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Its UNIQUE constraints, sorted.
    pub uniques: Vec<Unique>,
    /// Its CHECK constraints, sorted.
    pub checks: Vec<Check>,
    /// Its foreign keys, sorted.
    pub foreign_keys: Vec<ForeignKey>,
    /// Its indexes, by name; not those that keys and UNIQUE make.
    pub indexes: Vec<Index>,
    /// STRICT
    pub strict: bool,
    /// WITHOUT ROWID
    pub without_rowid: bool,
}

/// A column, without the constraints that could as well be written at its table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its declared type in capitals, with single blanks: `VARCHAR(10)`; empty where there is none.
    pub declared_type: String,
    /// NOT NULL. The rowid is never NULL, nor a key of a table that is STRICT or WITHOUT ROWID, so there
    /// it is left out.
    pub not_null: Option<NotNull>,
    /// Its default; `DEFAULT NULL` is none, and the rowid uses none.
    pub default: Option<Words>,
    /// Its collation; BINARY is none.
    pub collate: Option<Name>,
    /// What it is generated from.
    pub generated: Option<Generated>,
}

/// NOT NULL, and what happens to a row that breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct NotNull {
    /// ON CONFLICT; `None` for ABORT, the default.
    pub on_conflict: Option<OnConflict>,
}

/// GENERATED ALWAYS AS
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Generated {
    /// The expression.
    pub expression: Words,
    /// Whether the value is kept in the row.
    pub stored: bool,
}

/// PRIMARY KEY
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// Its columns, in the key's order.
    pub columns: Vec<KeyColumn>,
    /// Whether it is another name for the rowid.
    pub is_rowid: bool,
    /// AUTOINCREMENT
    pub autoincrement: bool,
    /// Its name.
    pub name: Option<Name>,
    /// ON CONFLICT, as in [`NotNull`].
    pub on_conflict: Option<OnConflict>,
}

/// UNIQUE
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Unique {
    /// Its columns, in their order.
    pub columns: Vec<KeyColumn>,
    /// Its name.
    pub name: Option<Name>,
    /// ON CONFLICT, as in [`NotNull`].
    pub on_conflict: Option<OnConflict>,
}

/// A column in a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct KeyColumn {
    /// The column.
    pub name: Name,
    /// Its collation in the key, where that is not the column's own.
    pub collate: Option<Name>,
    /// DESC
    pub descending: bool,
}

/// CHECK
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Check {
    /// The expression that must not be false.
    pub expression: Words,
    /// Its name.
    pub name: Option<Name>,
}

/// FOREIGN KEY
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ForeignKey {
    /// The child's columns.
    pub columns: Vec<Name>,
    /// The parent.
    pub parent: Name,
    /// The parent's columns: those of its primary key where none are written; empty where that is not known.
    pub parent_columns: Vec<Name>,
    /// ON DELETE
    pub on_delete: KeyAction,
    /// ON UPDATE
    pub on_update: KeyAction,
    /// DEFERRABLE INITIALLY DEFERRED
    pub deferred: bool,
    /// Its name.
    pub name: Option<Name>,
}

/// An index that has a definition of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Index {
    /// Its name.
    pub name: Name,
    /// UNIQUE
    pub unique: bool,
    /// Its columns and expressions, in their order.
    pub columns: Vec<IndexColumn>,
    /// WHERE: the rows that it holds; `None` for all.
    pub condition: Option<Words>,
}

/// A column or an expression of an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct IndexColumn {
    /// A column or an expression.
    pub term: IndexTerm,
    /// COLLATE, where it is not the column's own. That of an expression is part of the expression.
    pub collate: Option<Name>,
    /// DESC
    pub descending: bool,
}

/// What an index takes its values from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexTerm {
    /// A column.
    Column(Name),
    /// An expression over the row.
    Expression(Words),
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct View {
    /// Its name.
    pub name: Name,
    /// Its whole definition.
    pub definition: Words,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trigger {
    /// Its name.
    pub name: Name,
    /// The table or view that it belongs to.
    pub table: Name,
    /// Its whole definition.
    pub definition: Words,
}

/// A virtual table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VirtualTable {
    /// Its name.
    pub name: Name,
    /// Its module.
    pub module: Name,
    /// The module's arguments, as they were written: only the module knows what they mean.
    pub arguments: Vec<String>,
}

impl Normal {
    /// The table of this name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.is(name))
    }
}

impl Table {
    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.is(name))
    }

    /// Whether the column of this name is in the primary key.
    #[must_use]
    pub fn is_key(&self, name: &str) -> bool {
        self.primary_key
            .as_ref()
            .is_some_and(|key| key.columns.iter().any(|column| column.name.is(name)))
    }
}
