//! What a migration's code may not do while it runs inside the runner's transaction.

use std::fmt;

use rusqlite::hooks::{AuthAction, TransactionOperation};

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
        }
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
            let harmless =
                HARMLESS_PRAGMAS.iter().any(|known| known.eq_ignore_ascii_case(pragma_name));
            (!harmless)
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

/// Pragmas whose argument says what to read; and three that SQLite ignores inside a transaction
/// with foreign keys off, or that only spend memory.
const HARMLESS_PRAGMAS: [&str; 14] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "optimize",
    "foreign_keys",
    "defer_foreign_keys",
    "cache_size",
];
