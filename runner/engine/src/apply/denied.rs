//! What a migration's code may not do while it runs inside the runner's transaction, and what it does instead.

use std::fmt;

use rusqlite::hooks::{AuthAction, TransactionOperation};

use super::failure::FailedStatement;
use super::pragmas::{self, Pragma};

/// Something that a migration tried, and that the guard denied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// To begin, commit or roll back: the words that it used.
    Transaction(&'static str),
    /// To attach or detach a database.
    Attach,
    /// To set a pragma.
    Pragma {
        /// The pragma.
        name: String,
        /// The value.
        value: String,
    },
    /// To change the history of migrations.
    History,
    /// To switch off a setting of the connection that protects the file.
    Setting {
        /// The setting, by its name in SQLite's C interface.
        name: &'static str,
        /// The value.
        to: u8,
    },
    /// To write the text of the schema.
    SchemaEdit,
    /// In a batched migration, to write where there is no transaction, or to change the schema in a batch of rows.
    OutsideOfStep,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(words) => write!(f, "{words}: the transaction is the runner's"),
            Self::Attach => f.write_str("ATTACH or DETACH a database"),
            Self::Pragma { name, value } => write!(f, "set `PRAGMA {name} = {value}`"),
            Self::History => f.write_str("change the history of migrations"),
            Self::Setting { name, to } => write!(f, "set `{name}` to {to}"),
            Self::SchemaEdit => f.write_str("write `sqlite_schema`"),
            Self::OutsideOfStep => f.write_str("change the database outside of a step"),
        }
    }
}

impl Denied {
    /// Why a migration in the runner's transaction may not do `action`; `None`: it may.
    #[must_use]
    pub fn in_transaction(action: &AuthAction<'_>) -> Option<Self> {
        denied(action)
    }

    /// What to do instead.
    #[must_use]
    pub fn way_out(&self) -> String {
        match self {
            Self::Transaction("ROLLBACK") => {
                "for a part that may fail, use a savepoint: SAVEPOINT, ROLLBACK TO, RELEASE".into()
            }
            Self::Transaction(_) => "take BEGIN and COMMIT out: the runner begins and commits".into(),
            Self::Attach => "copy what is needed into a table before, or read the other file by a connection \
                 of its own"
                .into(),
            Self::Pragma { name, .. } => {
                format!("`{}`: {}", name.to_ascii_lowercase(), pragmas::way_out(name))
            }
            Self::History => "the runner alone writes its history".into(),
            Self::OutsideOfStep => "a batched migration changes the database inside of `migrator.step`, and rows by \
                 `migrator.rows` as well"
                .into(),
            Self::Setting { .. } | Self::SchemaEdit => {
                "say what is to change by CREATE, ALTER and DROP, or by the operations, which change the \
                 text of a table where no row need be written"
                    .into()
            }
        }
    }
}

/// Something that was not let through, and the statement that tried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedStatement {
    /// What it tried.
    pub denied: Denied,
    /// The statement, if it is known.
    pub statement: Option<FailedStatement>,
}

impl DeniedStatement {
    /// All that was `denied`, in the order in which it was tried. The migration told of `statements` in the
    /// same order; where it told of others, nobody knows which is which.
    pub(super) fn all(denied: Vec<Denied>, statements: Vec<FailedStatement>) -> Vec<Self> {
        let are_these = denied.len() == statements.len();
        let mut statements = statements.into_iter().filter(|_| are_these);
        denied.into_iter().map(|denied| Self { denied, statement: statements.next() }).collect()
    }

    /// What to do instead of `all`, each said once.
    pub(super) fn ways_out(all: &[Self]) -> String {
        let mut ways_out: Vec<String> = Vec::new();
        for way_out in all.iter().map(|one| one.denied.way_out()) {
            if !ways_out.contains(&way_out) {
                ways_out.push(way_out);
            }
        }
        match ways_out.as_slice() {
            [only] => format!("it was rolled back. {}", capitalized(only)),
            several => format!("it was rolled back.\n{}", several.join("\n")),
        }
    }
}

/// A sentence; a name in backticks stays as it is.
fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

impl From<Denied> for DeniedStatement {
    fn from(denied: Denied) -> Self {
        Self { denied, statement: None }
    }
}

impl fmt::Display for DeniedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.statement.as_ref().and_then(FailedStatement::place) {
            write!(f, "{place}: ")?;
        }
        self.denied.fmt(f)
    }
}

/// Why `action` is denied inside the runner's transaction; `None`: it is allowed.
pub(super) fn denied(action: &AuthAction<'_>) -> Option<Denied> {
    match *action {
        AuthAction::Transaction { operation } => Some(Denied::Transaction(match operation {
            TransactionOperation::Begin => "BEGIN a transaction",
            TransactionOperation::Rollback => "ROLLBACK",
            _ => "COMMIT",
        })),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Some(Denied::Attach),
        AuthAction::Pragma { pragma_name, pragma_value: Some(value) } => {
            (Pragma::named(pragma_name) == Pragma::Denied)
                .then(|| Denied::Pragma { name: pragma_name.to_owned(), value: value.to_owned() })
        }
        _ => None,
    }
}

/// Why `action` is denied in a migration without a transaction. Such a migration may change settings
/// that SQLite does not let it change inside one.
pub(super) fn denied_always(action: &AuthAction<'_>) -> Option<Denied> {
    let AuthAction::Pragma { pragma_name, pragma_value: Some(value) } = *action else {
        return None;
    };
    let writes = ["writable_schema", "schema_version"];
    writes
        .iter()
        .any(|known| known.eq_ignore_ascii_case(pragma_name))
        .then(|| Denied::Pragma { name: pragma_name.to_owned(), value: value.to_owned() })
}
