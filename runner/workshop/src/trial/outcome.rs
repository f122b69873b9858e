//! The outcome of a trial.

use std::fmt;

use serde::Serialize;

use super::expected::RowsDiffer;
use super::problem::Problem;
use crate::discover::EXPECTED;
use runner_engine::{LossName, MigrationId, Verdict};

/// What the trial of a migration has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// The migration.
    pub id: MigrationId,
    /// What its trial showed.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What is kept of it; `None`: it shows nothing of the migration itself.
    #[serde(skip)]
    pub verdict: Option<Verdict>,
    /// The digest of the source that was tried.
    #[serde(skip)]
    pub source_digest: String,
    /// What else is to be known.
    pub notes: Vec<Note>,
}

/// What the trial of a migration showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Its way back gives back the schema, and all rows but for what it itself took away.
    Reversible {
        /// What does not come back; none: everything does.
        losses: Vec<Loss>,
    },
    /// It goes forward, and has no way back.
    Irreversible {
        /// Whether it says so itself.
        declared: bool,
        /// What it takes away, as far as can be seen: it may have moved it elsewhere.
        losses: Vec<Loss>,
    },
    /// It fails, does on its way back what nobody asked for, or loses what it does not declare.
    Failed {
        /// What is wrong.
        #[serde(flatten, serialize_with = "with_declaration")]
        problem: Problem,
    },
}

/// Values that the step forward drops or changes, and the step backward does not give back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// The rows of a table that was dropped.
    Table {
        /// The table.
        table: String,
    },
    /// Rows that were deleted.
    Rows {
        /// Their table.
        table: String,
    },
    /// The values of a column that was dropped, or of rows that were deleted.
    Column {
        /// Its table.
        table: String,
        /// The column.
        column: String,
    },
    /// What the values of a column were before they were changed.
    Values {
        /// Its table.
        table: String,
        /// The column.
        column: String,
    },
    /// How far an AUTOINCREMENT had counted.
    Counter {
        /// Its table.
        table: String,
    },
}

/// What is no failure and worth to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// It was tried with these tables empty: no row could be made for them.
    Empty {
        /// The tables.
        tables: Vec<String>,
    },
    /// No rows could be made at all.
    NoRows {
        /// Why.
        message: String,
    },
    /// Its outcome holds for values that suit the types of their columns, and it fails for others.
    Stray {
        /// How.
        #[serde(serialize_with = "in_words")]
        problem: Problem,
    },
    /// The queries that its author wrote give the rows that are expected.
    AsExpected {
        /// How many there are.
        queries: usize,
    },
    /// The rows that queries give are the expected ones from now on.
    Accepted {
        /// Those that gave others before.
        queries: Vec<RowsDiffer>,
    },
    /// A first file of queries was written, with the rows that they give.
    WroteExpected {
        /// How many there are.
        queries: usize,
    },
    /// It declares to lose what it did not lose here.
    NotLost {
        /// What.
        names: Vec<LossName>,
    },
    /// A second time it gives other values, as a migration does that asks for the time or for chance.
    Varies {
        /// In what, as `table.column`.
        places: Vec<String>,
    },
}

fn in_words<S: serde::Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&problem.to_string())
}

/// What is wrong, in words, and what would declare it.
fn with_declaration<S: serde::Serializer>(
    problem: &Problem,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Words<'p> {
        problem: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        undeclared: Vec<&'p LossName>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        declaration: Vec<String>,
    }
    let (undeclared, declaration) = (problem.undeclared(), problem.declaration());
    Words { problem: problem.to_string(), undeclared, declaration }.serialize(serializer)
}

impl Trial {
    /// The trial of the migration `id`, with the source that has this digest, that showed a `problem`.
    pub(super) fn failed(id: MigrationId, source_digest: String, problem: Problem) -> Self {
        let verdict = problem.verdict();
        let outcome = Outcome::Failed { problem };
        Self { id, outcome, verdict, source_digest, notes: Vec::new() }
    }

    /// Whether it failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }
}

impl fmt::Display for Outcome {
    /// In a few words; of a failure, nothing but that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reversible { losses } if losses.is_empty() => f.write_str("reversible"),
            Self::Reversible { losses } => write!(f, "reversible, loses {}", listed(losses)),
            Self::Irreversible { declared, losses } => {
                let declared = if *declared { " (declared)" } else { "" };
                write!(f, "irreversible{declared}")?;
                if losses.is_empty() {
                    Ok(())
                } else {
                    write!(f, ", takes away {}", listed(losses))
                }
            }
            Self::Failed { problem } => write!(f, "FAILED: {}", problem.title()),
        }
    }
}

fn listed<T: fmt::Display>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { table } => write!(f, "{table}"),
            Self::Rows { table } => write!(f, "rows of {table}"),
            Self::Column { table, column } => write!(f, "{table}.{column}"),
            Self::Values { table, column } => write!(f, "what {table}.{column} was"),
            Self::Counter { table } => write!(f, "the counter of {table}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { tables } => write!(f, "no row could be made for {}", tables.join(", ")),
            Self::NoRows { message } => write!(f, "no rows could be made: {message}"),
            Self::Stray { problem } => {
                write!(f, "fails where a column holds another type: {}", problem.reason())
            }
            Self::AsExpected { queries } => {
                write!(f, "gives the rows that `{EXPECTED}` says ({})", counted(*queries))
            }
            Self::Accepted { queries } => {
                write!(f, "`{EXPECTED}` has other rows now ({})", counted(queries.len()))?;
                queries.iter().try_for_each(|query| write!(f, "\n{query}"))
            }
            Self::WroteExpected { queries } => {
                write!(
                    f,
                    "wrote `{EXPECTED}` ({}): read it, since what it says is expected from now on",
                    counted(*queries)
                )
            }
            Self::NotLost { names } => {
                write!(f, "declares to lose {}, and lost nothing of that here", listed(names))
            }
            Self::Varies { places } => {
                write!(f, "gives other values a second time: {}", places.join(", "))
            }
        }
    }
}

fn counted(queries: usize) -> String {
    format!("{queries} {}", if queries == 1 { "query" } else { "queries" })
}
