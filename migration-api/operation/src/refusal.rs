//! Why operations are not carried out.

mod fields;
mod relayed;
mod sentence;
mod way_out;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

pub use self::relayed::Relayed;
use super::kind::{KeyedTable, Kind};
use super::need::Need;
use super::schema_error::{SchemaError, SyntaxReason};
use super::script::FailedStatement;

/// Operations that were not carried out; nothing of them is in the database.
#[derive(Debug)]
pub struct OperationError {
    /// What was asked for, as a sentence that follows "cannot".
    pub attempt: String,
    /// Why not.
    pub refusal: Box<Refusal>,
    /// The statement of a script that failed, if it was one.
    pub statement: Option<FailedStatement>,
}

impl OperationError {
    /// What was asked for, as a sentence that follows "cannot", and why it was not done.
    #[must_use]
    pub fn new(attempt: String, refusal: Refusal) -> Self {
        Self { attempt, refusal: Box::new(refusal), statement: None }
    }
}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.attempt)
    }
}

impl Error for OperationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.refusal)
    }
}

/// Why an operation is not carried out. Each names the object, and the way out where there is one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such table.
    UnknownTable {
        /// The name.
        table: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// The table has no such column.
    UnknownColumn {
        /// The table.
        table: String,
        /// The name.
        column: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// There is no such index.
    UnknownIndex {
        /// The name.
        index: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// The table has no such constraint.
    UnknownConstraint {
        /// The table.
        table: String,
        /// What was looked for.
        constraint: String,
        /// Names that are there and look like it.
        near: Vec<String>,
    },
    /// Something else has this name.
    NameTaken {
        /// What has it.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// The table has a column of this name.
    DuplicateColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The operation is for tables, and this is none.
    NotATable {
        /// What it is.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// SQLite keeps names that begin with `sqlite_` for itself.
    ReservedName(String),
    /// A new name is empty.
    EmptyName {
        /// What it is the name of, with its article.
        what: Cow<'static, str>,
    },
    /// A column would have a name of the rowid.
    HidesRowid {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A piece of SQL is not whole by itself.
    NotSql {
        /// What it was to be.
        what: Cow<'static, str>,
        /// The text.
        text: String,
        /// Why not.
        source: SyntaxReason,
    },
    /// An expression that SQLite does not take here.
    BadExpression {
        /// What it was to be.
        what: Cow<'static, str>,
        /// The text.
        text: String,
        /// Why not.
        source: rusqlite::Error,
    },
    /// Rows are there and get no value for a column that must have one.
    NoValue {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Rows hold NULL where none may be.
    NullsLeft {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// A few of the rows in words, and how many there are: none and 0 where nobody counted.
        rows: Vec<String>,
        /// See `rows`.
        count: u32,
    },
    /// The column takes no NULL whatever its text says.
    KeyIsNotNull {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Of which kind the table is.
        keyed: KeyedTable,
    },
    /// The column takes no default.
    RowidHasNoDefault {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// Rows break a CHECK.
    CheckFails {
        /// The table.
        table: String,
        /// Its name or its expression.
        check: String,
        /// How many.
        rows: i64,
        /// A few of them in words.
        examples: Vec<String>,
    },
    /// Several rows have the same values where they must be unique.
    NotUnique {
        /// The table.
        table: String,
        /// Of what the values are.
        terms: String,
        /// How many such values there are.
        count: i64,
        /// A few of them in words, with their rows.
        values: Vec<String>,
        /// What SQLite said.
        source: Box<rusqlite::Error>,
    },
    /// Something else needs it.
    Needed {
        /// What is needed.
        what: String,
        /// By what.
        by: Vec<Need>,
    },
    /// It would no longer work.
    Breaks {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
        /// What SQLite would say.
        source: rusqlite::Error,
    },
    /// It would get other columns than before, without a word.
    ByPlace {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
    },
    /// A join would be on other columns than before, without a word.
    JoinsOther {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What a trigger watches.
        table: Option<String>,
        /// The join.
        join: Cow<'static, str>,
        /// A column that would be common and was not, or the other way round.
        column: String,
    },
    /// A name would mean another column than before, without a word.
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
    IsGenerated {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What would have given the values.
        what: Cow<'static, str>,
    },
    /// Foreign keys point to what is not unique.
    ParentNotUnique {
        /// The table that points.
        child: String,
        /// The table it points to.
        parent: String,
        /// The columns it points to.
        columns: String,
    },
    /// Rows would point to rows that are not there.
    ForeignKeys(Vec<String>),
    /// The only column of a table cannot go.
    OnlyColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table cannot be left with generated columns alone.
    OnlyOwnColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// PRIMARY KEY or UNIQUE made the index.
    AutomaticIndex(String),
    /// Foreign keys are enforced inside a transaction that is not the migrator's.
    Enforced,
    /// A script wants to begin or end a transaction.
    TransactionControl(Cow<'static, str>),
    /// A row cannot be stored in the table's new shape.
    DoesNotFit {
        /// The table.
        table: String,
        /// What SQLite said to the row.
        source: rusqlite::Error,
        /// A few of the rows in words, and how many there are: none and 0 where nobody counted.
        rows: Vec<String>,
        /// See `rows`.
        count: u32,
    },
    /// SQLite did not copy the rows, and no row is to blame.
    NotCopied {
        /// The table.
        table: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Rows were lost while they were copied.
    RowsLost {
        /// The table.
        table: String,
        /// Before.
        before: i64,
        /// After.
        after: i64,
    },
    /// A table cannot get this shape while others write.
    NotOnline {
        /// The table, if it is about one.
        table: Option<String>,
        /// Why not, with the way out.
        reason: Cow<'static, str>,
    },
    /// Somebody has changed the schema while a table was copied.
    ChangedMeanwhile {
        /// The table.
        table: String,
        /// What has changed.
        what: String,
    },
    /// Who carries operations out is older than the operation.
    UnknownOperation {
        /// The operation, with what is unknown of it.
        operation: String,
    },
    /// What the migration asks for does not arrive as it was sent.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// A statement of the migration still runs, and the schema would change under it.
    StatementRunning {
        /// The statement.
        sql: String,
    },
    /// A BLOB is open, and the schema would change under it.
    BlobOpen,
    /// Other operations are being carried out, and call a function of the migration that asks for this.
    Nested,
    /// Who carries operations out is newer than this reason.
    Other(Relayed),
    /// The schema cannot be read.
    Schema(SchemaError),
    /// SQLite refused.
    Sqlite(rusqlite::Error),
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotSql { source, .. } => Some(source),
            Self::BadExpression { source, .. }
            | Self::Breaks { source, .. }
            | Self::DoesNotFit { source, .. }
            | Self::NotCopied { source, .. }
            | Self::Sqlite(source) => Some(source),
            Self::NotUnique { source, .. } => Some(&**source),
            // It speaks for itself, so that nothing is said twice.
            Self::Schema(error) => error.source(),
            Self::Other(words) => words.source(),
            _ => None,
        }
    }
}

impl From<SchemaError> for Refusal {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
