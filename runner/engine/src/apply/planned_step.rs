//! A step in its plan. Whether it is still to be taken is read under the lock.

use rusqlite::Connection;

use super::failure::ApplyError;
use crate::database::Database;
use crate::direction::Direction;
use crate::ffi;
use crate::load::{BuiltStep, Loaded};
use crate::premise::{Change, Premise, Progress, StalePlan};
use crate::record;
use crate::safeguard::Safeguard;

/// A step of a job.
#[derive(Clone, Copy)]
pub(crate) struct PlannedStep<'j> {
    pub(crate) migration: &'j Loaded,
    pub(crate) direction: Direction,
    /// What the plan was made from; `None`: it holds for any history.
    pub(crate) premise: Option<&'j Premise>,
    /// All steps of the job.
    pub(crate) steps: &'j [BuiltStep],
    /// The index of this step.
    pub(crate) place: usize,
}

impl PlannedStep<'_> {
    /// Checks that the database is still the file that the plan was made for. Each step checks again:
    /// the file may be replaced while nobody writes to it.
    ///
    /// # Errors
    /// It is another file, or gone.
    pub(super) fn check_file(
        &self,
        connection: &Connection,
        database: &Database,
    ) -> Result<(), ApplyError> {
        let planned = self.premise.and_then(|premise| premise.file);
        if planned.is_none() || !Safeguard::HistoryReadAgain.is_on() {
            return Ok(());
        }
        let change = match database.identity() {
            None => Change::Gone(database.path.clone()),
            now if now != planned || ffi::has_moved(connection) => {
                Change::Replaced(database.path.clone())
            }
            _ => return Ok(()),
        };
        Err(StalePlan { change }.into())
    }

    /// Whether another runner has taken the step already. Runs in a transaction that keeps other
    /// writers out.
    ///
    /// # Errors
    /// The history is not one that the plan leads through.
    pub(super) fn is_taken(&self, connection: &Connection) -> Result<bool, ApplyError> {
        if !Safeguard::HistoryReadAgain.is_on() {
            return Ok(false);
        }
        let Some(premise) = self.premise else {
            let id = &self.migration.artifact.id;
            return record::is_taken(connection, id, self.direction)
                .map_err(ApplyError::sqlite(format!("see whether `{id}` is applied")));
        };
        match premise.progress(self.steps, self.place, &record::sources(connection)?) {
            Progress::NotTaken => Ok(false),
            Progress::Taken => Ok(true),
            Progress::OffPlan(change) => Err(StalePlan { change }.into()),
        }
    }

    /// Checks that the schema, whose digest is `found`, is as the runner left it: the step would record
    /// the changes of somebody else as its own.
    ///
    /// # Errors
    /// The schema is another.
    pub(super) fn check_schema(
        &self,
        connection: &Connection,
        found: &str,
    ) -> Result<(), ApplyError> {
        if self.premise.is_none() || !Safeguard::HistoryReadAgain.is_on() {
            return Ok(());
        }
        let left = record::schema_digest(connection)
            .map_err(ApplyError::sqlite("see how the schema was left"))?;
        match left {
            Some(left) if left != found => Err(StalePlan { change: Change::Schema }.into()),
            _ => Ok(()),
        }
    }
}
