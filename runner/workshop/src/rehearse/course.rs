//! Takes the steps on the copy, forward and back, and compares what they change.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use runner_engine::apply::ApplyOptions;
use runner_engine::job::{BuiltStep, Job};
use runner_engine::plan::Direction;
use runner_engine::{
    Database, Event, LossName, Measured, MigrationId, Observer, Stop, microseconds,
};
use rusqlite::{Connection, ErrorCode};

use super::beside;
use super::copies::Copies;
use super::record::{
    RehearsedFailure, RehearsedWayBack, RevertedStep, TableDifference, WayBackEnd,
};
use crate::error::{Error, RehearsalError};
use crate::row_difference::{self, Sides, Writes};
use crate::trial::schema::same_schema;
use crate::trial::{Apply, StepFailure};

/// What it takes to walk the course.
pub(super) struct Course<'c> {
    /// All that is to be done, on the real database.
    pub(super) job: &'c Job,
    pub(super) copies: &'c Copies,
    pub(super) apply: &'c Apply<'c>,
    pub(super) stop: &'c Stop,
    /// Whether what comes back is to be compared.
    pub(super) tries_the_way_back: bool,
}

/// What was seen on the way forward.
#[derive(Default)]
pub(super) struct Forward {
    pub(super) steps: Vec<Step>,
    pub(super) failure: Option<RehearsedFailure>,
    /// After which step what the way back is to lead to was set aside; `None`: before the first one.
    pub(super) base: Option<usize>,
    pub(super) kept: Duration,
    pub(super) compared: Duration,
}

/// A step that was taken forward.
pub(super) struct Step {
    pub(super) id: MigrationId,
    pub(super) took: Duration,
    pub(super) seen: Seen,
    pub(super) tables: Vec<TableDifference>,
}

/// What the events of a step say.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) loses: Vec<LossName>,
    /// Whether it says that it has no way back.
    pub(super) is_irreversible: bool,
    /// Whether it was recorded in the place of others, without being run.
    pub(super) is_recorded: bool,
    pub(super) measured: Option<Measured>,
    pub(super) log: Vec<String>,
    writes: Writes,
}

impl Seen {
    fn follow(&mut self, event: &Event) {
        match event {
            Event::Loaded { loses, irreversible, .. } => {
                self.loses.clone_from(loses);
                self.is_irreversible = *irreversible;
            }
            Event::Wrote { tables, altered, .. } => {
                let (tables, altered) = (tables.clone(), altered.clone());
                self.writes.extend(&Writes { tables, altered });
            }
            Event::Measured { measured, .. } => self.measured = Some(measured.clone()),
            Event::Log { message, .. } => self.log.push(message.clone()),
            Event::Finished { replaced, .. } => self.is_recorded = *replaced > 0,
            _ => {}
        }
    }
}

impl Course<'_> {
    /// Takes all steps forward, until one fails.
    ///
    /// # Errors
    /// A copy cannot be made or read; the end was asked for.
    pub(super) fn forward(&self, observe: &mut Observer<'_>) -> Result<Forward, Error> {
        let mut forward = Forward::default();
        let mut before = match self.tries_the_way_back {
            true => self.copies.base(),
            false => self.copies.before(),
        };
        self.keep(&before, &mut forward.kept)?;
        if self.job.steps.is_empty() {
            let outcome = self.take(&[], true, observe).1;
            forward.failure = self
                .unless_stopped(outcome)?
                .err()
                .map(|failure| RehearsedFailure { id: None, failure });
            return Ok(forward);
        }
        let last = self.job.steps.len() - 1;
        for (place, step) in self.job.steps.iter().enumerate() {
            let began = Instant::now();
            let (seen, outcome) = self.take(std::slice::from_ref(step), place == last, observe);
            let took = began.elapsed();
            let id = step.artifact.id.clone();
            if let Err(failure) = self.unless_stopped(outcome)? {
                forward.failure = Some(RehearsedFailure { id: Some(id), failure });
                break;
            }
            observe(Event::Comparing { id: id.clone() });
            let began = Instant::now();
            let tables = self.compare(before.clone(), &seen.writes)?;
            forward.compared += began.elapsed();
            let is_turning_point = seen.is_irreversible && self.tries_the_way_back;
            if is_turning_point {
                forward.base = Some(place);
                self.keep(&self.copies.base(), &mut forward.kept)?;
            }
            // Of a step that touched no table what is kept is true still.
            if is_turning_point {
                before = self.copies.base();
            } else if place != last && !tables.is_empty() {
                before = self.copies.before();
                self.keep(&before, &mut forward.kept)?;
            }
            forward.steps.push(Step { id, took, seen, tables });
        }
        Ok(forward)
    }

    /// Takes back what was done, the newest first, until a migration has no way back.
    ///
    /// # Errors
    /// As [`Self::forward`].
    pub(super) fn backward(
        &self,
        forward: &mut Forward,
        observe: &mut Observer<'_>,
    ) -> Result<RehearsedWayBack, Error> {
        let mut way_back = RehearsedWayBack::default();
        let mut writes = Writes::default();
        for (place, step) in forward.steps.iter().enumerate().rev() {
            let id = step.id.clone();
            if step.seen.is_recorded {
                way_back.end = Some(WayBackEnd::Recorded { id });
                break;
            }
            let artifact = self.job.steps[place].artifact.clone();
            let back = BuiltStep { direction: Direction::Backward, artifact };
            let began = Instant::now();
            let (seen, outcome) = self.take(&[back], false, observe);
            let took_us = microseconds(began.elapsed());
            match self.unless_stopped(outcome)? {
                Ok(()) => {}
                Err(StepFailure { irreversible: Some(declared), .. }) => {
                    way_back.end = Some(WayBackEnd::Missing { id, declared });
                    break;
                }
                Err(failure) => {
                    way_back.end = Some(WayBackEnd::Broken { id, failure });
                    break;
                }
            }
            writes.extend(&seen.writes);
            way_back.steps.push(RevertedStep { id, took_us, measured: seen.measured });
        }
        // The way back leads to where it began, or to the migration that says that it has none.
        let reached = forward.steps.len() - way_back.steps.len();
        let base = forward.base.map_or(0, |place| place + 1);
        if reached != base || way_back.steps.is_empty() {
            return Ok(way_back);
        }
        let turned = forward.base.map(|place| &forward.steps[place]);
        way_back.compared_with = turned.map(|step| step.id.clone());
        way_back.is_compared = true;
        for step in &forward.steps[base..] {
            writes.extend(&step.seen.writes);
        }
        let began = Instant::now();
        let tables = self.compare(self.copies.base(), &writes)?;
        forward.compared += began.elapsed();
        way_back.tables = tables.into_iter().filter(|table| !is_as_it_was(table)).collect();
        let sqlite = |source| RehearsalError::Sqlite { doing: COMPARE, source };
        let open = |path: PathBuf| Connection::open(path).map_err(sqlite);
        let (before, after) = (open(self.copies.base())?, open(self.copies.work())?);
        way_back.schema = same_schema(&before, &after)?;
        way_back.beside = beside::differences(&before, &after).map_err(sqlite)?;
        Ok(way_back)
    }

    /// Takes steps on the copy. `is_last`: the views and triggers of files come with them.
    fn take(
        &self,
        steps: &[BuiltStep],
        is_last: bool,
        observe: &mut Observer<'_>,
    ) -> (Seen, Result<(), StepFailure>) {
        let job = Job {
            database: Database::existing_at(self.copies.work()),
            steps: steps.to_vec(),
            premise: None,
            options: ApplyOptions {
                dry_run: false,
                on_a_copy: true,
                measure: true,
                max_time: None,
                ..self.job.options
            },
            backups: None,
            definitions: self.job.definitions.clone().filter(|_| is_last),
            ..self.job.clone()
        };
        let mut seen = Seen::default();
        let outcome = (self.apply)(&job, &mut |event| {
            seen.follow(&event);
            observe(event);
        });
        (seen, outcome)
    }

    fn unless_stopped(
        &self,
        outcome: Result<(), StepFailure>,
    ) -> Result<Result<(), StepFailure>, Error> {
        match outcome {
            Err(failure) if failure.stopped || self.stop.is_requested() => {
                Err(RehearsalError::Stopped.into())
            }
            outcome => Ok(outcome),
        }
    }

    fn keep(&self, to: &std::path::Path, kept: &mut Duration) -> Result<(), Error> {
        let began = Instant::now();
        self.copies.keep(to, self.stop)?;
        *kept += began.elapsed();
        Ok(())
    }

    fn compare(&self, before: PathBuf, writes: &Writes) -> Result<Vec<TableDifference>, Error> {
        let application = self.job.application.clone();
        let sides = Sides { before, after: self.copies.work(), application };
        let is_stopped = || self.stop.is_requested();
        row_difference::compare(&sides, writes, &is_stopped).map_err(|source| {
            let is_interrupted =
                source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted);
            match is_interrupted && self.stop.is_requested() {
                true => RehearsalError::Stopped.into(),
                false => RehearsalError::Sqlite { doing: COMPARE, source }.into(),
            }
        })
    }
}

const COMPARE: &str = "compare the copies";

fn is_as_it_was(table: &TableDifference) -> bool {
    table.before.is_some()
        && table.after.is_some()
        && table.keeps_everything()
        && table.new.is_empty()
        && table.columns.is_empty()
        && table.not_compared.is_none()
}
