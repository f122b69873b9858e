//! What differs between a table before and after.

use serde::{Deserialize, Serialize};

/// What differs between a table before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDifference {
    /// Its name before; `None`: it was not there.
    pub before: Option<String>,
    /// Its name after; `None`: it is not there any more.
    pub after: Option<String>,
    /// How many rows it had before.
    pub rows_before: u64,
    /// How many rows it has after.
    pub rows_after: u64,
    /// How its rows were matched; `None`: they were not compared, since nothing wrote to them or there was nothing to
    /// compare them with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Matching>,
    /// Rows that are not there any more.
    #[serde(default, skip_serializing_if = "Sample::is_empty")]
    pub gone: Sample<String>,
    /// Rows that were not there.
    #[serde(default, skip_serializing_if = "Sample::is_empty")]
    pub new: Sample<String>,
    /// The columns that are not as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnDifference>,
    /// Why its rows could not be compared, as those of a virtual table whose module is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_compared: Option<String>,
}

/// By what the rows of a table before and after are the same rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Matching {
    /// By the columns of the primary key.
    Key {
        /// The columns, by their names before.
        columns: Vec<String>,
    },
    /// By the rowid, which no column shows.
    Rowid,
    /// By all that is in them, so that a row that was changed is one that is gone and one that is new.
    Content,
}

/// A number, and the first of what was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample<T> {
    /// How many.
    pub count: u64,
    /// The first of them, as text that is not of full length.
    pub examples: Vec<T>,
}

/// A column that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDifference {
    /// The column, by its name before; one that is new by that which it has.
    pub name: String,
    /// What became of it.
    #[serde(flatten)]
    pub fate: ColumnFate,
}

/// What became of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum ColumnFate {
    /// In these rows its value is another.
    Changed(Sample<ValueChange>),
    /// It is not there any more.
    Dropped {
        /// How many values it held, without NULL.
        values: u64,
    },
    /// It was not there.
    Added,
    /// All its values are in a new column.
    Renamed {
        /// The new column.
        to: String,
    },
}

/// A value that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// The key of its row.
    pub key: String,
    /// The value before, as SQL writes it, and not at full length.
    pub before: String,
    /// The value after.
    pub after: String,
}

/// How many of what was counted are shown.
const SHOWN: usize = 3;

impl<T> Default for Sample<T> {
    fn default() -> Self {
        Self { count: 0, examples: Vec::new() }
    }
}

impl<T> Sample<T> {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Counts one more.
    pub(super) fn add(&mut self, example: impl FnOnce() -> T) {
        self.count += 1;
        if self.examples.len() < SHOWN {
            self.examples.push(example());
        }
    }

    /// Counts those that come after.
    pub(super) fn append(&mut self, other: Self) {
        self.count += other.count;
        let room = SHOWN.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
    }
}

impl TableDifference {
    /// Whether rows and values are what they were, all of them.
    #[must_use]
    pub fn keeps_everything(&self) -> bool {
        let is_kept = |column: &ColumnDifference| match &column.fate {
            ColumnFate::Changed(sample) => sample.is_empty(),
            ColumnFate::Dropped { values } => *values == 0,
            ColumnFate::Added | ColumnFate::Renamed { .. } => true,
        };
        let is_there = self.after.is_some() || self.rows_before == 0;
        is_there && self.gone.is_empty() && self.columns.iter().all(is_kept)
    }

    /// The name by which it is known: that before, if it was there.
    #[must_use]
    pub fn name(&self) -> &str {
        self.before.as_deref().or(self.after.as_deref()).unwrap_or_default()
    }
}
