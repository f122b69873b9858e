//! Why the rows of a table are not written as structs.

use runner_engine::exit::Exit;
use runner_engine::explain::Code;
use runner_engine::hint::Hint;
use runner_operations::suggest::near;

/// Why the rows of a table are not written as structs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedError {
    /// There is no such table.
    #[error("there is no table `{}` in {of}", table.escape_debug())]
    NoTable {
        /// The name that was asked for.
        table: String,
        /// Where it was looked for.
        of: String,
        /// The tables that there are.
        known: Vec<String>,
    },
    /// Its rows have no key that SQLite keeps.
    #[error("`{table}` is a {kind}, whose rows no migration can go over")]
    NotATable {
        /// The name.
        table: String,
        /// What it is: a view or a virtual table.
        kind: &'static str,
    },
    /// It is made by the same migration.
    #[error("the migration makes the table `{table}`, so it has no rows yet")]
    New {
        /// The table.
        table: String,
    },
    /// A template that has no place for it.
    #[error("the template `{}` has no place for the rows of tables", template.escape_debug())]
    WithTemplate {
        /// The template.
        template: String,
    },
}

impl TypedError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::NotTyped
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoTable { table, known, .. } => tables(table, known).into(),
            Self::NotATable { .. } => "name the table that the rows are in".into(),
            Self::New { .. } => {
                "name the tables that its rows come from: a fixup reads them, and inserts with `migrator.execute`".into()
            }
            Self::WithTemplate { .. } => {
                "leave the template out, or take `batched` for big tables".into()
            }
        })
    }
}

/// Which tables could be meant: those with names like it, or else those that there are.
fn tables(table: &str, known: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted = |names: &[String], between: &str| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between)
    };
    let near = near(table, known.iter().map(String::as_str));
    match (near.as_slice(), known) {
        ([_, ..], _) => format!("did you mean {}?", quoted(&near, " or ")),
        ([], []) => "there is no table yet".to_owned(),
        ([], [only]) => format!("there is `{only}`"),
        ([], few) if few.len() <= SHOWN => format!("there are {}", quoted(few, ", ")),
        ([], many) => {
            let (shown, more) = many.split_at(SHOWN);
            format!("there are {}, and {} more", quoted(shown, ", "), more.len())
        }
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for TypedError {
        fn examples() -> Vec<Self> {
            let table = || "player".to_owned();
            let of = || "the migrations".to_owned();
            each_variant!(TypedError:
                NoTable { table: "plyer".into(), of: of(), known: vec!["item".into(), table()] },
                NoTable { table: "x".into(), of: of(), known: vec!["item".into(), table()] },
                NoTable { table: "x".into(), of: of(), known: Vec::new() },
                NoTable { table: "x".into(), of: of(), known: ('a'..='p').map(String::from).collect() },
                NotATable { table: table(), kind: "view" },
                New { table: table() },
                WithTemplate { template: "sql".into() },
            )
        }
    }
}
