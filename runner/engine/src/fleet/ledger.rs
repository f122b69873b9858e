//! What the workers of a run share: whose turn is next, what came of the others, and the report that is written.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::queue::Queue;
use super::report::{Entry, ReportFile};
use super::summary::{Summary, Unwritten};
use crate::error::Error;
use crate::event::Event;
use crate::id::MigrationId;

/// What happens while a fleet is migrated.
#[derive(Debug)]
pub enum FleetEvent<'e> {
    /// The run begins.
    Begun {
        /// How many databases it takes.
        total: usize,
    },
    /// Something happens in a database.
    Within {
        /// Its number in the plan.
        n: usize,
        /// What.
        event: &'e Event,
    },
    /// A run is done with a database.
    Done {
        /// What came of it.
        entry: &'e Entry,
    },
}

/// Receives the events of a fleet, from one thread at a time.
pub(super) type FleetObserver<'o> = dyn FnMut(FleetEvent<'_>) + Send + 'o;

/// What the workers share.
pub(super) struct Ledger<'l, 'o> {
    pub(super) queue: Queue,
    pub(super) summary: Summary,
    pub(super) report: Option<ReportFile>,
    /// What came of the databases that are tried again.
    pub(super) tried: BTreeMap<usize, Tried>,
    pub(super) observe: &'l mut FleetObserver<'o>,
}

/// What came of a database that is tried again.
pub(super) struct Tried {
    pub(super) entry: Entry,
    /// Whether the report says that the first step was about to be taken.
    pub(super) begun: bool,
}

impl Ledger<'_, '_> {
    /// Notes that the first step is about to be taken on the database of `entry`, which is `at` a migration. Gives
    /// whether that was written.
    pub(super) fn begin(&mut self, entry: &Entry, at: Option<&MigrationId>) -> bool {
        self.write(&entry.begun(at))
    }

    /// Adds a line to the report, as long as all before it were written. Gives whether the report has it, or there is
    /// none.
    pub(super) fn write(&mut self, entry: &Entry) -> bool {
        if let (Some(report), None) = (&mut self.report, &self.summary.unwritten)
            && let Err(error) = report.add(entry)
        {
            let (error, databases) = (Error::from(error).into(), BTreeMap::new());
            self.summary.unwritten = Some(Unwritten { error, databases });
        }
        self.summary.unwritten.is_none()
    }

    /// Notes what came of a database.
    pub(super) fn close(&mut self, entry: &Entry) {
        self.summary.add(entry);
        (self.observe)(FleetEvent::Done { entry });
        if !self.write(entry)
            && entry.steps > 0
            && let Some(unwritten) = &mut self.summary.unwritten
        {
            unwritten.databases.insert(entry.n, entry.path().unwrap_or_default());
        }
    }
}

pub(super) fn locked<'g, 'l, 'o>(
    ledger: &'g Mutex<Ledger<'l, 'o>>,
) -> MutexGuard<'g, Ledger<'l, 'o>> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
