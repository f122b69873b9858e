//! A step where its plan has it: whether it is still to be taken is read under the lock.

use rusqlite::Connection;

use super::failure::ApplyError;
use crate::database::Database;
use crate::ffi;
use crate::job::BuiltStep;
use crate::load::Loaded;
use crate::plan::Direction;
use crate::premise::{Change, Place, Premise, StalePlan};
use crate::record;
use crate::safeguard::Safeguard;

/// A step of a job.
#[derive(Clone, Copy)]
pub(crate) struct PlannedStep<'j> {
    pub(crate) migration: &'j Loaded,
    pub(crate) direction: Direction,
    /// What the plan was made from; `None`: whatever is there.
    pub(crate) premise: Option<&'j Premise>,
    /// All steps of the job.
    pub(crate) steps: &'j [BuiltStep],
    /// Which of them it is.
    pub(crate) place: usize,
}

impl PlannedStep<'_> {
    /// Whether another runner has taken it already, read in a transaction in which nobody else can
    /// write.
    ///
    /// # Errors
    /// The history is none that the plan leads to, or the file is another than it was made for.
    pub(super) fn is_taken(
        &self,
        connection: &Connection,
        database: &Database,
    ) -> Result<bool, ApplyError> {
        if !Safeguard::HistoryReadAgain.stands() {
            return Ok(false);
        }
        let Some(premise) = self.premise else {
            let id = &self.migration.artifact.id;
            return record::is_taken(connection, id, self.direction)
                .map_err(ApplyError::sqlite(format!("see whether `{id}` is applied")));
        };
        let stale = |change| Err(StalePlan { change }.into());
        if premise.file.is_some() {
            match database.identity() {
                None => return stale(Change::Gone(database.path.clone())),
                now if now != premise.file || ffi::has_moved(connection) => {
                    return stale(Change::Replaced(database.path.clone()));
                }
                _ => {}
            }
        }
        match premise.place(self.steps, self.place, &record::sources(connection)?) {
            Place::Here => Ok(false),
            Place::Further => Ok(true),
            Place::Elsewhere(change) => stale(change),
        }
    }
}
