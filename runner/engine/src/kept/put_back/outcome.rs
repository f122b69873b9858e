//! What was put back, and what was not, with the reasons.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use rusqlite::Row;
use serde::{Deserialize, Serialize};

use crate::id::MigrationId;
use crate::kept::values::{Layout, RowKey, size};

/// What was put back of a set, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// The migration.
    pub id: MigrationId,
    /// The table.
    pub table: String,
    /// The columns whose values it is about; none: rows as a whole.
    pub columns: Vec<String>,
    /// How many rows have what they had.
    pub rows: u64,
    /// What was not put back, by reasons.
    pub not: Vec<NotPutBack>,
}

/// Rows of a set that were not put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPutBack {
    /// The reason.
    pub why: WhyNot,
    /// How many.
    pub rows: u64,
    /// The keys of the first ones, in words.
    pub examples: Vec<String>,
}

/// Why something is not put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The way back made no such table.
    NoTable,
    /// The table has no such column.
    NoColumn(String),
    /// The table has rows already.
    NotEmpty,
    /// There is no such row any more.
    Gone,
    /// The row is another, or was changed since.
    Changed,
    /// Another row has its key.
    KeyTaken,
    /// A rule of the table is in the way.
    Constraint(String),
    /// A row of this table that it points to is not there.
    NoParent(String),
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => f.write_str("there is no such table"),
            Self::NoColumn(column) => write!(f, "the table has no column `{column}`"),
            Self::NotEmpty => f.write_str("the table has rows already"),
            Self::Gone => f.write_str("the row is gone"),
            Self::Changed => f.write_str("the row was changed since, or is another"),
            Self::KeyTaken => f.write_str("another row has its key"),
            Self::Constraint(reason) => f.write_str(reason),
            Self::NoParent(table) => write!(f, "the row of `{table}` that it points to is gone"),
        }
    }
}

/// How many keys are told of each reason.
const EXAMPLES: usize = 3;

/// What came of a set.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How many rows were put back.
    pub(super) rows: u64,
    /// Those that nobody needs any more in the set.
    pub(super) put_back: Vec<i64>,
    pub(super) not: BTreeMap<WhyNot, (u64, Vec<String>)>,
    /// How many rows and bytes are left over.
    pub(super) left: (u64, u64),
    /// Which row of the set stands where, in a table whose rows point to others.
    pub(super) places: HashMap<i64, i64>,
}

impl Outcome {
    pub(super) fn not(&mut self, why: WhyNot, key: &RowKey<'_>, row: &Row<'_>, layout: &Layout) {
        let (rows, examples) = self.not.entry(why).or_default();
        *rows += 1;
        if examples.len() < EXAMPLES {
            examples.push(key.in_words());
        }
        let sizes = (0..layout.values.end).filter_map(|place| row.get_ref(place).ok());
        self.left.0 += 1;
        self.left.1 += sizes.map(size).sum::<u64>();
    }
}
