//! Why views and triggers are not as their files say.

use std::fmt;

use crate::explain::Code;
use crate::hint::{Action, Hint};

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, if it is about one.
    pub line: Option<u32>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.reason),
            None => write!(f, "{}: {}", self.file, self.reason),
        }
    }
}

/// Why views and triggers are not as their files say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepeatableError {
    /// Files that cannot be used, whatever the database is.
    #[error("files of views and triggers cannot be used:{}", listed(problems))]
    Files {
        /// All that is wrong with them.
        problems: Vec<Problem>,
    },
    /// SQLite does not take them with the schema that the migrations give.
    #[error("views and triggers do not fit the schema:{}", listed(problems))]
    Broken {
        /// All that do not.
        problems: Vec<Problem>,
    },
    /// They had to go for a migration, and their texts do not fit the schema that it leaves.
    #[error(
        "views and triggers would be gone: their texts no longer fit the schema:{}",
        listed(problems)
    )]
    Away {
        /// All of them.
        problems: Vec<Problem>,
    },
}

impl RepeatableError {
    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Files { .. } => Code::RepeatableFiles,
            Self::Broken { .. } | Self::Away { .. } => Code::RepeatableBroken,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Files { .. } => {
                "nothing was changed; everything else belongs into a migration".into()
            }
            Self::Broken { .. } => {
                "nothing of this step is in the database; correct the files, or the migration".into()
            }
            Self::Away { .. } => Hint::from(
                "nothing of this step is in the database; the files are applied once nothing is pending: ",
            )
            .and(Action::Migrate),
        })
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n    {problem}")).collect()
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    fn problem(line: Option<u32>, reason: &str) -> Vec<Problem> {
        vec![Problem { file: "repeatable/players.sql".into(), line, reason: reason.into() }]
    }

    impl Examples for RepeatableError {
        fn examples() -> Vec<Self> {
            each_variant!(RepeatableError:
                Files { problems: problem(Some(3), "`DROP TABLE` makes no view and no trigger") },
                Files { problems: problem(None, "it is not UTF-8") },
                Broken { problems: problem(Some(1), "the view `ranks`: no such column: score") },
                Away { problems: problem(None, "the view `ranks`: no such column: score") },
            )
        }
    }
}
