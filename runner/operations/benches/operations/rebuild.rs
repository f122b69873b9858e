//! A change for which all rows are moved, next to the best SQL by hand.

use std::time::Duration;

use crate::change::Change;
use crate::database::Original;
use crate::report::{Pairs, Row};
use crate::worker;

pub(crate) fn measure(original: &Original) -> Row {
    let outcome = Pairs::take(
        5,
        || move_rows(original, Change::Type),
        || move_rows(original, Change::TypeByHand),
    );
    Row {
        what: format!("rebuild, {} rows", original.rows),
        against: "SQL by hand".to_owned(),
        bound: Some(1.15),
        outcome: Ok(outcome),
    }
}

/// How long a `change` takes after which `level` holds numbers.
pub(crate) fn move_rows(original: &Original, change: Change) -> Duration {
    let copy = original.copy();
    let told = worker::make(change, &copy.path);
    copy.has_numbers(original.rows);
    told.time
}
