//! What a trial can find wrong with a migration.

use std::error::Error as _;
use std::{fmt, iter};

use super::declared;
use super::expected::{Misread, RowsDiffer};
use super::outcome::Loss;
use super::step::StepFailure;
use crate::discover::{EXPECTED, FIXTURE};
use crate::schema::SchemaError;
use runner_engine::verdict::{FoundBy, LossKind, Lost, Verdict, WayBack};
use runner_engine::{LossName, MigrationId};

/// Which step of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Forward.
    Forward,
    /// Backward.
    Backward,
    /// Forward for the second time.
    Again,
}

/// What is wrong with a migration. Displays as a sentence and, on further lines, the details.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The author's rows do not go in.
    #[error("{FIXTURE}, line {line}: {message}")]
    Fixture {
        /// The line on which the statement begins.
        line: usize,
        /// What SQLite said.
        message: String,
    },
    /// The queries that the author wrote cannot be read or run.
    #[error("{EXPECTED}:{line}: {message}")]
    Expected {
        /// The line.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The file with the author's queries cannot be read.
    #[error("cannot read `{EXPECTED}`: {message}")]
    ExpectedUnreadable {
        /// What the system said.
        message: String,
    },
    /// The rows that were accepted cannot be written into the file of the author's queries.
    #[error("cannot write `{EXPECTED}`: {message}")]
    ExpectedUnwritable {
        /// What the system said.
        message: String,
    },
    /// Queries give other rows than the author expects.
    #[error("gives other rows than `{EXPECTED}` says{}", listed(queries))]
    OtherThanExpected {
        /// Which.
        queries: Vec<RowsDiffer>,
    },
    /// A step failed.
    #[error("{}{}", pass.words(), with_causes(failure))]
    Step {
        /// Which.
        pass: Pass,
        /// Why.
        failure: StepFailure,
    },
    /// It does not go forward on a database that only the migrations before it have made.
    #[error("even without rows: {}", with_causes(failure))]
    WithoutRows {
        /// Why.
        failure: StepFailure,
    },
    /// The schema is another than before.
    #[error("{}\n{difference}", pass.schema())]
    Schema {
        /// After which step.
        pass: Pass,
        /// What is different.
        difference: String,
    },
    /// The schema means the same as before, and the way back leaves it as the way forward wrote it.
    #[error(
        "the way back leaves the schema as the way forward wrote it, which `runner down` refuses without \
         `--leave-schema`"
    )]
    SchemaLeft,
    /// The way back changed what the way forward had kept.
    #[error("the way back changes what the way forward kept{}", listed(changes))]
    Changed {
        /// What, one sentence for each column or table.
        changes: Vec<String>,
    },
    /// It loses what it does not declare, or has no way back and does not say so.
    #[error("{}{}", undeclared_title(verdict), listed(&undeclared_reasons(verdict)))]
    Undeclared {
        /// What it loses.
        verdict: Verdict,
        /// What it declares to lose.
        loses: Vec<LossName>,
    },
    /// It is older than declarations, and loses rows or values that it does not drop by name.
    #[error("loses rows or values that it does not drop by name{}", listed(&reasons(losses)))]
    NotByName {
        /// What.
        losses: Vec<Loss>,
    },
    /// From the same beginning, the second time forward gave another number of rows.
    #[error("forward again does not give the same rows{}", listed(changes))]
    OtherRows {
        /// Where.
        changes: Vec<String>,
    },
    /// A migration before it failed, so its schema is not known.
    #[error("not tried: `{after}` before it fails: {}", with_causes(failure))]
    NotReached {
        /// That migration.
        after: MigrationId,
        /// How.
        failure: StepFailure,
    },
    /// Something else than the migration refused.
    #[error("cannot {doing}: {message}")]
    Scratch {
        /// What was done.
        doing: String,
        /// What SQLite said.
        message: String,
    },
    /// The runner, or what takes steps for it, panicked.
    #[error("its trial panicked")]
    Panicked,
    /// Somebody asked for the end.
    #[error("it was stopped")]
    Stopped,
}

impl Problem {
    /// SQLite's error of what the trial itself did, as words that follow "cannot".
    pub(super) fn scratch(doing: &str) -> impl Fn(rusqlite::Error) -> Self {
        move |error| Self::Scratch { doing: doing.to_owned(), message: error.to_string() }
    }

    /// What is wrong with a step.
    pub(super) fn step(pass: Pass) -> impl Fn(StepFailure) -> Self {
        move |failure| match failure.stopped {
            true => Self::Stopped,
            false => Self::Step { pass, failure },
        }
    }

    /// What is to be kept of the migration: that it fails, or what it loses; `None`: this is about something else.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Undeclared { verdict, .. } => Some(verdict.clone()),
            Self::NotReached { .. } | Self::Scratch { .. } | Self::Panicked | Self::Stopped => None,
            _ => Some(Verdict {
                failed: true,
                ..Verdict::now(FoundBy::Test, WayBack::NotTried, Vec::new())
            }),
        }
    }

    /// What is lost and not declared.
    #[must_use]
    pub fn undeclared(&self) -> Vec<&LossName> {
        match self {
            Self::Undeclared { verdict, .. } => verdict.undeclared().collect(),
            _ => Vec::new(),
        }
    }

    /// The lines that declare what is lost and not declared.
    #[must_use]
    pub fn declaration(&self) -> Vec<String> {
        let Self::Undeclared { verdict, loses } = self else { return Vec::new() };
        let mut lines = Vec::new();
        if verdict.hides_missing_way_back() {
            lines.push("const REVERSIBLE: bool = false;".to_owned());
        }
        let undeclared: Vec<LossName> = verdict.undeclared().cloned().collect();
        if !undeclared.is_empty() {
            lines.push(declared::line(&[loses.as_slice(), &undeclared].concat()));
        }
        lines
    }

    /// In one line what is behind it.
    #[must_use]
    pub fn reason(&self) -> String {
        let cause = match self {
            Self::Step { failure, .. } => failure.causes.last().cloned(),
            Self::Changed { changes } => changes.first().cloned(),
            Self::Undeclared { verdict, .. } => undeclared_reasons(verdict).into_iter().next(),
            Self::NotByName { losses } => reasons(losses).into_iter().next(),
            _ => None,
        };
        let cause = cause.as_deref().and_then(|cause| cause.lines().next());
        cause.map_or_else(|| self.title(), str::to_owned)
    }

    /// The first line.
    #[must_use]
    pub fn title(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}

impl Pass {
    fn words(self) -> &'static str {
        match self {
            Self::Forward => "",
            Self::Backward => "backward: ",
            Self::Again => "forward again: ",
        }
    }

    fn schema(self) -> &'static str {
        match self {
            Self::Forward | Self::Again => "forward again does not give the same schema",
            Self::Backward => "the way back does not give back the schema",
        }
    }
}

impl From<Misread> for Problem {
    fn from(Misread { line, message }: Misread) -> Self {
        Self::Expected { line, message }
    }
}

impl From<SchemaError> for Problem {
    fn from(error: SchemaError) -> Self {
        let causes = iter::successors(error.source(), |cause| (*cause).source());
        let message = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
        Self::Scratch { doing: "read the schema of a scratch database".to_owned(), message }
    }
}

fn undeclared_title(verdict: &Verdict) -> &'static str {
    match (verdict.undeclared().next(), verdict.way_back) {
        (None, _) => "has no way back, and does not say so",
        (Some(_), WayBack::Missing) => {
            "takes away what its `LOSES` does not name, has no way back, and does not say so"
        }
        (Some(_), WayBack::DeclaredMissing) => "takes away what its `LOSES` does not name",
        (Some(_), _) => "loses what its `LOSES` does not name",
    }
}

/// What became of each thing that is lost and not declared.
fn undeclared_reasons(verdict: &Verdict) -> Vec<String> {
    let is_left = match verdict.way_back {
        WayBack::Works => ", and the way back leaves them so",
        _ => "",
    };
    let reason = |lost: &&Lost| {
        let name = &lost.name;
        match lost.kind {
            LossKind::Table => format!("`{name}`: the table is dropped"),
            LossKind::Rows => format!("`{name}`: rows are deleted or left out"),
            LossKind::Column => format!("`{name}`: the column is dropped"),
            LossKind::Values => format!("`{name}`: values are changed{is_left}"),
        }
    };
    verdict.losses.iter().filter(|lost| !lost.declared).map(|lost| reason(&lost)).collect()
}

/// Why each of `losses` counts.
fn reasons(losses: &[Loss]) -> Vec<String> {
    let reason = |loss: &Loss| match loss {
        Loss::Table { table } => {
            format!("the rows of `{table}`, which no DROP TABLE or `drop_table` names")
        }
        Loss::Rows { table } => {
            format!("rows of `{table}`: the way forward deletes them or leaves them out")
        }
        Loss::Column { table, column } => {
            format!("the values of `{table}.{column}`, which no DROP COLUMN or `drop_column` names")
        }
        Loss::Values { table, column } => format!(
            "what `{table}.{column}` was: the way forward changes it, and the way back leaves it so"
        ),
        Loss::Counter { table } => format!("how far AUTOINCREMENT of `{table}` has counted"),
    };
    losses.iter().map(reason).collect()
}

fn with_causes(failure: &StepFailure) -> String {
    let mut text = failure.message.clone();
    for cause in &failure.causes {
        text += &format!("\ncaused by: {}", cause.trim_end());
    }
    text
}

fn listed(lines: &[impl fmt::Display]) -> String {
    lines.iter().map(|line| format!("\n{line}")).collect()
}
