//! What a running migration may ask the runner for: to show something, whether to stop, to carry out
//! operations.

use std::cell::RefCell;

use migration_api::operation::{Operation, OperationError, Refusal};
use migration_api::perform::Performer;
use rusqlite::Connection;

use super::batched::{self, Stages};
use super::deadline::Deadline;
use super::guard::Guard;
use super::measure;
use super::repeatable::InTheWay;
use super::trace::Trace;
use crate::event::{Event, Observer};
use crate::ffi::{self, LeftRunning, Services, StageEnd, StageRequest};
use crate::id::MigrationId;
use crate::issuer::Issuer;

/// Serves one running migration.
pub(super) struct HostServices<'v, 'o> {
    pub(super) id: &'v MigrationId,
    pub(super) observe: RefCell<&'v mut Observer<'o>>,
    pub(super) deadline: &'v Deadline,
    pub(super) trace: &'v Trace,
    /// The migration's connection, which has the guard.
    pub(super) connection: &'v Connection,
    pub(super) guard: &'v Guard,
    /// Keeps what it read of the schema for later operations.
    pub(super) performer: &'v RefCell<Performer>,
    /// The views and triggers of files, which make way.
    pub(super) in_the_way: InTheWay<'v>,
    /// The stages of a batched migration.
    pub(super) stages: Option<&'v Stages<'v, 'v>>,
}

impl HostServices<'_, '_> {
    /// Reports the statements that have run. Their events come before those of anything that the
    /// migration says next.
    pub(super) fn statements(&self) {
        self.statements_of(Issuer::Migration);
    }

    fn statements_of(&self, issuer: Issuer) {
        for sql in self.trace.take() {
            self.emit(Event::Statement { id: self.id.clone(), sql, issuer });
        }
    }

    pub(super) fn emit(&self, event: Event) {
        (self.observe.borrow_mut())(event);
    }

    /// Says what is large of what a step of a batched migration is about to do.
    fn foretell(&self, operations: &[Operation]) {
        if self.stages.is_none() {
            return;
        }
        let foretold = {
            let _aside = self.guard.step_aside();
            let indexes = operations.iter().filter_map(|operation| match operation {
                Operation::AddIndex(index) => batched::foretold(self.connection, index),
                _ => None,
            });
            indexes.collect::<Vec<_>>()
        };
        for message in foretold {
            self.emit(Event::Log { id: self.id.clone(), message });
        }
    }

    /// Takes away what `error` says is in the way of operations, if a file defines it: then they are tried again.
    fn clears(&self, error: &OperationError) -> bool {
        let _aside = self.guard.step_aside();
        self.in_the_way.clear(error)
    }

    /// Brings back what made way, as far as it fits the schema: triggers watch what the migration goes on to do. The
    /// end of the step finds what is still away.
    fn comes_back(&self) {
        let _aside = self.guard.step_aside();
        let _ = self.in_the_way.come_back();
    }

    /// The statement of the migration that still runs, if any.
    fn running(&self) -> Option<Refusal> {
        // To look may take a savepoint, which nobody asked for.
        let _aside = self.guard.step_aside();
        ffi::left_running(self.connection).map(|left| match left {
            LeftRunning::Statement(sql) => Refusal::StatementRunning { sql },
            LeftRunning::Blob => Refusal::BlobOpen,
        })
    }
}

impl Services for HostServices<'_, '_> {
    fn log(&self, message: &str) {
        self.statements();
        self.emit(Event::Log { id: self.id.clone(), message: message.to_owned() });
    }

    fn progress(&self, done: u64, total: u64) {
        self.statements();
        self.emit(Event::Progress { id: self.id.clone(), done, total });
    }

    fn should_stop(&self) -> bool {
        self.deadline.over().is_some()
    }

    /// Statements of operations run under the guard, as the migration's own do. The guard allows what
    /// they need, a script in an operation is the author's, and what operations do is recorded, judged
    /// and shown.
    fn perform(&self, operations: &[Operation]) -> Result<(), OperationError> {
        let refused = |operation: &Operation, refusal| {
            Err(OperationError::new(operation.to_string(), refusal))
        };
        if let Some(first) = operations.first()
            && self.guard.denies_between()
        {
            let reason = "a batched migration carries out operations in a step".to_owned();
            return refused(first, Refusal::Unreadable { reason });
        }
        let mut performer = match (self.performer.try_borrow_mut(), operations) {
            (Ok(performer), _) => performer,
            (Err(_), []) => return Ok(()),
            // First: what runs now are statements of the runner's own, which nobody else can end.
            (Err(_), [first, ..]) => return refused(first, Refusal::Nested),
        };
        // A change of the schema, or its ROLLBACK TO, under a statement that runs would end it or be locked. A
        // script changes what it likes, and is refused by SQLite where it must be.
        let changes_schema =
            |operation: &&Operation| !matches!(operation, Operation::Execute { .. });
        if let Some(first) = operations.iter().find(changes_schema)
            && let Some(refusal) = self.running()
        {
            return refused(first, refusal);
        }
        self.statements();
        self.foretell(operations);
        let mut perform = || {
            measure::issued_by(Issuer::Operations, || performer.run(self.connection, operations))
        };
        let mut done = perform();
        // A batched migration has many transactions, and what made way in one must not be away in the next.
        if self.stages.is_none() && self.guard.guards_a_transaction() {
            while let Err(error) = &done
                && self.clears(error)
            {
                // The attempt that was rolled back is nothing that was done.
                drop(self.trace.take());
                done = perform();
            }
            self.comes_back();
        }
        self.statements_of(Issuer::Operations);
        done
    }

    fn stage(&self, request: &StageRequest<'_>) -> StageEnd {
        // One that is not batched has said so in its descriptor, and asks for none.
        self.stages.map_or(StageEnd::Ended, |stages| stages.go_through(request, self))
    }
}
