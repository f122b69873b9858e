//! The derived operations, as a migration is to contain them.

use migration_api::difference::Change;
use migration_api::operation::Operation;

use super::{Derived, WayBack};
use crate::scaffold::{Backward, Directions, Written};
use runner_engine::plan::Direction;

impl Derived {
    /// Both ways, with a comment where something may be lost, and a place for the author where only
    /// the author can decide.
    #[must_use]
    pub fn ways(&self) -> Directions {
        let way = |changes: &[Change], direction| {
            changes.iter().map(|change| written(change, direction)).collect()
        };
        Directions {
            forward: way(&self.forward.changes, Direction::Forward),
            backward: match &self.backward {
                WayBack::Operations(back) => {
                    Backward::Operations(way(&back.changes, Direction::Backward))
                }
                WayBack::None { reasons } => Backward::Underivable { reasons: reasons.clone() },
            },
        }
    }
}

fn written(change: &Change, direction: Direction) -> Written {
    let mut written = Written::from(change.operation.clone());
    for loss in &change.losses {
        written = written.noted(sentence(&loss.to_string()));
    }
    let Some(undecided) = &change.undecided else { return written };
    match (direction, &change.operation) {
        // NULL was allowed between the two ways: rows that made use of it may be refused.
        (Direction::Backward, Operation::SetNotNull { .. }) => written.noted(
            "Refused while a row holds NULL; `set_not_null_filling` says what takes its place.",
        ),
        _ => written.undecided(undecided.to_string()),
    }
}

/// `text` as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), rest.as_str())
}
