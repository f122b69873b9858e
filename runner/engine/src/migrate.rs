//! Goes to a target in this process: waits for what is unfinished, plans, builds and applies.

use std::time::Duration;

use crate::apply::{ApplyError, ApplyOptions};
use crate::cargo::BuildOptions;
use crate::drift::{Drift, Order};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::job::Report;
use crate::plan::Target;
use crate::project::Project;
use crate::started;
use crate::status::Status;

impl Project {
    /// As [`Self::status`], to plan by: if a migration without a transaction is unfinished, another
    /// runner may be at it, and its end is waited for, for as long as `patience`. In the end it may
    /// still be unfinished.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn status_once_finished(
        &self,
        patience: Duration,
        observe: &mut Observer<'_>,
    ) -> Result<Status, Error> {
        let status = self.status(patience)?;
        let unfinished = status.drift.iter().find_map(|drift| match drift {
            Drift::Unfinished { id, .. } => Some(id.clone()),
            _ => None,
        });
        let Some(id) = unfinished else { return Ok(status) };
        if !patience.is_zero() {
            observe(Event::Waiting { id });
        }
        started::wait(&self.config().database, patience, self.stop())?;
        self.status(patience)
    }

    /// Goes to `target`: plans, builds, loads and applies, all in this process. The code of the
    /// migrations runs here: one that aborts or exits takes this process with it. The command line
    /// runs [`Job::apply`](crate::Job::apply) in a process of its own for that reason.
    ///
    /// If the plan is no longer true when a step is to be taken, it is made anew, once, for a target
    /// that [is fixed](Target::is_fixed).
    ///
    /// # Errors
    /// The first error of any stage; drift is found before anything is built. Steps that were taken
    /// before it stay, and the observer has heard of them.
    pub fn migrate(
        &self,
        target: &Target,
        order: Order,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Report, Error> {
        self.migrate_from_status(target, order, build, options, observe).map(|(_, report)| report)
    }

    /// As [`Self::migrate`]; gives with the report what it was planned by.
    pub(crate) fn migrate_from_status(
        &self,
        target: &Target,
        order: Order,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<(Status, Report), Error> {
        let mut report = Report::default();
        let mut stale = None;
        loop {
            let status = self.status_once_finished(options.busy_timeout, observe)?;
            let plan = self.plan(target, &status, order)?;
            if let Some(stale) = stale.take_if(|_| !plan.may_follow_a_stale_one()) {
                return Err(stale);
            }
            let job = self.build(&plan, build, options, observe)?;
            if job.steps.is_empty() {
                return Ok((status, report));
            }
            let outcome = job.apply_until(self.stop(), &mut |event| {
                report.follow(&event);
                observe(event);
            });
            match outcome {
                Err(error)
                    if stale.is_none() && target.is_fixed() && error.is_of_a_stale_plan() =>
                {
                    stale = Some(error);
                }
                outcome => return outcome.map(|_| (status, report)),
            }
        }
    }
}

impl Error {
    /// Whether it says that a plan is no longer true.
    fn is_of_a_stale_plan(&self) -> bool {
        matches!(self, Self::Apply(ApplyError::StalePlan(_)))
    }
}
