//! Why operations are not carried out.

use std::fmt;

use super::blame::WayOut;
use super::need::Need;
use super::wording::{Listed, Near, On};
use crate::schema::{SchemaError, SyntaxReason};

/// Operations that were not carried out; nothing of them is in the database.
#[derive(Debug, thiserror::Error)]
#[error("cannot {attempt}")]
pub struct OperationError {
    /// What was asked for, as a sentence that follows "cannot".
    pub attempt: String,
    /// Why not.
    #[source]
    pub refusal: Box<Refusal>,
}

/// Why an operation is not carried out. Each names the object, and the way out where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such table.
    #[error("there is no table `{table}`{}", Near(near))]
    UnknownTable {
        /// The name.
        table: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// The table has no such column.
    #[error("table `{table}` has no column `{column}`{}", Near(near))]
    UnknownColumn {
        /// The table.
        table: String,
        /// The name.
        column: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// There is no such index.
    #[error("there is no index `{index}`{}", Near(near))]
    UnknownIndex {
        /// The name.
        index: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// The table has no such constraint.
    #[error("table `{table}` has no constraint {constraint}{}", Near(near))]
    UnknownConstraint {
        /// The table.
        table: String,
        /// What was looked for.
        constraint: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// Something else has this name.
    #[error("there is already {} `{name}`", kind.with_article())]
    NameTaken {
        /// What has it.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// The table has a column of this name.
    #[error("table `{table}` already has a column `{column}`")]
    DuplicateColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The operation is for tables, and this is none.
    #[error("`{name}` is {}, and this can only be done to a table", kind.with_article())]
    NotATable {
        /// What it is.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// SQLite keeps names that begin with `sqlite_` for itself.
    #[error("the name `{0}` is reserved: SQLite keeps all that begin with `sqlite_` for itself")]
    ReservedName(String),
    /// A new name is empty.
    #[error("{what} needs a name, and this one is empty")]
    EmptyName {
        /// What it is the name of, with its article.
        what: &'static str,
    },
    /// A column would have a name of the rowid.
    #[error(
        "a column `{column}` would hide the rowid of `{table}` from what asks for it by that name: \
         choose another name"
    )]
    HidesRowid {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A piece of SQL does not stand by itself.
    #[error("the {what} `{text}` does not stand by itself")]
    NotSql {
        /// What it was to be.
        what: &'static str,
        /// The text.
        text: String,
        /// Why not.
        #[source]
        source: SyntaxReason,
    },
    /// An expression that SQLite does not take here.
    #[error("the {what} `{text}` is not valid")]
    BadExpression {
        /// What it was to be.
        what: &'static str,
        /// The text.
        text: String,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// Rows are there and get no value for a column that must have one.
    #[error(
        "column `{column}` is NOT NULL and the rows of `{table}` would have no value: \
         give it a default or a backfill"
    )]
    NoValue {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Rows hold NULL where none may be.
    #[error(
        "NOT NULL is broken by rows of `{table}` whose `{column}` is NULL: fill them first, \
         or say with what to fill them"
    )]
    NullsLeft {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The column takes no NULL whatever its text says.
    #[error(
        "column `{column}` is of the key of `{table}`, which is {keyed}, so that SQLite takes no NULL \
         there whatever the text says: give the table another key first"
    )]
    KeyIsNotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Of which kind the table is.
        keyed: KeyedTable,
    },
    /// The column takes no default.
    #[error(
        "column `{column}` is the rowid of `{table}`, which SQLite numbers by itself: it would never \
         use a default"
    )]
    RowidHasNoDefault {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Rows break a CHECK.
    #[error("CHECK {check} is broken by {rows} of the rows of `{table}`: change them first")]
    CheckFails {
        /// The table.
        table: String,
        /// Its name or its expression.
        check: String,
        /// How many.
        rows: i64,
    },
    /// Something else needs it.
    #[error("{what} is needed by {}: drop or change {} first", Listed(by), if by.len() == 1 { "it" } else { "them" })]
    Needed {
        /// What is needed.
        what: String,
        /// By what.
        by: Vec<Need>,
    },
    /// It would no longer work.
    #[error("{kind} `{name}`{} would no longer work: change it first", On(table))]
    Breaks {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
        /// What SQLite would say.
        #[source]
        source: rusqlite::Error,
    },
    /// It would get other columns than before, without a word.
    #[error(
        "{kind} `{name}`{} takes columns by their place, which changes: \
         let it name its columns first",
        On(table)
    )]
    ByPlace {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
    },
    /// A join would be on other columns than before, without a word.
    #[error(
        "{kind} `{name}`{} has a {join}, which is about `{column}` and would join by other columns: \
         let it say ON first",
        On(table)
    )]
    JoinsOther {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
        /// The join.
        join: &'static str,
        /// A column that would be common and was not, or the other way round.
        column: String,
    },
    /// A name would mean another column than before, without a word.
    #[error(
        "{kind} `{name}`{} would take `{column}` from `{source_table}`, where it takes another \
         column now: let it say which table it means first",
        On(table)
    )]
    ReadsOther {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
        /// The column that it would read.
        column: String,
        /// The table or view that it would read it from.
        source_table: String,
    },
    /// A generated column has no values of its own.
    #[error(
        "column `{column}` of `{table}` is generated, so it cannot be given values: \
         leave out the {what}"
    )]
    IsGenerated {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What would have given the values.
        what: &'static str,
    },
    /// Foreign keys point to what is not unique.
    #[error(
        "foreign key mismatch: `{child}` points to {columns} of `{parent}`, which no primary key, \
         UNIQUE or unique index covers: make it unique first"
    )]
    ParentNotUnique {
        /// The table that points.
        child: String,
        /// The table it points to.
        parent: String,
        /// The columns it points to.
        columns: String,
    },
    /// Rows would point to rows that are not there.
    #[error("FOREIGN KEY constraint failed: {}: change or delete these rows first", Listed(.0))]
    ForeignKeys(Vec<String>),
    /// The only column of a table cannot go.
    #[error("`{column}` is the only column of `{table}`: drop the table instead")]
    OnlyColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table cannot be left with generated columns alone.
    #[error(
        "`{column}` is the only column of `{table}` that is not generated: drop the table instead"
    )]
    OnlyOwnColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// PRIMARY KEY or UNIQUE made the index.
    #[error(
        "index `{0}` belongs to a PRIMARY KEY or UNIQUE constraint of its table: drop that instead"
    )]
    AutomaticIndex(String),
    /// Foreign keys are enforced inside a transaction that is not the migrator's.
    #[error(
        "foreign keys are enforced, and inside a transaction that cannot be switched off; \
         rebuilding or dropping a table could then delete rows of others. \
         Run it outside of a transaction, or set `PRAGMA foreign_keys = OFF` before BEGIN"
    )]
    Enforced,
    /// A script wants to begin or end a transaction.
    #[error("{0}: the transaction is not the script's to begin or end")]
    TransactionControl(&'static str),
    /// A row cannot be stored in the table's new shape.
    #[error(
        "a row of `{table}` does not fit into its new shape: change the rows first, \
         or say what they become"
    )]
    DoesNotFit {
        /// The table.
        table: String,
        /// What SQLite said to the row.
        #[source]
        source: rusqlite::Error,
    },
    /// SQLite did not copy the rows, and no row is to blame.
    #[error("the rows of `{table}` cannot be copied into its new shape{}", WayOut(source))]
    NotCopied {
        /// The table.
        table: String,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Rows were lost while they were copied.
    #[error("`{table}` had {before} rows and would have {after} in its new shape")]
    RowsLost {
        /// The table.
        table: String,
        /// Before.
        before: i64,
        /// After.
        after: i64,
    },
    /// The schema cannot be read.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// SQLite refused.
    #[error("SQLite refuses")]
    Sqlite(#[from] rusqlite::Error),
}

/// Of which kind a table is whose key is never NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyedTable {
    /// WITHOUT ROWID.
    WithoutRowid,
    /// STRICT.
    Strict,
}

impl fmt::Display for KeyedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutRowid => "WITHOUT ROWID",
            Self::Strict => "STRICT",
        })
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A table.
    Table,
    /// A virtual table.
    VirtualTable,
    /// A table that belongs to a virtual table.
    ShadowTable,
    /// A view.
    View,
    /// A trigger.
    Trigger,
    /// An index.
    Index,
}

impl Kind {
    fn with_article(self) -> String {
        let article = if self == Self::Index { "an" } else { "a" };
        format!("{article} {self}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::VirtualTable => "virtual table",
            Self::ShadowTable => "table of a virtual table",
            Self::View => "view",
            Self::Trigger => "trigger",
            Self::Index => "index",
        })
    }
}
