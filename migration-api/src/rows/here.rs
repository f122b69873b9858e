//! Batches whose function runs on the thread of the connection.

use std::time::{Duration, Instant};

use super::batch::{Budget, RowFailure, Stopped, Tally};
use super::cells::Cells;
use super::cursor::Cursor;
use super::function::{Function, call};
use super::pass::Parts;
use super::reader::{Left, Wanted};
use super::refusal::RowsError;
use super::row::Row;
use super::table::SideEffects;
use super::writer::Change;
use crate::Error;

/// The most rows that are read before the first of them is written.
const ROUND: u64 = 1_000;

/// Rows of the first round: nothing is known of what they cost.
const FIRST_ROUND: u64 = 16;

/// The time that a round should take: a batch has to be back in time, and a person wants to see that it goes on.
const ROUND_TIME: Duration = Duration::from_millis(4);

/// In a round of so few rows each may take long, so it is asked before each whether to stop. To ask is a call into the
/// runner: in larger rounds it is asked after so many.
const ASKED: u64 = 64;

/// The bytes of new values and keys that are kept before they are written.
const KEPT: usize = 4 << 20;

/// New values that are not written yet.
pub(super) struct Pending {
    /// Rows of the next round.
    rows: u64,
    keys: Cells,
    new: Cells,
    /// The number of each row in the batch, from 1.
    ordinals: Vec<u64>,
}

/// The first row of a round that failed.
struct Flaw {
    error: Error,
    ordinal: u64,
    key: Cells,
}

/// Rounds of reading and writing until the budget is used.
pub(super) fn run(
    parts: &mut Parts<'_>,
    pending: &mut Pending,
    function: &mut Function<'_>,
    cursor: &mut Cursor,
    budget: Budget,
    written: &mut dyn FnMut(u64),
) -> Result<(Left, Tally), Stopped> {
    let mut tally = Tally::default();
    loop {
        pending.clear();
        let begun = Instant::now();
        let left = round(parts, pending, function, cursor, budget, &mut tally)?;
        pending.learn(begun.elapsed());
        written(tally.read);
        if left == Left::None || budget.is_used(tally.seen, Instant::now) {
            return Ok((left, tally));
        }
    }
}

/// Has the function go over some rows, and writes what it gives once no statement reads any more.
fn round(
    parts: &mut Parts<'_>,
    pending: &mut Pending,
    function: &mut Function<'_>,
    cursor: &mut Cursor,
    budget: Budget,
    tally: &mut Tally,
) -> Result<Left, Stopped> {
    let most = tally.seen
        + match parts.side_effects {
            SideEffects::None => pending.rows,
            // The next row is read as this one leaves it.
            SideEffects::Possible => 1,
        };
    let Parts { layout, reader, host, location, .. } = parts;
    let (mut flaw, mut refusal) = (None, None);
    let mut is_to_stop = host.should_stop();
    let read = reader.read(&mut cursor.key, &mut |row, key| {
        tally.seen += 1;
        if is_to_stop {
            refusal = Some(RowsError::Stopped);
            return Wanted::Enough;
        }
        if layout.lets_through(row) {
            tally.read += 1;
            let row = Row::running(layout, row);
            match call(layout, location, &row, &mut pending.new, &mut *function) {
                Ok(true) => pending.keep(key, tally.seen),
                Ok(false) => {}
                Err(error) => {
                    flaw = Some(Flaw { error, ordinal: tally.seen, key: key.clone() });
                    return Wanted::Enough;
                }
            }
        }
        let asks = pending.rows <= ASKED || tally.seen.is_multiple_of(ASKED);
        is_to_stop = asks && host.should_stop();
        let is_full = tally.seen >= most || pending.size() >= KEPT;
        if is_full || budget.is_used(tally.seen, Instant::now) {
            Wanted::Enough
        } else {
            Wanted::More
        }
    });
    let left = read.map_err(Stopped::Refused)?;
    if let Some(refusal) = refusal {
        return Err(Stopped::Refused(refusal));
    }
    // Also in front of a row that failed: one of these may fail, and is the first then.
    let flaw = write(parts, pending).or(flaw);
    match flaw {
        Some(Flaw { error, ordinal, key }) => {
            let cursor = Cursor { key, schema_version: cursor.schema_version };
            Err(RowFailure::stopped(error, ordinal, cursor.encode(&parts.layout.key)))
        }
        None => {
            tally.changed += pending.ordinals.len() as u64;
            Ok(left)
        }
    }
}

/// Writes what is pending, up to the first row that fails.
fn write(parts: &mut Parts<'_>, pending: &Pending) -> Option<Flaw> {
    let Parts { layout, writer, location, .. } = parts;
    let (key_width, new_width) = (layout.key.width(), layout.new.len());
    pending.ordinals.iter().enumerate().find_map(|(at, &ordinal)| {
        let (key_at, new_at) = (at * key_width, at * new_width);
        let change = Change { keys: &pending.keys, key_at, new: &pending.new, new_at };
        let error = writer.write(layout, change).err()?;
        let mut key = Cells::default();
        pending.keys.range(key_at, key_width).for_each(|value| key.push(value));
        Some(Flaw { error: Error::from(*error).at(location), ordinal, key })
    })
}

impl Default for Pending {
    fn default() -> Self {
        let (keys, new, ordinals) = (Cells::default(), Cells::default(), Vec::new());
        Self { rows: FIRST_ROUND, keys, new, ordinals }
    }
}

impl Pending {
    /// Rows may wait for the disk, each for several pages; and they may cost next to nothing.
    fn learn(&mut self, took: Duration) {
        if took > ROUND_TIME {
            self.rows = (self.rows / 2).max(1);
        } else if took < ROUND_TIME / 2 {
            self.rows = (self.rows * 2).min(ROUND);
        }
    }

    fn keep(&mut self, key: &Cells, ordinal: u64) {
        key.range(0, key.len()).for_each(|value| self.keys.push(value));
        self.ordinals.push(ordinal);
    }

    fn size(&self) -> usize {
        self.keys.size() + self.new.size()
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.new.clear();
        self.ordinals.clear();
    }
}
