//! Tries the operations before they are written down: forward they must give what is wanted, and
//! backward what there was.

use migration_api::Migrator;
use migration_api::difference::Difference;
use migration_api::schema::normal::ColumnOrder;

use super::AutogenerateError;
use crate::error::Error;
use crate::plan::Direction;
use crate::schema::{Blueprint, Diff};

/// Proves both ways on a copy of `from`, which has no rows that would need what is undecided.
///
/// # Errors
/// Operations that are refused, or that give something else.
pub(super) fn prove(
    from: &Blueprint,
    to: &Blueprint,
    order: ColumnOrder,
    forward: &Difference,
    backward: &Difference,
) -> Result<(), Error> {
    let trial = from.copy_to_try(to, "what the operations give")?;
    for (direction, difference, wanted) in
        [(Direction::Forward, forward, to), (Direction::Backward, backward, from)]
    {
        Migrator::new(trial.connection())
            .run(difference.operations())
            .map_err(|error| AutogenerateError::Refused { direction, reasons: chain(&error) })?;
        if let Some(diff) = Diff::between(&trial, wanted, order)? {
            return Err(AutogenerateError::NotProven { direction, diff }.into());
        }
    }
    Ok(())
}

/// The error and those behind it.
fn chain(error: &migration_api::Error) -> Vec<String> {
    let first: &(dyn std::error::Error + 'static) = error.source();
    std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string).collect()
}
