//! A history as another tool has it, under the names that its migrations get here.

use std::path::PathBuf;

use runner_engine::{LossName, MigrationId};

use super::{Finding, Outcome, Tool};

/// What a folder of another tool's migrations holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignHistory {
    /// Whose folder it is.
    pub tool: Tool,
    /// The folder.
    pub folder: PathBuf,
    /// Its migrations, oldest first: the order in which the tool applies them, and in which their ids ascend.
    pub migrations: Vec<ForeignMigration>,
    /// Views and triggers that the tool applies anew whenever their file changes.
    pub repeatable: Vec<RepeatableScript>,
    /// What is written otherwise than it was, what a person must agree to, and what is in the way.
    pub findings: Vec<Finding>,
}

impl ForeignHistory {
    /// The findings of which this becomes.
    pub fn findings_that(&self, outcome: Outcome) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.what.outcome() == outcome)
    }
}

/// A migration of another tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignMigration {
    /// Its version, as the tool writes it into its table.
    pub version: String,
    /// What the tool calls it besides.
    pub name: String,
    /// What it is called here.
    pub id: MigrationId,
    /// The way forward.
    pub forward: Script,
    /// The way back, if there is one.
    pub backward: Option<Script>,
    /// Whether it runs in a transaction.
    pub wrapping: Wrapping,
    /// The tables and columns that its way forward drops.
    pub loses: Vec<LossName>,
}

/// The SQL of one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The file that it is in, from the folder on.
    pub file: PathBuf,
    /// The line of the file that `sql` begins with, from 1.
    pub first_line: usize,
    /// The bytes of the whole file, for checksums of it.
    pub bytes: Vec<u8>,
    /// The SQL that is run here: what the tool runs, without what is taken out of it.
    pub sql: String,
}

impl Script {
    /// The line of the file in which the byte `at` of the SQL is.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        let before = self.sql.get(..at).unwrap_or(&self.sql);
        self.first_line + before.bytes().filter(|byte| *byte == b'\n').count()
    }
}

/// A file of views and triggers that change in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatableScript {
    /// The file, from the folder on.
    pub file: PathBuf,
    /// What it is called here, in the folder of such files.
    pub name: String,
    /// Its SQL, without what is taken out of it.
    pub sql: String,
}

/// Whether a migration runs in a transaction here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// In one, as a whole.
    Transaction,
    /// In none, for what SQLite does not do inside one.
    NoTransaction,
}
