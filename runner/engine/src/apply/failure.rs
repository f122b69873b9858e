//! How a step can fail.

mod advice;
mod context;
#[cfg(test)]
mod examples;
mod migration;
mod statement;

pub use context::{Unfinished, WithOthers};
pub use migration::MigrationFailure;
pub use statement::FailedStatement;

use std::fmt;
use std::io;
use std::time::Duration;

use rusqlite::Connection;

use super::batched::{BatchedError, LeftHalfDone};
use super::broken_statements::BrokenStatement;
use super::denied::DeniedStatement;
use super::foreign_keys::Violation;
use super::lost_objects::LostObject;
use super::lost_rows::LostRows;
use super::redirected_references::RedirectedReference;
use super::replaced_builtins::ReplacedBuiltin;
use crate::backup::BackupError;
use crate::database::DatabaseError;
use crate::direction::Direction;
use crate::drift::Drift;
use crate::ffi;
use crate::id::{self, MigrationId};
use crate::kept::KeptError;
use crate::premise::StalePlan;
use crate::record::RecordError;
use crate::repeatable::RepeatableError;
use crate::safeguard::Safeguard;
use crate::started::Started;

/// Why a step was not taken. Unless the variant says otherwise, nothing of the step is in the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The history cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A migration without a transaction is unfinished: another runner still runs it, or it has failed.
    #[error("{}", Drift::from(.0.clone()))]
    OtherUnfinished(Started),
    /// The plan of the step is out of date. Nothing of the step was done; earlier steps stay.
    #[error(transparent)]
    StalePlan(#[from] StalePlan),
    /// What it takes away is not kept, or what was kept not put back.
    #[error(transparent)]
    Kept(Box<KeptError>),
    /// The database cannot be backed up before the step.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The migration returned an error or panicked.
    #[error("the migration `{id}` {}", failed(*direction, failure.panicked))]
    Migration {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
        /// What it said.
        #[source]
        failure: MigrationFailure,
    },
    /// The migration replaces others of which only some are applied.
    #[error(
        "`{id}` replaces migrations of which only some are applied; {} {} not",
        id::listed(missing),
        if missing.len() == 1 { "is" } else { "are" }
    )]
    PartlyReplaced {
        /// The migration.
        id: MigrationId,
        /// What it replaces and is not applied, oldest first.
        missing: Vec<MigrationId>,
    },
    /// There is no way back.
    #[error("the migration `{id}` is irreversible")]
    Irreversible {
        /// The migration.
        id: MigrationId,
        /// Whether the migration declares it, and so was refused before any step was taken.
        declared: bool,
    },
    /// It ran longer than it may.
    #[error("the migration `{id}` ran for longer than {}", seconds(*after))]
    TimedOut {
        /// The migration.
        id: MigrationId,
        /// The time that it was given.
        after: Duration,
    },
    /// A stop was requested, by a [`Stop`](crate::Stop).
    #[error("the migration `{id}` was stopped")]
    Stopped {
        /// The migration that ran at that moment, or would have been next.
        id: MigrationId,
    },
    /// It tried what a migration may not do.
    #[error("the migration `{id}` {}", tried(denied))]
    Denied {
        /// The migration.
        id: MigrationId,
        /// What it tried, in its order; of a script all that it would have.
        denied: Vec<DeniedStatement>,
    },
    /// It ended the runner's transaction. Nothing that it did is in the database.
    #[error("the migration `{id}` ended the transaction that it ran in")]
    TransactionLost {
        /// The migration.
        id: MigrationId,
    },
    /// It ended the runner's transaction, and the file changed: a part of what it did is in the
    /// database.
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
    /// The file was renamed, removed or replaced while it ran.
    #[error(
        "the database's file is no longer where it was when the migration `{id}` began: it was \
         renamed, removed or replaced"
    )]
    Moved {
        /// The migration.
        id: MigrationId,
    },
    /// It left a statement unfinished.
    #[error("the migration `{id}` left a statement running: `{sql}`")]
    StatementLeft {
        /// The migration.
        id: MigrationId,
        /// The statement.
        sql: String,
    },
    /// It left a blob open that it read or wrote in parts.
    #[error("the migration `{id}` left a blob open")]
    BlobLeft {
        /// The migration.
        id: MigrationId,
    },
    /// Rows point to nothing, and did not before.
    #[error("the migration `{id}` leaves foreign keys broken:\n{}", listed_of(violations, *count))]
    ForeignKeys {
        /// The migration.
        id: MigrationId,
        /// The first few, in words.
        violations: Vec<String>,
        /// How many there are.
        count: usize,
        /// Whether one of them is a foreign key that no row can satisfy.
        unusable: bool,
    },
    /// Foreign keys no longer point to where they did.
    #[error("the migration `{id}` changes what foreign keys refer to:\n{}", listed(redirected))]
    ReferencesRedirected {
        /// The migration.
        id: MigrationId,
        /// The foreign keys.
        redirected: Vec<RedirectedReference>,
    },
    /// Statements on tables and views no longer compile.
    #[error(
        "after the migration `{id}`, statements would fail that did not before:\n{}",
        listed(broken)
    )]
    StatementsBroken {
        /// The migration.
        id: MigrationId,
        /// The statements.
        broken: Vec<BrokenStatement>,
    },
    /// The migration replaced a function or collation of SQLite while it wrote what uses it.
    #[error(
        "the migration `{id}` replaced functions or collations of SQLite, and wrote what uses them:\n{}",
        listed(written)
    )]
    BuiltinReplaced {
        /// The migration.
        id: MigrationId,
        /// What was written.
        written: Vec<ReplacedBuiltin>,
    },
    /// It replaced what SQLite has, and the next migration in the same transaction would find the
    /// replacement.
    #[error(
        "the migration `{id}` leaves its own in the place of {} of SQLite, for those after it in the \
         same transaction",
        replaced.join(", ")
    )]
    BuiltinLeft {
        /// The migration.
        id: MigrationId,
        /// The functions and collations.
        replaced: Vec<String>,
    },
    /// Rows are gone that it did not delete.
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
    /// Indexes, triggers, views or counters are gone that it did not drop.
    #[error("the migration `{id}` would lose what it does not drop itself:\n{}", listed(lost))]
    ObjectsLost {
        /// The migration.
        id: MigrationId,
        /// What is lost.
        lost: Vec<LostObject>,
    },
    /// Its way back left the schema that its way forward made.
    #[error(
        "the way back of the migration `{id}` leaves the schema as it is, and its way forward changed it"
    )]
    SchemaLeft {
        /// The migration.
        id: MigrationId,
    },
    /// The views and triggers of files do not fit the schema that it leaves.
    #[error(transparent)]
    Repeatable(#[from] RepeatableError),
    /// A step failed, and steps before it in the same transaction were rolled back with it.
    #[error(transparent)]
    WithOthers(WithOthers),
    /// A migration without a transaction around it did not finish.
    #[error(transparent)]
    Unfinished(Unfinished),
    /// A batched migration does not begin, or does not go on.
    #[error(transparent)]
    Batched(#[from] BatchedError),
    /// A batched migration is half done.
    #[error(transparent)]
    LeftHalfDone(LeftHalfDone),
    /// A migration without a transaction around it began one and did not end it.
    #[error("the migration `{id}` left a transaction open")]
    TransactionLeft {
        /// The migration.
        id: MigrationId,
    },
    /// It ran to its end without a transaction, and the record that it was started is gone.
    #[error(
        "the migration `{id}` has run, but is no longer recorded as started: the history was \
         repaired, or the database restored, while it ran"
    )]
    NotStartedAnyMore {
        /// The migration.
        id: MigrationId,
    },
    /// It runs without a transaction, and a single transaction was asked for.
    #[error("the migration `{id}` runs without a transaction, so there cannot be a single one")]
    NotInOneTransaction {
        /// The migration.
        id: MigrationId,
    },
    /// SQLite refused something that the runner did itself.
    #[error("cannot {doing}")]
    Sqlite {
        /// What it did, and to what.
        doing: String,
        /// Why not.
        source: rusqlite::Error,
    },
    /// COMMIT failed, and whether it happened cannot be read from the file.
    #[error("it is not known whether `{id}` was committed, and the database cannot be asked")]
    OutcomeUnknown {
        /// The migration.
        id: MigrationId,
        /// What COMMIT said.
        source: rusqlite::Error,
    },
    /// There is no folder for the copy of a dry run.
    #[error("cannot make a folder for the copy that a dry run works on")]
    NoScratchFolder(#[source] io::Error),
}

impl From<KeptError> for ApplyError {
    fn from(error: KeptError) -> Self {
        Self::Kept(Box::new(error))
    }
}

impl ApplyError {
    /// How many broken references are listed.
    const TOLD: usize = 5;

    /// The statement of SQL of a migration that failed, if it was one and is known.
    #[must_use]
    pub fn statement(&self) -> Option<&FailedStatement> {
        match self {
            Self::Migration { failure, .. } => failure.statement(),
            Self::Denied { denied, .. } => denied.first()?.statement.as_ref(),
            Self::WithOthers(WithOthers { error, .. })
            | Self::Unfinished(Unfinished { error })
            | Self::LeftHalfDone(LeftHalfDone { error, .. }) => error.statement(),
            _ => None,
        }
    }

    /// The error of what the runner did itself, as words that follow "cannot".
    pub(super) fn sqlite(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Sqlite { doing, source }
    }

    pub(super) fn foreign_keys(id: &MigrationId, violations: &[Violation]) -> Self {
        let unusable = violations.iter().any(|violation| violation.is_of_the_key);
        let told = violations.iter().take(Self::TOLD).map(|violation| violation.words.clone());
        let (violations, count) = (told.collect(), violations.len());
        Self::ForeignKeys { id: id.clone(), violations, count, unusable }
    }

    /// This error, with the number of other steps that were rolled back with its own.
    pub(super) fn taking_along(self, others: usize) -> Self {
        match self {
            Self::Escaped { .. } => self,
            error if others == 0 => error,
            error => Self::WithOthers(WithOthers { error: Box::new(error), others }),
        }
    }

    /// This error, or its cause: if the file that `connection` has open was moved, SQLite calls the
    /// database read-only.
    pub(super) fn if_moved(self, connection: &Connection, id: &MigrationId) -> Self {
        match self {
            Self::StalePlan(_) | Self::Stopped { .. } | Self::TimedOut { .. } => self,
            _ if ffi::has_moved(connection) && Safeguard::FileInPlace.is_on() => {
                Self::Moved { id: id.clone() }
            }
            _ => self,
        }
    }

    /// This error, as that of a migration without a transaction.
    pub(super) fn leaving_it_unfinished(self) -> Self {
        Self::Unfinished(Unfinished { error: Box::new(self) })
    }

    /// This error, as that of a batched migration that has begun.
    pub(super) fn leaving_it_half_done(self, direction: Direction) -> Self {
        Self::LeftHalfDone(LeftHalfDone { direction, error: Box::new(self) })
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

fn tried(denied: &[DeniedStatement]) -> String {
    match denied {
        [DeniedStatement { denied, statement }] => {
            let place = statement.as_ref().and_then(FailedStatement::place);
            let place = place.map_or(String::new(), |place| format!("\nat {place}"));
            format!("tried to {denied}{place}")
        }
        several => format!("tried what a migration may not do:\n{}", listed(several)),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn listed_of(violations: &[String], count: usize) -> String {
    let list = listed(violations);
    match count - violations.len() {
        0 => list,
        more => format!("{list}\n    and {more} more"),
    }
}

fn listed(lines: &[impl fmt::Display]) -> String {
    lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
