//! Changes that touch no row, in a large table and in a small one.

use std::time::Duration;

use crate::change::Change;
use crate::database::Original;
use crate::report::{Pairs, Row};
use crate::worker;

const CHANGES: [(&str, Change); 5] = [
    ("add_column with a default", Change::AddColumn),
    ("drop_not_null", Change::DropNotNull),
    ("rename_column", Change::RenameColumn),
    ("drop_constraint of a CHECK", Change::DropCheck),
    ("alter_column_type, only the text", Change::TypeText),
];

pub(crate) fn measure(many: &Original, few: &Original) -> [Row; 5] {
    CHANGES.map(|(what, change)| Row {
        what: what.to_owned(),
        against: format!("{} rows", few.rows),
        bound: None,
        outcome: Ok(Pairs::take(9, || time(many, change), || time(few, change))),
    })
}

fn time(original: &Original, change: Change) -> Duration {
    let copy = original.copy();
    worker::make(change, &copy.path).time
}
