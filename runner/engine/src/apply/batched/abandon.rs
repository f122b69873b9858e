//! Takes away what an online stage has made that is half done. The stage begins anew when it is asked for again.

use std::time::Instant;

use migration_api::perform::online::{Budget, Online};

use super::alone::Alone;
use super::batch_size::BatchSize;
use super::failure::BatchedError;
use super::pace::{NoNext, Pace};
use super::recording;
use super::rows::InBatches;
use crate::apply::ApplyOptions;
use crate::apply::failure::ApplyError;
use crate::apply::transaction::Stepper;
use crate::checkpoint::{self, Checkpoint};
use crate::database::Database;
use crate::id::MigrationId;
use crate::stop::Stop;

/// Takes away from `database` what the half done migration `id` has made online: its triggers first, then its tables,
/// in pieces that let others in between. Gives whether there was something. The table stays as it is, in its old shape
/// or, once the new one is in its place, in the new one.
///
/// # Errors
/// Another runner is at it; the database cannot be used; a stop was requested, or the time is over.
pub fn abandon(
    database: &Database,
    id: &MigrationId,
    options: ApplyOptions,
    stop: &Stop,
) -> Result<bool, ApplyError> {
    let database = database.absolute();
    let stepper = Stepper::open(&database, options, stop)?;
    let Some(_alone) = Alone::try_for(database.file()) else {
        return Err(BatchedError::UnderWay { id: id.clone() }.into());
    };
    let end = options.max_time.and_then(|time| Instant::now().checked_add(time));
    abandon_with(&stepper, id, &mut Pace::new(options.pause, end))
}

/// As [`abandon`], by a runner that is alone.
pub(super) fn abandon_with(
    stepper: &Stepper<'_>,
    id: &MigrationId,
    pace: &mut Pace,
) -> Result<bool, ApplyError> {
    let connection = &stepper.connection;
    let _settings = InBatches::on(connection, false).map_err(recording(id))?;
    let mut size = BatchSize::within(stepper.options.lock_time);
    let mut is_first = true;
    loop {
        pace.may_go_on(stepper.stop).map_err(|why| match why {
            NoNext::Stopped => ApplyError::Stopped { id: id.clone() },
            NoNext::TimeIsOver => BatchedError::Paused { id: id.clone() }.into(),
        })?;
        stepper.lock(id)?;
        let held = Instant::now();
        let found = checkpoint::read(connection)?;
        let Some(next) = found.filter(|found| found.id == *id && !found.own_names.is_empty())
        else {
            connection.execute_batch("ROLLBACK").map_err(recording(id))?;
            return Ok(!is_first);
        };
        let budget = Budget { rows: size.rows(), until: held + size.time() };
        let outcome = piece(stepper, next, &budget);
        if outcome.is_err() && !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").map_err(recording(id))?;
        }
        outcome?;
        size.took(budget.rows, held.elapsed(), held.elapsed());
        is_first = false;
        pace.committed(None);
        pace.pause(stepper.stop);
    }
}

/// One piece, in the transaction that is open.
fn piece(stepper: &Stepper<'_>, found: Checkpoint, budget: &Budget) -> Result<(), ApplyError> {
    let (connection, id) = (&stepper.connection, found.id.clone());
    let mut online = Online::from_bytes(&found.cursor)
        .map_err(|source| BatchedError::Unreadable { id: id.clone(), source })?;
    let is_in_place = online.is_in_place();
    let is_gone = online.abandon(connection, budget).map_err(|source| BatchedError::Online {
        id: id.clone(),
        begun: true,
        source,
    })?;
    let mut next =
        Checkpoint { cursor: online.to_bytes(), own_names: online.names().to_vec(), ..found };
    if is_gone && is_in_place {
        let words = next.stage.clone();
        next.end_stage(&words);
    } else if is_gone {
        (next.cursor, next.own_names) = (Vec::new(), Vec::new());
        (next.rows_done, next.rows_total) = (0, 0);
    }
    next.save(connection).map_err(recording(&id))?;
    connection.execute_batch("COMMIT").map_err(recording(&id))
}
