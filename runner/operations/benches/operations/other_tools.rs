//! The same change by other tools, next to ours.

use std::time::Duration;

use crate::change::Change;
use crate::database::Original;
use crate::python::{Python, Tool};
use crate::rebuild::move_rows;
use crate::report::{Pairs, Row};

pub(crate) fn measure(original: &Original) -> [Row; 2] {
    [Tool::Peewee, Tool::SqliteUtils].map(|tool| Row {
        what: format!("the same rebuild by {}", tool.name()),
        against: "by migration-api".to_owned(),
        bound: None,
        outcome: Python::with(tool).map(|python| {
            Pairs::take(3, || theirs(original, &python), || move_rows(original, Change::Type))
        }),
    })
}

fn theirs(original: &Original, python: &Python) -> Duration {
    let copy = original.copy();
    let time = python.alter_column_type(&copy.path);
    copy.has_numbers(original.rows);
    time
}
