//! Takes the steps of a job: in transactions, or without where a migration wants none.

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

/// The steps of a job, and what they are taken with.
pub(crate) struct Steps<'d> {
    /// As the first step finds it, which may make it.
    pub(crate) database: &'d Database,
    /// As the others find it: whoever removes it between two steps finds it gone.
    pub(crate) existing: &'d Database,
    pub(crate) options: ApplyOptions,
    pub(crate) application: &'d ApplicationNames,
    pub(crate) stop: &'d Stop,
    /// Where what is there before the first step is backed up to, if that is not done yet.
    pub(crate) backups: Option<Backups>,
    /// It is opened when it is needed, and closed for a step that wants the file to itself.
    pub(crate) stepper: Option<Stepper<'d>>,
}

impl Steps<'_> {
    /// Takes `steps`: a single one, or all in one transaction. Gives for each how long the migration's
    /// code ran, or `None` if the history says that the step is taken already. Another runner's
    /// migration without a transaction that is unfinished is waited for.
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
