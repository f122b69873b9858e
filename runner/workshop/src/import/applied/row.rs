//! What a tool's table says is applied, row by row.

use std::time::Duration;

use jiff::Timestamp;

use super::Checksum;
use crate::import::Tool;

/// What a database has of the history of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldHistory {
    /// The tool.
    pub tool: Tool,
    /// Its tables, the one with the history first. None: it counts in the header of the file.
    pub tables: Vec<String>,
    /// What is applied, in the order in which it was.
    pub rows: Vec<OldRow>,
    /// What the tables hold beside that and is not taken over, a sentence each.
    pub skipped: Vec<String>,
}

impl OldHistory {
    /// Where the tool keeps it, as in a sentence.
    #[must_use]
    pub fn place(&self) -> String {
        match self.tables.first() {
            Some(table) => format!("the table `{table}`"),
            None => "`user_version`".to_owned(),
        }
    }

    /// The moment at which the newest was applied, where the tool notes moments.
    #[must_use]
    pub fn last_moment(&self) -> Option<Timestamp> {
        self.rows.iter().filter_map(|row| row.applied_at).max()
    }
}

/// A migration that a tool says is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldRow {
    /// What the tool identifies it by.
    pub version: String,
    /// Whether those before it are applied as well.
    pub reach: Reach,
    /// When it was applied, if the tool notes that.
    pub applied_at: Option<Timestamp>,
    /// How long that took, if the tool notes it.
    pub duration: Option<Duration>,
    /// The checksum of its file at that time, if the tool notes one.
    pub checksum: Option<Checksum>,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One migration.
    One,
    /// A migration and all before it.
    UpTo,
    /// All up to a version, of which there need be no migration.
    Baseline,
}

impl OldRow {
    /// That `version` alone is applied.
    pub(super) fn one(version: impl Into<String>) -> Self {
        let (applied_at, duration, checksum) = (None, None, None);
        Self { version: version.into(), reach: Reach::One, applied_at, duration, checksum }
    }
}
