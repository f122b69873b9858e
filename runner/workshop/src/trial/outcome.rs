//! The outcome of a trial.

use std::fmt;

use serde::Serialize;

use super::expected::RowsDiffer;
use super::problem::Problem;
use crate::discover::EXPECTED;
use runner_engine::MigrationId;

/// What the trial of a migration has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// The migration.
    pub id: MigrationId,
    /// What its trial showed.
    #[serde(flatten)]
    pub outcome: Outcome,
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
    },
    /// It fails, or does on its way back what nobody asked for.
    Failed {
        /// What is wrong.
        #[serde(serialize_with = "in_words")]
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
    /// A second time it gives other values, as a migration does that asks for the time or for chance.
    Varies {
        /// In what, as `table.column`.
        places: Vec<String>,
    },
}

fn in_words<S: serde::Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&problem.to_string())
}

impl Trial {
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
            Self::Reversible { losses } => {
                let losses: Vec<_> = losses.iter().map(ToString::to_string).collect();
                write!(f, "reversible, loses {}", losses.join(", "))
            }
            Self::Irreversible { declared: true } => f.write_str("irreversible (declared)"),
            Self::Irreversible { declared: false } => f.write_str("irreversible"),
            Self::Failed { problem } => write!(f, "FAILED: {}", problem.title()),
        }
    }
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
            Self::Varies { places } => {
                write!(f, "gives other values a second time: {}", places.join(", "))
            }
        }
    }
}

fn counted(queries: usize) -> String {
    format!("{queries} {}", if queries == 1 { "query" } else { "queries" })
}
