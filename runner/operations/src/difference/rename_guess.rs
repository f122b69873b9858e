//! Finds undeclared renames: something disappears while something like it appears.

use std::fmt;

use super::options::Rename;
use crate::schema::Affinity;
use crate::schema::normal::{Column, Normal, Table};

/// What may be an undeclared rename: one disappears, and one of similar shape appears.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PerhapsRenamed {
    /// A table: most of its columns are the same.
    Table {
        /// The one that goes.
        from: String,
        /// The one that comes.
        to: String,
    },
    /// A column: it holds values of the same kind.
    Column {
        /// Its table.
        table: String,
        /// The one that goes.
        from: String,
        /// The one that comes.
        to: String,
    },
}

/// What may have been renamed between `current` and `target`, the likeliest pairs; no name is in two.
pub(super) fn perhaps_renamed(current: &Normal, target: &Normal) -> Vec<PerhapsRenamed> {
    let gone: Vec<_> =
        current.tables.iter().filter(|it| target.table(it.name.as_str()).is_none()).collect();
    let new: Vec<_> =
        target.tables.iter().filter(|it| current.table(it.name.as_str()).is_none()).collect();
    let mut found: Vec<_> = pairs(&gone, &new, likeness_of_tables)
        .map(|(gone, new)| PerhapsRenamed::Table {
            from: String::from(&gone.name),
            to: String::from(&new.name),
        })
        .collect();
    for table in &target.tables {
        let Some(before) = current.table(table.name.as_str()) else { continue };
        let gone = without(before, table);
        let new = without(table, before);
        found.extend(pairs(&gone, &new, likeness_of_columns).map(|(gone, new)| {
            PerhapsRenamed::Column {
                table: String::from(&table.name),
                from: String::from(&gone.name),
                to: String::from(&new.name),
            }
        }));
    }
    found
}

/// The columns of `table` that `other` lacks.
fn without<'t>(table: &'t Table, other: &Table) -> Vec<&'t Column> {
    table.columns.iter().filter(|column| other.column(column.name.as_str()).is_none()).collect()
}

/// Pairs of old and new, the likeliest first; what resembles nothing is in none.
fn pairs<'i, T>(
    gone: &[&'i T],
    new: &[&'i T],
    likeness: impl Fn(&T, &T) -> Option<f64>,
) -> impl Iterator<Item = (&'i T, &'i T)> {
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for (i, old) in gone.iter().enumerate() {
        all.extend(new.iter().enumerate().filter_map(|(j, new)| Some((likeness(old, new)?, i, j))));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (_, i, j) in all {
        if !chosen.iter().any(|(old, new)| *old == i || *new == j) {
            chosen.push((i, j));
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|(i, j)| (gone[i], new[j])).collect::<Vec<_>>().into_iter()
}

fn likeness_of_tables(gone: &Table, new: &Table) -> Option<f64> {
    let is_same = |column: &&Column| {
        new.column(column.name.as_str()).is_some_and(|other| affinity(other) == affinity(column))
    };
    let same = gone.columns.iter().filter(is_same).count();
    let all = gone.columns.len().max(new.columns.len());
    (same * 2 > all).then(|| {
        names(gone.name.as_str(), new.name.as_str())
            + f64::from(u32::try_from(same * 10 / all).unwrap_or(0))
    })
}

fn likeness_of_columns(gone: &Column, new: &Column) -> Option<f64> {
    let same_kind =
        affinity(gone) == affinity(new) && gone.generated.is_some() == new.generated.is_some();
    same_kind.then(|| names(gone.name.as_str(), new.name.as_str()))
}

fn affinity(column: &Column) -> Affinity {
    Affinity::of(&column.declared_type)
}

fn names(one: &str, other: &str) -> f64 {
    strsim::jaro_winkler(&one.to_ascii_lowercase(), &other.to_ascii_lowercase())
}

impl From<&PerhapsRenamed> for Rename {
    fn from(perhaps: &PerhapsRenamed) -> Self {
        match perhaps.clone() {
            PerhapsRenamed::Table { from, to } => Self::Table { from, to },
            PerhapsRenamed::Column { table, from, to } => Self::Column { table, from, to },
        }
    }
}

impl fmt::Display for PerhapsRenamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { from, to } => {
                write!(f, "table `{from}` goes and `{to}` comes: perhaps it was renamed")
            }
            Self::Column { table, from, to } => {
                write!(
                    f,
                    "column `{from}` of `{table}` goes and `{to}` comes: perhaps it was renamed"
                )
            }
        }
    }
}
