//! Batched migrations in the background, while the application runs already.

use std::iter;
use std::panic;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{StartOptions, UpToDate};
use crate::apply::ApplyOptions;
use crate::bundle::Bundle;
use crate::database::Database;
use crate::deployment::{Deployment, MigrationSource as _};
use crate::drift::Order;
use crate::error::Error;
use crate::event::{Event, Observer, Report};
use crate::explain::Code;
use crate::id::MigrationId;
use crate::plan::Target;
use crate::stop::Stop;

/// What is applied in the background. To drop it changes nothing: the thread goes on. If the process ends in the
/// middle, by whatever, what is committed stays, and the next start goes on there.
#[derive(Debug)]
pub struct Background {
    pending: Vec<MigrationId>,
    stop: Stop,
    thread: JoinHandle<Result<Report, Error>>,
}

impl Background {
    /// What was pending when the application began to run, in the order in which it is applied: a batched migration,
    /// and all that comes after it.
    #[must_use]
    pub fn pending(&self) -> &[MigrationId] {
        &self.pending
    }

    /// Whether it has ended: all is applied, or there is an error.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Asks it to end. The batch that runs is rolled back; what is committed stays, and the next start goes on there.
    pub fn stop(&self) {
        self.stop.request();
    }

    /// Waits until it has ended, and gives what it did.
    ///
    /// # Errors
    /// As [`Bundle::migrate`]; it was asked to end.
    ///
    /// # Panics
    /// The observer has panicked.
    pub fn join(self) -> Result<Report, Error> {
        self.thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
    }
}

impl Bundle {
    /// As [`Self::migrate`], for an application that can run before batched migrations are done: what is pending up
    /// to the first batched one is applied when this returns, and that one and all after it are applied in the
    /// background, in their order, by a thread with a connection of its own. `None`: everything is applied.
    ///
    /// A database that is new, which has no rows to go over, is migrated to the end before this returns. Where another
    /// process is at a batched migration, the thread waits for it, and goes on if that process ends in the middle.
    ///
    /// `observe` gets what happens in both, and at last [`Event::BackgroundEnded`].
    ///
    /// # Errors
    /// As [`Self::migrate`], of what is applied before this returns. The error of what is applied in the background is
    /// given by [`Background::join`], and by the last event.
    pub fn migrate_in_background(
        &self,
        database: &Database,
        options: &StartOptions,
        mut observe: impl FnMut(Event) + Send + 'static,
    ) -> Result<(UpToDate, Option<Background>), Error> {
        if !database.exists()? {
            return Ok((self.migrate(database, options, &mut observe)?, None));
        }
        let stop = Stop::default();
        let ids = self.ids();
        let deployment = self.deployment(database, options, &ids, &stop);
        let Parts { before, pending } = parts(&deployment, options, &mut observe)?;
        if pending.is_empty() {
            return Ok((self.migrate(database, options, &mut observe)?, None));
        }
        let up_to_date = up_to(&deployment, before.last(), options, &mut observe)?;
        let work = Work {
            bundle: self.clone(),
            // It is there: to make it anew would be to migrate another one.
            database: database.existing(),
            options: StartOptions {
                // One backup for one start.
                backups: options.backups.clone().filter(|_| up_to_date.report.done.is_empty()),
                single_transaction: false,
                ..options.clone()
            },
            stop: stop.clone(),
        };
        let (hand_over, take_over) = mpsc::channel::<(Work, _)>();
        let spawned = thread::Builder::new().name("migrations".to_owned()).spawn(move || {
            let Ok((work, mut observe)) = take_over.recv() else { return Ok(Report::default()) };
            work.run(&mut observe)
        });
        match spawned {
            Ok(thread) => {
                let _ = hand_over.send((work, observe));
                Ok((up_to_date, Some(Background { pending, stop, thread })))
            }
            // Where the system lets no thread begin, this one does it.
            Err(_) => {
                let mut report = up_to_date.report;
                report.done.extend(work.run(&mut observe)?.done);
                Ok((UpToDate { report, ..up_to_date }, None))
            }
        }
    }
}

/// What is pending, in its order.
struct Parts {
    /// What comes before the first batched migration.
    before: Vec<MigrationId>,
    /// That one, which may be half done, and all after it.
    pending: Vec<MigrationId>,
}

fn parts(
    deployment: &Deployment<'_, Bundle>,
    options: &StartOptions,
    observe: &mut Observer<'_>,
) -> Result<Parts, Error> {
    let status = deployment.status_once_finished(options.busy_timeout, observe)?;
    let plan = deployment.plan(&Target::Latest, &status, Order::Strict)?;
    let each = ApplyOptions { single_transaction: false, ..options.apply() };
    let first = deployment.build(&plan, each, observe)?.first_batched()?;
    let mut before: Vec<MigrationId> = plan.steps.into_iter().map(|step| step.id).collect();
    let pending = before.split_off(first.unwrap_or(before.len()));
    Ok(Parts { before, pending })
}

/// Applies what is pending up to `last`, if there is something.
fn up_to(
    deployment: &Deployment<'_, Bundle>,
    last: Option<&MigrationId>,
    options: &StartOptions,
    observe: &mut Observer<'_>,
) -> Result<UpToDate, Error> {
    let (status, report) = match last {
        Some(last) => {
            let target = Target::UpTo(last.clone());
            deployment.migrate(&target, Order::Strict, options.apply(), observe)?
        }
        None => (deployment.status(options.busy_timeout)?, Report::default()),
    };
    Ok(UpToDate::after(&status, report))
}

/// What the thread does.
struct Work {
    bundle: Bundle,
    database: Database,
    options: StartOptions,
    stop: Stop,
}

impl Work {
    fn run(&self, observe: &mut Observer<'_>) -> Result<Report, Error> {
        let outcome = self.migrate(observe);
        let error = outcome.as_ref().err().map(in_one_line);
        observe(Event::BackgroundEnded { error });
        outcome
    }

    fn migrate(&self, observe: &mut Observer<'_>) -> Result<Report, Error> {
        let Self { bundle, database, options, stop } = self;
        let ids = bundle.ids();
        let deployment = bundle.deployment(database, options, &ids, stop);
        loop {
            let outcome =
                deployment.migrate(&Target::Latest, Order::Strict, options.apply(), observe);
            match outcome {
                // Nobody waits for this process, and the others do the same work.
                Err(error) if is_passing(&error) && !stop.is_requested() => {
                    thread::sleep(LOOKS_AGAIN);
                }
                outcome => return outcome.map(|(_, report)| report),
            }
        }
    }
}

/// Whether other processes are at it, or were.
fn is_passing(error: &Error) -> bool {
    matches!(error.code(), Code::BatchedUnderWay | Code::StalePlan)
}

/// `error` with its causes.
fn in_one_line(error: &Error) -> String {
    let all: Vec<String> = iter::once(error.to_string()).chain(error.causes()).collect();
    all.join(": ")
}

/// How long to wait before a batched migration is looked at again that another process is at.
const LOOKS_AGAIN: Duration = Duration::from_millis(500);
