//! Takes an online change away again.

use rusqlite::Connection;

use super::budget::{Budget, Spending};
use super::empty::{Left, remove, remove_notes, tidy};
use super::notes::drop_triggers;
use super::state::{Online, Position, Stage};
use super::{Result, plan::Plan};
use crate::operation::OperationError;

impl Online {
    /// Removes what it has made, in pieces: the triggers with the first one. Gives whether nothing is left. Once the
    /// shadow is in its place, it removes the old table, as [`advance`](Self::advance) does.
    ///
    /// # Errors
    /// SQLite's; then nothing was changed by this call.
    pub fn abandon(
        &mut self,
        connection: &Connection,
        budget: &Budget,
    ) -> Result<bool, OperationError> {
        self.in_frame(connection, |plan, position| {
            let mut spending = Spending::of(budget);
            match position.stage {
                Stage::Done => {}
                Stage::Emptying => drop(tidy(connection, plan, position, &mut spending)?),
                _ => abandon(connection, plan, position, &mut spending)?,
            }
            Ok(position.stage == Stage::Done)
        })
    }
}

fn abandon(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result {
    // First: from here on nobody notes anything, and the application writes as before.
    drop_triggers(connection, plan)?;
    position.stage = Stage::Abandoning;
    let all_gone = remove_notes(connection, plan, spending)? == Left::Nothing
        && remove(connection, &plan.names.shadow, &plan.own_key, spending)? == Left::Nothing;
    if all_gone {
        position.stage = Stage::Done;
    }
    position.made = plan.names.made(connection)?;
    Ok(())
}
