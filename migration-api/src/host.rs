//! What a migration may ask of the process that runs it.

use migration_operation::{Operation, OperationError};
use rusqlite::Connection;

use crate::Result;
pub use crate::stage::{Batch, BatchDone, BatchFailure, FailedRow, NamedRow, Stage, StageKind};

/// The runner's side of a migration: it shows messages and progress, may ask the migration to stop, and carries out
/// its operations.
pub trait Host {
    /// Shows `message` to the person who runs the migration.
    fn log(&self, message: &str);
    /// Shows that `done` of `total` units of work are done; `total` is 0 when it is not known.
    fn progress(&self, done: u64, total: u64);
    /// Whether the migration should return soon, because it was cancelled or ran out of time.
    fn should_stop(&self) -> bool;
    /// Carries out `operations` on `connection`: all of them or none.
    ///
    /// # Errors
    /// The first operation that cannot be done, with the reason.
    fn perform(
        &self,
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<(), OperationError>;
    /// Goes through a stage of a [batched](crate::Migration::BATCHED) migration, in transactions of its own, or passes
    /// over it if it is done already.
    ///
    /// # Errors
    /// That of the stage's own work; the host does not go on.
    fn stage(&self, stage: &mut Stage<'_>) -> Result;
}

/// A host that shows nothing, never asks to stop, and carries operations out itself: for a
/// [`crate::Migrator`] without a runner.
#[cfg(feature = "operations")]
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

#[cfg(feature = "operations")]
impl Host for Silent {
    fn log(&self, _message: &str) {}
    fn progress(&self, _done: u64, _total: u64) {}
    fn should_stop(&self) -> bool {
        false
    }
    fn perform(
        &self,
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<(), OperationError> {
        crate::perform::run(connection, operations)
    }
    fn stage(&self, _stage: &mut Stage<'_>) -> Result {
        Err("a migrator without a runner has no stages".into())
    }
}
