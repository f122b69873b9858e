//! How a step can fail, and what the migration itself had to say about it.

use std::fmt;
use std::io;
use std::time::Duration;

use super::guard::Denied;
use super::lost_objects::LostObject;
use super::lost_rows::LostRows;
use crate::database::DatabaseError;
use crate::exit::{self, Exit};
use crate::ffi::{PluginFailure, PluginFailureKind};
use crate::id::MigrationId;
use crate::plan::Direction;

/// Why a step was not taken. Unless the variant says otherwise, nothing of it is in the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The migration returned an error or panicked.
    #[error("the migration `{id}` {}", failed(*direction, failure.panicked))]
    Migration {
        /// The migration.
        id: MigrationId,
        /// Which way it went.
        direction: Direction,
        /// What it said.
        #[source]
        failure: MigrationFailure,
    },
    /// There is no way back.
    #[error("the migration `{id}` is irreversible")]
    Irreversible {
        /// The migration.
        id: MigrationId,
        /// Whether it says so itself, and was refused before any step was taken.
        declared: bool,
    },
    /// Its time was over.
    #[error("the migration `{id}` ran for longer than {}", seconds(*after))]
    TimedOut {
        /// The migration.
        id: MigrationId,
        /// The time it had.
        after: Duration,
    },
    /// It tried what a migration may not do.
    #[error("the migration `{id}` tried to {denied}")]
    Denied {
        /// The migration.
        id: MigrationId,
        /// What it tried.
        denied: Denied,
    },
    /// It ended the runner's transaction, and nothing that it did stayed.
    #[error("the migration `{id}` ended the transaction that it ran in")]
    TransactionLost {
        /// The migration.
        id: MigrationId,
    },
    /// It ended the runner's transaction, and the file changed: part of it is in the database.
    #[error(
        "the migration `{id}` ended the transaction that it ran in, and part of what it did \
         is in the database, without being recorded"
    )]
    Escaped {
        /// The migration.
        id: MigrationId,
    },
    /// The process lost its lock while it ran, and another program has written.
    #[error(
        "the migration `{id}` lost the lock on the database, and another program has written to it \
         meanwhile"
    )]
    LockLost {
        /// The migration.
        id: MigrationId,
    },
    /// It left a statement in the middle of running.
    #[error("the migration `{id}` left a statement running: {sql}")]
    StatementLeft {
        /// The migration.
        id: MigrationId,
        /// The statement.
        sql: String,
    },
    /// Rows point to nothing that did not before.
    #[error("the migration `{id}` leaves foreign keys broken:\n{}", told(violations, *count))]
    ForeignKeys {
        /// The migration.
        id: MigrationId,
        /// The first few, in words.
        violations: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// Rows vanished that it did not delete.
    #[error(
        "the migration `{id}` would lose rows that it does not delete itself:\n{}",
        listed(lost)
    )]
    RowsLost {
        /// The migration.
        id: MigrationId,
        /// The rows, by table.
        lost: Vec<LostRows>,
    },
    /// Indexes, triggers, views or counters vanished that it did not drop.
    #[error("the migration `{id}` would lose what it does not drop itself:\n{}", listed(lost))]
    ObjectsLost {
        /// The migration.
        id: MigrationId,
        /// What is lost.
        lost: Vec<LostObject>,
    },
    /// A step failed, and steps before it in the same transaction were rolled back with it.
    #[error(transparent)]
    WithOthers(WithOthers),
    /// A migration without a transaction around it did not finish.
    #[error(transparent)]
    Unfinished(Unfinished),
    /// A migration without a transaction around it began one and did not end it.
    #[error("the migration `{id}` left a transaction open")]
    TransactionLeft {
        /// The migration.
        id: MigrationId,
    },
    /// It runs without a transaction, and all were to happen in one.
    #[error("the migration `{id}` runs without a transaction, so there cannot be a single one")]
    NotInOneTransaction {
        /// The migration.
        id: MigrationId,
    },
    /// SQLite refused something that the runner did itself.
    #[error("cannot {doing}")]
    Sqlite {
        /// What it did.
        doing: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
    /// COMMIT failed, and the file cannot be asked whether it happened.
    #[error("it is not known whether `{id}` was committed, and the database cannot be asked")]
    OutcomeUnknown {
        /// The migration.
        id: MigrationId,
        /// What COMMIT said.
        source: rusqlite::Error,
    },
    /// There is nowhere to put the copy for a dry run.
    #[error("cannot make a folder for the copy that a dry run works on")]
    NoScratchFolder(#[source] io::Error),
}

impl ApplyError {
    /// How many broken references are told in words.
    const TOLD: usize = 5;

    pub(super) fn foreign_keys(id: &MigrationId, mut violations: Vec<String>) -> Self {
        let count = violations.len();
        violations.truncate(Self::TOLD);
        Self::ForeignKeys { id: id.clone(), violations, count }
    }

    /// The same, as what rolled back `others` steps too.
    pub(super) fn taking_along(self, others: usize) -> Self {
        match self {
            Self::Escaped { .. } => self,
            error if others == 0 => error,
            error => Self::WithOthers(WithOthers { error: Box::new(error), others }),
        }
    }

    /// The same, as the error of a migration that has no transaction around it.
    pub(super) fn leaving_it_unfinished(self) -> Self {
        Self::Unfinished(Unfinished { error: Box::new(self) })
    }

    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Database(error) => error.exit(),
            Self::WithOthers(WithOthers { error, .. }) | Self::Unfinished(Unfinished { error }) => {
                error.exit()
            }
            Self::Migration { failure, .. } => failure.exit,
            Self::Irreversible { .. }
            | Self::Denied { .. }
            | Self::TransactionLeft { .. }
            | Self::NotInOneTransaction { .. }
            | Self::TransactionLost { .. }
            | Self::Escaped { .. }
            | Self::LockLost { .. }
            | Self::RowsLost { .. }
            | Self::ObjectsLost { .. }
            | Self::StatementLeft { .. } => Exit::Refused,
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
            Self::TimedOut { .. }
            | Self::ForeignKeys { .. }
            | Self::OutcomeUnknown { .. }
            | Self::NoScratchFolder(_) => Exit::Failed,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Database(error) => return error.hint(),
            Self::WithOthers(WithOthers { error, others }) => {
                let own = error.hint().map(|hint| format!("{hint}. ")).unwrap_or_default();
                match others {
                    1 => format!("{own}The step before it was rolled back with it"),
                    _ => format!("{own}The {others} steps before it were rolled back with it"),
                }
            }
            Self::Unfinished(_) => "it runs without a transaction, so what it did before that stays; \
                 `runner status` tells how to go on"
                .into(),
            Self::TransactionLeft { .. } => "let it commit what it begins".into(),
            Self::NotInOneTransaction { id } => format!(
                "nothing was done. Take the steps up to `{id}` and those after it apart, with `--to`"
            ),
            Self::Migration { .. } => "everything that it did was rolled back".into(),
            Self::Irreversible { id, declared: true } => format!(
                "nothing was reverted. To have a way back, write `migrate_backward` in `{id}` and \
                 take out its `REVERSIBLE`"
            ),
            Self::Irreversible { id, declared: false } => {
                format!("it stays applied. To have a way back, write `migrate_backward` in `{id}`")
            }
            Self::TimedOut { .. } => {
                "it was interrupted and rolled back; `--timeout SECONDS` gives it longer".into()
            }
            Self::Denied { denied: Denied::Transaction(_), .. } => {
                "it was rolled back. The runner begins and commits; for a part that may fail, use \
                 a savepoint"
                    .into()
            }
            Self::Denied { denied: Denied::History, .. } => {
                "it was rolled back. The runner alone writes its history".into()
            }
            Self::Denied { .. } => "it was rolled back. Do this outside of migrations".into(),
            Self::TransactionLost { .. } => {
                "nothing of it is in the database. A statement `OR ROLLBACK` does that; use \
                 `OR ABORT`, which is the default"
                    .into()
            }
            Self::Escaped { .. } => {
                "compare the database with a backup before anything else runs on it".into()
            }
            Self::LockLost { .. } => {
                "it was rolled back. To open and close the database's file other than through \
                 SQLite, as a copy of it does, gives up the lock; do this outside of migrations"
                    .into()
            }
            Self::StatementLeft { .. } => {
                "it was rolled back. Read the rows to their end, or drop them".into()
            }
            Self::ForeignKeys { .. } => {
                "it was rolled back. Repair or delete these rows in the migration".into()
            }
            Self::RowsLost { lost, .. } => match lost.iter().any(|rows| rows.trigger.is_none()) {
                true => "it was rolled back. Leave foreign keys off, as they were; they are checked \
                         before COMMIT"
                    .into(),
                false => "it was rolled back. If they are to go, let the migration delete them \
                          itself, before the statement that sets off the trigger"
                    .into(),
            },
            Self::ObjectsLost { .. } => "it was rolled back. A table that is dropped takes its \
                 indexes, triggers and counter along: make them again, or use the operations, which \
                 keep them. What is to go, drop by name before the table"
                .into(),
            Self::OutcomeUnknown { .. } => "`runner status` tells it once the disk works".into(),
            Self::NoScratchFolder(_) => "TMPDIR names the folder for temporary files".into(),
            Self::Sqlite { source, .. } => match exit::of_sqlite(source) {
                Exit::TryAgain => {
                    format!("it was rolled back: {}", exit::try_again_hint(source))
                }
                _ => return None,
            },
        })
    }
}

fn failed(direction: Direction, panicked: bool) -> &'static str {
    match (direction, panicked) {
        (Direction::Forward, false) => "failed",
        (Direction::Forward, true) => "panicked",
        (Direction::Backward, false) => "failed on its way back",
        (Direction::Backward, true) => "panicked on its way back",
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn told(violations: &[String], count: usize) -> String {
    let told = listed(violations);
    match count - violations.len() {
        0 => told,
        more => format!("{told}\n    and {more} more"),
    }
}

fn listed(lines: &[impl fmt::Display]) -> String {
    lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The error of a step, and how many it took along.
#[derive(Debug)]
pub struct WithOthers {
    /// Why the step failed.
    pub error: Box<ApplyError>,
    /// How many steps before it were rolled back with it.
    pub others: usize,
}

impl fmt::Display for WithOthers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for WithOthers {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// The error of a migration that has no transaction around it.
#[derive(Debug)]
pub struct Unfinished {
    /// Why it did not finish.
    pub error: Box<ApplyError>,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Unfinished {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// What a migration said when it failed: its message, and as sources the errors behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFailure {
    message: String,
    place: Option<(String, u32, u32)>,
    panicked: bool,
    exit: Exit,
    cause: Option<Box<Cause>>,
}

impl MigrationFailure {
    /// The error of a step whose code reported `failure`.
    pub(super) fn told(
        id: &MigrationId,
        direction: Direction,
        failure: PluginFailure,
    ) -> ApplyError {
        if failure.kind == PluginFailureKind::Irreversible {
            return ApplyError::Irreversible { id: id.clone(), declared: false };
        }
        let cause = failure
            .causes
            .into_iter()
            .rev()
            .fold(None, |next, message| Some(Box::new(Cause { message, next })));
        let failure = Self {
            message: failure.message,
            place: failure.place,
            panicked: failure.kind == PluginFailureKind::Panic,
            exit: match exit::of_sqlite_code(failure.sqlite_code) {
                Exit::Damaged => Exit::Damaged,
                Exit::TryAgain => Exit::TryAgain,
                _ => Exit::Failed,
            },
            cause,
        };
        ApplyError::Migration { id: id.clone(), direction, failure }
    }
}

impl fmt::Display for MigrationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some((file, line, column)) = &self.place {
            write!(f, "\nat {file}:{line}:{column}")?;
        }
        Ok(())
    }
}

impl std::error::Error for MigrationFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// An error behind another, of which only the words came over the plugin boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cause {
    message: String,
    next: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|cause| cause as _)
    }
}
