//! Begins an online change.

use rusqlite::Connection;

use super::copy::estimate;
use super::plan::Plan;
use super::state::{Online, Position, Stage};
use super::unchanged::{objects, root_page, schema_version};
use super::{Result, notes, parents, shadow};
use crate::operation::{Operation, OperationError};
use crate::perform::run::failed;
use crate::perform::savepoint::{Ending, Frame};

impl Online {
    /// Begins to carry out `operations` on the one table that they are about: makes the shadow, the notes and the
    /// triggers. No row is read. It runs inside the transaction of the caller, or in one of its own. For operations
    /// that neither read nor write a row nothing is made: the first piece of work is all of it.
    ///
    /// # Errors
    /// The operations cannot be done, or not while others write; then nothing was made.
    pub fn begin(
        connection: &Connection,
        operations: &[Operation],
    ) -> Result<Self, OperationError> {
        let whole = |error: rusqlite::Error| failed(operations, error.into());
        let frame = Frame::open(connection).map_err(whole)?;
        let begun = begin(connection, operations);
        let ending = if begun.is_ok() { Ending::Keep } else { Ending::Undo };
        let closed = frame.close(ending).map_err(whole);
        begun.and_then(|begun| closed.map(|()| begun))
    }
}

fn begin(connection: &Connection, operations: &[Operation]) -> Result<Online, OperationError> {
    let planned = Plan::of(connection, operations)?;
    let make = || -> Result<Position> {
        let plan = &planned.plan;
        let (mut stage, mut rows_total) = (Stage::AtOnce, None);
        if !planned.is_schema_only {
            shadow::make(connection, &planned)?;
            notes::make(connection, &planned)?;
            parents::follow(connection, &planned)?;
            (stage, rows_total) = (Stage::Copying, estimate(connection, plan)?);
        }
        let version = schema_version(connection)?;
        Ok(Position {
            stage,
            cursor: None,
            checked: None,
            rows_done: 0,
            rows_total,
            restarts: 0,
            proven_version: version,
            schema_version: version,
            root_page: root_page(connection, plan)?,
            objects: objects(connection, plan)?,
            made: plan.names.made(connection)?,
        })
    };
    let position = make().map_err(|refusal| failed(operations, refusal))?;
    Ok(Online { plan: planned.plan, position })
}
