//! What a migration may ask of the process that runs it.

/// The runner's side of a migration: where its words and its progress go, and whether it should stop.
pub trait Host {
    /// Shows `message` to the person who runs the migration.
    fn log(&self, message: &str);
    /// Shows that `done` of `total` units of work are done; `total` is 0 when it is not known.
    fn progress(&self, done: u64, total: u64);
    /// Whether the migration should return soon, because it was cancelled or ran out of time.
    fn should_stop(&self) -> bool;
}

/// A host that listens to nothing and never asks to stop: for a [`crate::Migrator`] without a runner.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Host for Silent {
    fn log(&self, _message: &str) {}
    fn progress(&self, _done: u64, _total: u64) {}
    fn should_stop(&self) -> bool {
        false
    }
}
