//! What a change may lose for good, or what may stop it.

use std::fmt;

use crate::schema::normal::{Column, Table};
use crate::schema::{Affinity, ROWID};

/// What a change loses, or what stops it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// A table with its rows.
    Table {
        /// The table.
        table: String,
    },
    /// A column with its values.
    Column {
        /// Its table.
        table: String,
        /// The column.
        column: String,
    },
    /// Values that are converted to another type, perhaps not reversibly.
    Values {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// Its type before, in words.
        from: String,
        /// Its type after, in words.
        to: String,
    },
    /// Which values were NULL.
    Nulls {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
    },
    /// The numbers of rows that have no other key.
    Rowids {
        /// The table.
        table: String,
    },
    /// The counter of AUTOINCREMENT.
    Counter {
        /// The table.
        table: String,
    },
    /// Nothing is lost, but rows that break a new rule stop the migration.
    Refusal {
        /// The table.
        table: String,
        /// The rule.
        rule: String,
    },
}

impl Loss {
    /// Whether values of rows are gone or changed afterwards. Rowids, counters and rules that stop the migration
    /// are no such loss.
    #[must_use]
    pub fn is_of_values(&self) -> bool {
        match self {
            Self::Table { .. } | Self::Column { .. } | Self::Values { .. } => true,
            Self::Nulls { .. }
            | Self::Rowids { .. }
            | Self::Counter { .. }
            | Self::Refusal { .. } => false,
        }
    }

    pub(super) fn column(table: &Table, column: &str) -> Self {
        Self::Column { table: String::from(&table.name), column: column.to_owned() }
    }

    pub(super) fn rule(table: &Table, rule: impl fmt::Display) -> Self {
        Self::Refusal { table: String::from(&table.name), rule: rule.to_string() }
    }

    /// What the type of a column in `new` does to the values that it has in `old`.
    pub(super) fn of_types(old: (&Table, &Column), new: (&Table, &Column)) -> Option<Self> {
        let numbers = [Affinity::Integer, Affinity::Numeric];
        let (before, after) = (affinity(old), affinity(new));
        let keeps = before == after
            || after == Affinity::Blob
            // They only differ in a CAST (<https://sqlite.org/datatype3.html#type_affinity>).
            || (numbers.contains(&before) && numbers.contains(&after));
        (!keeps).then(|| Self::Values {
            table: String::from(&old.0.name),
            column: String::from(&old.1.name),
            from: type_in_words(old),
            to: type_in_words(new),
        })
    }

    /// Rowids that no column holds, and that rows lack afterwards.
    pub(super) fn of_rowids(old: &Table, new: &Table) -> Option<Self> {
        let are_hidden =
            !old.without_rowid && old.primary_key.as_ref().is_none_or(|key| !key.is_rowid);
        let key = new.primary_key.as_ref().filter(|key| key.is_rowid);
        let go = match key.map(|key| key.columns[0].name.as_str()) {
            _ if new.without_rowid => true,
            Some(alias) => old.column(alias).is_some(),
            None => ROWID.into_iter().all(|name| new.column(name).is_some()),
        };
        (are_hidden && go).then(|| Self::Rowids { table: String::from(&old.name) })
    }

    /// The counter of a table that stays and loses AUTOINCREMENT.
    pub(super) fn of_counter(old: &Table, new: &Table) -> Option<Self> {
        let counts = |table: &Table| table.primary_key.as_ref().is_some_and(|it| it.autoincrement);
        (counts(old) && !counts(new)).then(|| Self::Counter { table: String::from(&old.name) })
    }
}

/// What a column does to values.
fn affinity((table, column): (&Table, &Column)) -> Affinity {
    Affinity::in_table(&column.declared_type, table.strict)
}

fn type_in_words((table, column): (&Table, &Column)) -> String {
    match (column.declared_type.as_str(), table.strict) {
        ("", _) => "no type".to_owned(),
        ("ANY", true) => "ANY in a STRICT table".to_owned(),
        ("ANY", false) => "ANY with NUMERIC affinity".to_owned(),
        (declared, _) => declared.to_owned(),
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { table } => write!(f, "table `{table}` is dropped with all its rows"),
            Self::Column { table, column } => {
                write!(f, "column `{column}` of `{table}` is dropped with all its values")
            }
            Self::Values { table, column, from, to } => write!(
                f,
                "values in `{column}` of `{table}` may change on their way from {from} to {to}"
            ),
            Self::Nulls { table, column } => {
                write!(f, "which values in `{column}` of `{table}` were NULL is forgotten")
            }
            Self::Rowids { table } => write!(f, "rows of `{table}` lose their rowids"),
            Self::Counter { table } => write!(
                f,
                "the AUTOINCREMENT counter of `{table}` goes: numbers may be given out again"
            ),
            Self::Refusal { table, rule } => {
                write!(f, "rows of `{table}` that do not keep {rule} stop the migration")
            }
        }
    }
}
