//! Tries the operations before they are written down: forward they must give the target schema, and
//! backward the original one.

use migration_api::Migrator;
use migration_api::difference::Difference;
use migration_api::schema::normal::ColumnOrder;

use crate::error::AutogenerateError;
use crate::error::Error;
use crate::error::chain;
use crate::schema::{Blueprint, Diff};
use runner_engine::plan::Direction;

/// A copy of a schema, without rows that would need what is undecided.
pub(super) struct Proof {
    trial: Blueprint,
    order: ColumnOrder,
}

impl Proof {
    pub(super) fn of(from: &Blueprint, to: &Blueprint, order: ColumnOrder) -> Result<Self, Error> {
        Ok(Self { trial: from.copy_to_try(to, "what the operations give")?, order })
    }

    /// Proves that `difference` gives `wanted`.
    ///
    /// # Errors
    /// Operations that are refused, or that give something else.
    pub(super) fn prove(
        &self,
        direction: Direction,
        difference: &Difference,
        wanted: &Blueprint,
    ) -> Result<(), Error> {
        Migrator::new(self.trial.connection()).run(difference.operations()).map_err(|error| {
            AutogenerateError::Refused { direction, reasons: chain(error.source()) }
        })?;
        match Diff::between(&self.trial, wanted, self.order)? {
            Some(diff) => Err(AutogenerateError::NotProven { direction, diff }.into()),
            None => Ok(()),
        }
    }
}
