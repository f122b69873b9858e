//! What a migration says while it runs, on its way to the observer.

use super::deadline::Deadline;
use super::trace::Trace;
use crate::event::{Event, Observer};
use crate::ffi::Services;
use crate::id::MigrationId;

/// Serves one running migration.
pub(super) struct Voice<'v, 'o> {
    pub(super) id: &'v MigrationId,
    pub(super) observe: &'v mut Observer<'o>,
    pub(super) deadline: &'v Deadline,
    pub(super) trace: &'v Trace,
}

impl Voice<'_, '_> {
    /// Tells the statements that have run, before anything that was said after them.
    pub(super) fn statements(&mut self) {
        for sql in self.trace.take() {
            (self.observe)(Event::Statement { id: self.id.clone(), sql });
        }
    }
}

impl Services for Voice<'_, '_> {
    fn log(&mut self, message: &str) {
        self.statements();
        (self.observe)(Event::Log { id: self.id.clone(), message: message.to_owned() });
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.statements();
        (self.observe)(Event::Progress { id: self.id.clone(), done, total });
    }

    fn should_stop(&mut self) -> bool {
        self.deadline.over().is_some()
    }
}
