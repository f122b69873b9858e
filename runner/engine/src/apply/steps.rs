//! Takes the steps of a job, each in a transaction unless its migration wants none.

use std::time::{Duration, Instant};

use super::ApplyOptions;
use super::failure::ApplyError;
use super::non_transactional::Alone;
use super::planned_step::PlannedStep;
use super::transaction::Stepper;
use crate::application::ApplicationNames;
use crate::backup::Backups;
use crate::database::Database;
use crate::event::{Event, Observer};
use crate::started;
use crate::stop::Stop;

/// The state of a job while its steps are taken.
pub(crate) struct Steps<'d> {
    /// The database for the first step, which may make the file.
    pub(crate) database: &'d Database,
    /// The database for the other steps: if the file is removed between two steps, it counts as gone.
    pub(crate) existing: &'d Database,
    pub(crate) options: ApplyOptions,
    pub(crate) application: &'d ApplicationNames,
    pub(crate) stop: &'d Stop,
    /// Where to back up the database before the first step; `None` once that is done.
    pub(crate) backups: Option<Backups>,
    /// Opened when it is needed, and closed for a step that wants the file to itself.
    pub(crate) stepper: Option<Stepper<'d>>,
}

impl Steps<'_> {
    /// Takes `steps`: one, or all in one transaction. Returns for each how long the migration's code
    /// ran; `None`: the history says that the step is taken already. Waits for another runner's
    /// unfinished migration without a transaction.
    ///
    /// # Errors
    /// A step failed, or could not be begun.
    pub(crate) fn take(
        &mut self,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Duration>>, ApplyError> {
        let began = Instant::now();
        let mut left = self.options.busy_timeout;
        loop {
            match self.attempt(steps, observe) {
                // Nobody finishes anything in the copy of a dry run.
                Err(ApplyError::OtherUnfinished(other))
                    if !left.is_zero() && !self.options.dry_run =>
                {
                    observe(Event::Waiting { id: other.id });
                    self.close();
                    started::wait(self.existing, left, self.stop)?;
                    left = self.options.busy_timeout.saturating_sub(began.elapsed());
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt(
        &mut self,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Duration>>, ApplyError> {
        let is_first = steps.first().is_some_and(|step| step.place == 0);
        let database = if is_first { self.database } else { self.existing };
        let (options, stop) = (self.options, self.stop);
        if let [step] = *steps
            && !step.migration.is_transactional()
        {
            self.close();
            let application = self.application;
            let alone = Alone { database, options, application, stop, step };
            return Ok(vec![alone.take(&mut self.backups, observe)?]);
        }
        let stepper = match &mut self.stepper {
            Some(stepper) => stepper,
            None => {
                let opened = Stepper::open(database, options, stop)?.knowing(self.application);
                self.stepper.insert(opened.backing_up_to(self.backups.take()))
            }
        };
        stepper.take(steps, observe)
    }

    /// Closes all connections.
    fn close(&mut self) {
        if let Some(stepper) = self.stepper.take() {
            self.backups = stepper.close();
        }
    }
}
