//! What a look through a database could not verify.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::application::{ApplicationNames, Missing};

/// What was not verified, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unverified {
    /// An index was not compared with its table. [`Verification::Paranoid`](crate::backup::Verification::Paranoid) does it.
    Index {
        /// The index.
        name: String,
        /// Its table.
        table: String,
        /// Why not.
        why: String,
    },
    /// SQLite cannot look at the pages of a table and its indexes.
    Table {
        /// The table.
        name: String,
        /// What it lacks: it is the application's.
        why: String,
    },
    /// The rows of a table cannot be read.
    Rows {
        /// The table.
        table: String,
        /// What SQLite lacks: it is the application's.
        why: String,
    },
    /// A virtual table cannot be opened. The tables that it stores its data in were looked at.
    VirtualTable {
        /// The table.
        name: String,
        /// What SQLite lacks: it is the application's.
        why: String,
    },
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index { name, table, why } => {
                write!(f, "index `{name}` of `{table}` was not compared: {why}")
            }
            Self::Table { name, why } => {
                write!(f, "the pages and indexes of `{name}` were not looked at: {why}")
            }
            Self::Rows { table, why } => write!(f, "the rows of `{table}` were not read: {why}"),
            Self::VirtualTable { name, why } => {
                write!(f, "virtual table `{name}` was not opened: {why}")
            }
        }
    }
}

impl Unverified {
    /// Whether what SQLite lacks for it is declared to be the application's: then nobody needs to be
    /// told.
    #[must_use]
    pub fn is_expected(&self, application: &ApplicationNames) -> bool {
        match self {
            Self::Index { .. } => false,
            Self::Table { why, .. } | Self::Rows { why, .. } | Self::VirtualTable { why, .. } => {
                Missing::in_words(why).is_some_and(|missing| application.have(&missing))
            }
        }
    }

    /// Whether it goes without saying that `other` was not verified either.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Table { name, .. }, Self::Index { table, .. }) => name == table,
            _ => false,
        }
    }

    /// Has rows that were not read say why their table was not looked at: that says more than what kept
    /// SQLite from reading.
    pub(crate) fn explain(&mut self, known: &[Self]) {
        let Self::Rows { table, why } = self else { return };
        for entry in known {
            if let Self::Table { name, why: reason } = entry
                && name == table
            {
                why.clone_from(reason);
            }
        }
    }
}
