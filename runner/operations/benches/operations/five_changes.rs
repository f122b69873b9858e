//! Five changes of one table, next to one of them: the rows are moved once.

use crate::change::Change;
use crate::database::Original;
use crate::rebuild::move_rows;
use crate::report::{Pairs, Row};

pub(crate) fn measure(original: &Original) -> [Row; 2] {
    let beside_one = |what: &str, five, bound| Row {
        what: what.to_owned(),
        against: "one of them".to_owned(),
        bound,
        outcome: Ok(Pairs::take(
            5,
            || move_rows(original, five),
            || move_rows(original, Change::Type),
        )),
    };
    [
        beside_one("five changes in one run", Change::Five, Some(1.2)),
        beside_one("  the other way round", Change::FiveReordered, Some(1.2)),
    ]
}
