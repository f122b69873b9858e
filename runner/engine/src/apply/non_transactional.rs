//! A step without a transaction, for what SQLite does not do inside one. That it started is committed
//! before its code runs, and that it finished afterwards.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use super::ApplyOptions;
use super::failure::ApplyError;
use super::guard::Guard;
use super::invoke::{Invoker, Ran};
use super::measure::Measure;
use super::step::PlannedStep;
use super::trace::Trace;
use super::transaction::{Stepper, data_version};
use super::verify::Before;
use crate::application::ApplicationNames;
use crate::backup::Backups;
use crate::database::Database;
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::kept;
use crate::started::{self, Started};
use crate::stop::Stop;

/// A step without a transaction.
pub(crate) struct Alone<'a> {
    pub(crate) database: &'a Database,
    pub(crate) options: ApplyOptions,
    pub(crate) application: &'a ApplicationNames,
    pub(crate) stop: &'a Stop,
    pub(crate) step: PlannedStep<'a>,
    pub(crate) measure: &'a Measure,
}

impl Alone<'_> {
    /// Takes the step. Returns how long the migration's code ran; `None`: the history says that the
    /// step is taken.
    ///
    /// # Errors
    /// It could not be started; or it did not finish, and is still recorded as started.
    pub(crate) fn take(
        &self,
        backups: &mut Option<Backups>,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        // Until here an error leaves nothing. After it, the row says that the migration was started, and
        // stays unless the end is committed: a crash in between must not look as if nothing had run.
        let Some((started, before)) = self.start(backups, observe)? else { return Ok(None) };
        let id = &self.step.migration.artifact.id;
        observe(Event::Started { id: id.clone(), direction: self.step.direction });
        let ended = match self.run(observe) {
            Ok(Ended::Ran(ran)) => self.finish(&ran, &started, before).map(Some),
            Ok(Ended::WithoutWayBack) => {
                self.forget_start(&started).map_err(ApplyError::leaving_it_unfinished)?;
                return Err(ApplyError::Irreversible { id: id.clone(), declared: false });
            }
            Err(error) => Err(error),
        };
        ended.map_err(ApplyError::leaving_it_unfinished)
    }

    /// Commits the record that it starts. `None`: the step is taken already.
    fn start(
        &self,
        backups: &mut Option<Backups>,
        observe: &mut Observer<'_>,
    ) -> Result<Option<(Started, Before)>, ApplyError> {
        let id = &self.step.migration.artifact.id;
        let mut stepper =
            Stepper::open(self.database, self.options, self.stop)?.measured_by(self.measure);
        // There will be no state to go back to.
        stepper.looks_first = true;
        let transaction = stepper.begin(id)?;
        self.step.check_file(&stepper.connection, self.database)?;
        if self.step.is_taken(&stepper.connection)? {
            return Ok(None);
        }
        kept::refuse_to_leave(&stepper.connection, id, self.step.direction, false)?;
        // Whoever must wait, or has nothing to do, still has to back up before the next step.
        stepper = stepper.backing_up_to(backups.take());
        stepper.back_up(observe)?;
        let before = stepper.before(&transaction)?;
        self.step.check_schema(&stepper.connection, &before.inventory.objects.digest())?;
        // A plain INSERT: `begin` has found no such row under this lock, and one is never taken over.
        let started = started::insert(&stepper.connection, id, self.step.direction)?;
        stepper.measure.commit(&stepper.connection).map_err(recording(id))?;
        // The connections of `stepper` close here: `run` is to be the only user of the file.
        Ok(Some((started, before)))
    }

    /// Runs its code while this process has no other connection to the file: only the sole user of a
    /// file can change its `journal_mode`.
    fn run(&self, observe: &mut Observer<'_>) -> Result<Ended, ApplyError> {
        let begin = |source| ApplyError::Sqlite {
            doing: format!("begin `{}`", self.step.migration.artifact.id),
            source,
        };
        let (guard, trace) = (Guard::default(), Trace::default());
        let mut connection = self.database.existing().open_to_migrate(self.options.busy_timeout)?;
        guard.install_on(&mut connection).map_err(begin)?;
        let reports = self.options.reports_statements();
        self.measure.listen(&connection, &guard, reports.then_some(&trace));
        if reports && !self.options.measure {
            trace.listen(&mut connection, &guard).map_err(begin)?;
        }
        let performer = RefCell::default();
        let invoker = Invoker {
            connection: &connection,
            guard: &guard,
            trace: &trace,
            performer: &performer,
            measure: self.measure,
            timeout: self.options.timeout,
            stop: self.stop,
            application: self.application,
        };
        // Read before the code runs: afterwards it shows whether another connection has written.
        let version = data_version(&connection).map_err(begin)?;
        let ending = invoker
            .call(self.step.migration, self.step.direction, Guard::arm_alone, observe)
            .map_err(begin)?;
        let id = &self.step.migration.artifact.id;
        self.measure.ran(&connection, ending.took());
        // What other connections wrote counts as its work too: it may have opened one of its own.
        let did_nothing = ending.changed_nothing() && data_version(&connection) == Ok(version);
        let ran = match ending.judge(id, self.step.direction, self.options.timeout) {
            Err(ApplyError::Irreversible { .. }) if did_nothing => {
                return Ok(Ended::WithoutWayBack);
            }
            judged => judged.map_err(|error| error.if_moved(&connection, id))?,
        };
        // What its own transaction holds would be rolled back when the connection is closed, after the
        // history had called it done.
        if !connection.is_autocommit() {
            return Err(ApplyError::TransactionLeft { id: id.clone() });
        }
        Ok(Ended::Ran(Box::new(ran)))
    }

    /// Commits the removal of the record: the migration did nothing.
    fn forget_start(&self, started: &Started) -> Result<(), ApplyError> {
        let id = &self.step.migration.artifact.id;
        let never = Stop::default();
        let existing = self.database.existing();
        let stepper = Stepper::open(&existing, self.options, &never)?;
        stepper.lock(id)?;
        if started::read(&stepper.connection)?.contains(started) {
            started::delete(&stepper.connection, id).map_err(recording(id))?;
        }
        stepper.connection.execute_batch("COMMIT").map_err(recording(id))
    }

    /// Commits that the migration finished. A stop is not looked for: all the work is done.
    fn finish(&self, ran: &Ran, started: &Started, before: Before) -> Result<Duration, ApplyError> {
        let id = &self.step.migration.artifact.id;
        let never = Stop::default();
        let existing = self.database.existing();
        let mut stepper = Stepper::open(&existing, self.options, &never)?
            .knowing(self.application)
            .measured_by(self.measure);
        stepper.lock(id)?;
        // Whoever took this row away has decided what the history says, or begun anew.
        if !started::read(&stepper.connection)?.contains(started) {
            return Err(ApplyError::NotStartedAnyMore { id: id.clone() });
        }
        let schema = Arc::clone(&before.inventory.objects);
        let now = stepper.verify_alone(id, ran, before)?;
        self.measure.changed(&schema, &now.inventory.objects, Some(&ran.seen));
        // Both rows change in one transaction: it is started or it is applied, at each moment.
        started::delete(&stepper.connection, id).map_err(recording(id))?;
        let (migration, direction) = (self.step.migration, self.step.direction);
        let before = (schema.digest(), &*schema);
        let taken = stepper.record(migration, direction, ran.took, before, &now)?;
        stepper.commit(&taken)?;
        Ok(ran.took)
    }
}

/// How its code ended.
enum Ended {
    Ran(Box<Ran>),
    /// It has no way back, and did nothing.
    WithoutWayBack,
}

fn recording(id: &MigrationId) -> impl FnOnce(rusqlite::Error) -> ApplyError {
    ApplyError::sqlite(format!("record that `{id}` starts or ends"))
}
