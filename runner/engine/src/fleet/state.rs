//! The state that a run left a database in.

use serde::{Deserialize, Serialize};

use super::error_text::ErrorText;
use crate::exit::Exit;
use crate::explain::Code;

/// What a run found or made of a database. The names are part of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Steps were taken, and it is at the target.
    Applied,
    /// Steps were taken back, and it is at the target.
    Reverted,
    /// Steps are to be taken. Only a look finds it so.
    Pending,
    /// A run is about to take the first step. Only a report says so, and a later line of it what came of that.
    Begun,
    /// It was at the target.
    Already,
    /// It is newer than the bundle, and says that it stays usable by it.
    Newer,
    /// Another program held it for longer than it was waited for, or has changed it meanwhile.
    Busy,
    /// The time of the run was over, before a step of it or at a checkpoint of a batched migration.
    Paused,
    /// There was no room on its disk.
    Full,
    /// There is no file.
    Missing,
    /// The file is empty: the database is still to be made.
    Empty,
    /// Going on would not be safe, or it cannot be used as it is: a person has to look.
    Refused,
    /// A migration failed.
    Failed,
    /// The process that migrated it ended without a report.
    Crashed,
    /// It is damaged, or no database.
    Damaged,
    /// Its turn did not come, or the run was stopped in it: nothing was changed but by steps, and
    /// stages and batches of a batched one, that it had finished before.
    Skipped,
}

impl State {
    /// All there are.
    pub const ALL: [Self; 16] = [
        Self::Applied,
        Self::Reverted,
        Self::Pending,
        Self::Begun,
        Self::Already,
        Self::Newer,
        Self::Busy,
        Self::Paused,
        Self::Full,
        Self::Missing,
        Self::Empty,
        Self::Refused,
        Self::Failed,
        Self::Crashed,
        Self::Damaged,
        Self::Skipped,
    ];

    /// The state that `error` leaves.
    pub(super) fn after(error: &ErrorText) -> Self {
        match (error.exit, error.code) {
            (_, Code::DiskFull) => Self::Full,
            (_, Code::MigrationCrashed) => Self::Crashed,
            (_, Code::Paused) => Self::Paused,
            (Exit::TryAgain, _) => Self::Busy,
            (Exit::Damaged, _) => Self::Damaged,
            (Exit::Refused | Exit::Usage, _) => Self::Refused,
            (Exit::HungUp | Exit::Interrupted | Exit::Terminated, _) => Self::Skipped,
            (Exit::Failed | Exit::Done, _) => Self::Failed,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Reverted => "reverted",
            Self::Pending => "pending",
            Self::Begun => "begun",
            Self::Already => "already",
            Self::Newer => "newer",
            Self::Busy => "busy",
            Self::Paused => "paused",
            Self::Full => "full",
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Damaged => "damaged",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the database is where it should be.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Applied | Self::Reverted | Self::Already | Self::Newer)
    }

    /// Whether it counts among the failures that end a run.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Crashed | Self::Damaged | Self::Refused)
    }

    /// Whether another run helps by itself.
    #[must_use]
    pub fn helps_again(self) -> bool {
        matches!(self, Self::Begun | Self::Busy | Self::Paused | Self::Full | Self::Skipped)
    }

    /// The exit code that a database in this state asks for.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Applied | Self::Reverted | Self::Already | Self::Newer => Exit::Done,
            Self::Pending
            | Self::Begun
            | Self::Busy
            | Self::Paused
            | Self::Full
            | Self::Skipped => Exit::TryAgain,
            Self::Missing | Self::Empty | Self::Failed | Self::Crashed => Exit::Failed,
            Self::Refused => Exit::Refused,
            Self::Damaged => Exit::Damaged,
        }
    }
}
