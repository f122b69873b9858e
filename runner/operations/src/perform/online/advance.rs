//! One piece of work.

use rusqlite::Connection;

use super::budget::{Budget, Spending};
use super::check::{Checked, check};
use super::copy::{copy, require_same_ends};
use super::empty::{Left, empty, tidy};
use super::plan::Plan;
use super::replay::{self, replay_all};
use super::reshape::Proof;
use super::state::{Online, Position, Stage};
use super::swap::swap;
use super::take::Taker;
use super::unchanged::{Copied, compare};
use super::{Result, not_online};
use crate::operation::{OperationError, Refusal, wire};
use crate::perform::run::{failed, run};
use crate::perform::savepoint::{Ending, Frame};

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What comes next.
    pub phase: Phase,
    /// How many rows were copied.
    pub rows_done: u64,
    /// About how many there are; `None` where that cannot be told without counting.
    pub rows_total: Option<u64>,
    /// About how many changes of others are still to be replayed.
    pub notes_left: u64,
}

/// What an online change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Rows are copied.
    Copying,
    /// All rows are copied, and what others changed is replayed.
    Replaying,
    /// Rows are asked whether what they point to is there.
    Checking,
    /// With this piece the table has its new shape.
    Swapped,
    /// The old table is emptied.
    Emptying,
    /// Nothing is left to do.
    Done,
}

impl Online {
    /// Does one piece of work inside the write transaction of the caller, who commits it together with
    /// [`to_bytes`](Self::to_bytes). Foreign keys must not be enforced on `connection`.
    ///
    /// # Errors
    /// A row of the table does not fit into its new shape; somebody has changed the schema; SQLite's. Nothing was
    /// changed by this call then: what was done before is there, and the call can be made again.
    pub fn advance(
        &mut self,
        connection: &Connection,
        budget: &Budget,
    ) -> Result<Progress, OperationError> {
        let phase = self.in_frame(connection, |plan, position| {
            advance(connection, plan, position, &mut Spending::of(budget))
        })?;
        let notes_left = match phase {
            Phase::Copying | Phase::Replaying | Phase::Checking => {
                replay::left(connection, &self.plan).map_err(|refusal| self.failed(refusal))?
            }
            Phase::Swapped | Phase::Emptying | Phase::Done => 0,
        };
        let Position { rows_done, rows_total, .. } = self.position;
        Ok(Progress { phase, rows_done, rows_total, notes_left })
    }

    /// Does `work`, or nothing of it.
    pub(super) fn in_frame<T>(
        &mut self,
        connection: &Connection,
        work: impl FnOnce(&Plan, &mut Position) -> Result<T, Failed>,
    ) -> Result<T, OperationError> {
        let mut position = self.position.clone();
        let frame = Frame::open(connection).map_err(|error| self.failed(error.into()))?;
        let done = work(&self.plan, &mut position);
        let ending = if done.is_ok() { Ending::Keep } else { Ending::Undo };
        let closed = frame.close(ending);
        let done = done.map_err(|error| match error {
            Failed::Piece(refusal) => self.failed(refusal),
            Failed::Operation(error) => error,
        })?;
        closed.map_err(|error| self.failed(error.into()))?;
        self.position = position;
        Ok(done)
    }

    fn failed(&self, refusal: Refusal) -> OperationError {
        match wire::decode(&self.plan.operations) {
            Ok(operations) => failed(&operations, refusal),
            Err(error) => error.into(),
        }
    }
}

/// Why a piece of work was not done.
pub(super) enum Failed {
    /// It is no matter of one operation.
    Piece(Refusal),
    Operation(OperationError),
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Piece(refusal)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Piece(error.into())
    }
}

impl From<OperationError> for Failed {
    fn from(error: OperationError) -> Self {
        Self::Operation(error)
    }
}

fn advance(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result<Phase, Failed> {
    match position.stage {
        Stage::Emptying => {
            let left = tidy(connection, plan, position, spending)?;
            return Ok(if left == Left::Nothing { Phase::Done } else { Phase::Emptying });
        }
        Stage::Abandoning => {
            return Err(
                not_online(&plan.table, "it is being abandoned; abandon it to the end").into()
            );
        }
        Stage::Done => return Ok(Phase::Done),
        Stage::AtOnce => {
            run(connection, &wire::decode(&plan.operations).map_err(OperationError::from)?)?;
            position.stage = Stage::Emptying;
            return Ok(Phase::Swapped);
        }
        Stage::Copying | Stage::Clearing | Stage::Checking | Stage::Replaying => {}
    }
    if compare(connection, plan, position)? == Copied::Forget {
        (position.stage, position.cursor, position.rows_done) = (Stage::Clearing, None, 0);
        position.checked = None;
    }
    if position.stage == Stage::Clearing {
        if empty(connection, &plan.names.shadow, &plan.own_key, spending)? == Left::Nothing {
            position.stage = Stage::Copying;
        }
        return Ok(Phase::Copying);
    }
    let mut taker = Taker::new(connection, plan)?;
    if !replay_all(connection, plan, position, &mut taker, spending)? {
        return Ok(shown(position.stage));
    }
    if position.stage == Stage::Copying {
        copy(connection, plan, position, &mut taker, spending)?;
        return Ok(shown(position.stage));
    }
    drop(taker);
    if check(connection, plan, position, spending)? == Checked::NotYet {
        return Ok(shown(position.stage));
    }
    require_same_ends(connection, plan)?;
    // What was proven at the beginning is true as long as nobody has changed the schema since.
    let is_proven = position.schema_version == position.proven_version;
    swap(connection, plan, if is_proven { Proof::Known } else { Proof::Wanted })?;
    (position.stage, position.made) = (Stage::Emptying, plan.names.made(connection)?);
    Ok(Phase::Swapped)
}

fn shown(stage: Stage) -> Phase {
    match stage {
        Stage::Replaying => Phase::Replaying,
        Stage::Checking => Phase::Checking,
        _ => Phase::Copying,
    }
}
