//! One piece of work.

use rusqlite::Connection;

use super::budget::{Budget, Spending};
use super::copy::{Copier, require_same_ends};
use super::empty::{Left, empty, remove, remove_notes};
use super::parents::{Asked, Checker};
use super::plan::Plan;
use super::replay::{self, Behind, Replayed, replay};
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
        Stage::Emptying => return Ok(tidy(connection, plan, position, spending)?),
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

/// Replays the notes. Gives whether none is left: nobody else makes one before the caller commits.
fn replay_all(
    connection: &Connection,
    plan: &Plan,
    position: &Position,
    taker: &mut Taker<'_>,
    spending: &mut Spending<'_>,
) -> Result<bool> {
    let behind = match position.stage {
        Stage::Copying => Behind::This(position.cursor.as_ref()),
        _ => Behind::Nothing,
    };
    let mut checker = match position.stage {
        // They are checked when all are copied.
        Stage::Copying => None,
        _ => Some(Checker::new(connection, plan)?),
    };
    loop {
        let limit = spending.batch();
        let Replayed { notes, keys } = replay(connection, plan, taker, behind, limit)?;
        if let Some(checker) = &mut checker {
            checker.check_taken(&keys)?;
        }
        spending.spend(notes);
        if notes < limit {
            return Ok(true);
        }
        if spending.is_over() {
            return Ok(replay::left(connection, plan)? == 0);
        }
    }
}

/// Whether all rows are known to point to some that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checked {
    All,
    NotYet,
}

/// Checks new foreign keys, as far as `spending` lets it.
fn check(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result<Checked> {
    if plan.new_keys.is_empty() {
        return Ok(Checked::All);
    }
    let mut checker = Checker::new(connection, plan)?;
    loop {
        let limit = spending.batch();
        match checker.check_parents(limit)? {
            Asked::Nothing => break,
            Asked::More => {}
            Asked::AllRows => (position.stage, position.checked) = (Stage::Checking, None),
        }
        spending.spend(limit);
        if spending.is_over() {
            return Ok(Checked::NotYet);
        }
    }
    if position.stage == Stage::Replaying {
        return Ok(Checked::All);
    }
    loop {
        let limit = spending.batch();
        let (count, last) = checker.check_next(position.checked.as_ref(), limit)?;
        spending.spend(count);
        position.checked = last.or(position.checked.take());
        if count < limit {
            // The swap is a piece of its own.
            position.stage = Stage::Replaying;
            return Ok(Checked::NotYet);
        }
        if spending.is_over() {
            return Ok(Checked::NotYet);
        }
    }
}

/// Copies rows, as far as `spending` lets it.
fn copy(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    taker: &mut Taker<'_>,
    spending: &mut Spending<'_>,
) -> Result {
    let mut copier = Copier::new(connection, plan)?;
    loop {
        let limit = spending.batch();
        let batch = copier.batch(position.cursor.as_ref(), limit, taker)?;
        spending.spend(batch.rows);
        position.rows_done += batch.rows;
        if let Some(last) = batch.last {
            position.cursor = Some(last);
        }
        if batch.rows < limit {
            let is_checked = plan.new_keys.is_empty();
            position.stage = if is_checked { Stage::Replaying } else { Stage::Checking };
            return Ok(());
        }
        if spending.is_over() {
            return Ok(());
        }
    }
}

/// Removes the old table, and what was made to follow it.
pub(super) fn tidy(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result<Phase> {
    let all_gone = remove(connection, &plan.names.aside, &plan.key, spending)? == Left::Nothing
        && remove_notes(connection, plan, spending)? == Left::Nothing;
    position.made = plan.names.made(connection)?;
    if all_gone {
        position.stage = Stage::Done;
        return Ok(Phase::Done);
    }
    Ok(Phase::Emptying)
}
