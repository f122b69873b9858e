//! Why SQLite refused a row, and which of its columns may be the reason.

use migration_api::schema::Table;
use rusqlite::ffi;

/// Why a row was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A CHECK.
    Check,
    /// There is a row with the same key.
    Unique,
    /// Anything else, as what a trigger says.
    Other,
}

impl Refusal {
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error().map(|error| error.extended_code) {
            Some(ffi::SQLITE_CONSTRAINT_CHECK) => Self::Check,
            Some(
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID,
            ) => Self::Unique,
            _ => Self::Other,
        }
    }
}

/// The columns of a table that constraints are about, by their places.
pub(super) struct Suspects {
    checked: Vec<usize>,
    unique: Vec<usize>,
    all: Vec<usize>,
}

impl Suspects {
    pub(super) fn of(table: &Table) -> Self {
        let places = |is_one: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let columns = table.columns.iter().enumerate();
            columns.filter(|(_, column)| is_one(&column.name)).map(|(place, _)| place).collect()
        };
        let key = table.primary_key();
        let is_key = |name: &str| key.iter().any(|key| key.name.eq_ignore_ascii_case(name));
        let in_index = |name: &str| {
            let parts = |index: &migration_api::schema::Index| {
                index.columns.iter().any(|part| {
                    matches!(&part.term, migration_api::schema::IndexTerm::Column(column)
                        if column.eq_ignore_ascii_case(name))
                })
            };
            table.indexes.iter().any(|index| index.unique && (index.mentions(name) || parts(index)))
        };
        Self {
            checked: places(&|name| table.checks().any(|check| check.mentions(name))),
            unique: places(&|name| is_key(name) || in_index(name)),
            all: (0..table.columns.len()).collect(),
        }
    }

    /// Which columns to give other values. Where a generated column is what is checked, any may be.
    pub(super) fn after(&self, refusal: Refusal) -> impl Iterator<Item = usize> {
        let places = match refusal {
            Refusal::Check => &self.checked,
            Refusal::Unique => &self.unique,
            Refusal::Other => &self.all,
        };
        places.iter().copied()
    }
}
