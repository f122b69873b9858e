//! What a rehearsal found, as one document: it is printed, kept, shown on a page, and compared with what is to be done
//! in earnest.
//!
//! Times are in microseconds, sizes in bytes. It holds values of rows: up to three of each column that changed.

use jiff::Timestamp;
use runner_engine::database::Identity;
use runner_engine::verdict::Verdict;
use runner_engine::{Direction, LossName, Measured, MigrationId};
use serde::{Deserialize, Serialize};

pub use crate::row_difference::{
    ColumnDifference, ColumnFate, Matching, Sample, TableDifference, ValueChange,
};
use crate::trial::StepFailure;

/// What a rehearsal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The [form](Self::FORMAT) of this document.
    pub format: u32,
    /// The version of the runner that made it.
    pub runner: String,
    /// When it began.
    pub began_at: Timestamp,
    /// How long all of it took, without the build.
    pub took_us: u64,
    /// The machine, as it calls itself.
    pub machine: String,
    /// The database that was copied.
    pub database: RehearsedDatabase,
    /// The copies.
    pub copy: CopyMade,
    /// What was to be done.
    pub plan: RehearsedPlan,
    /// What was done, in order: all steps, or those up to one that failed.
    pub steps: Vec<RehearsedStep>,
    /// Why not all steps were done; `None`: they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<RehearsedFailure>,
    /// How the way back went.
    pub way_back: RehearsedWayBack,
    /// What was lost in the rehearsal, and no migration says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<UndeclaredLoss>,
}

/// The database that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedDatabase {
    /// Its path, without links in it.
    pub path: String,
    /// Which file it is.
    pub file: Option<Identity>,
    /// How large it is, with what is in its log.
    pub size: u64,
    /// `wal` or `delete`.
    pub journal_mode: String,
    /// The digest of its schema.
    pub schema_digest: String,
    /// Whether others have written to it since it was copied.
    pub changed_since: bool,
}

/// The copies that the rehearsal worked on, and that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyMade {
    /// The folder that they were made in.
    pub folder: String,
    /// How long the copy of the database took.
    pub took_us: u64,
    /// How many files as large as the database were there at once.
    pub files: u64,
    /// How long it took to copy the copy before steps, to compare what it was with what it became.
    pub kept_us: u64,
    /// How long the comparisons took.
    pub compared_us: u64,
}

/// What was to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RehearsedPlan {
    /// The steps.
    pub steps: Vec<RehearsedPlanStep>,
    /// The files of views and triggers that are made anew after the last step, and the digests of their texts; empty,
    /// too, where the plan leaves migrations pending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeatable: Vec<FileDigest>,
}

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedPlanStep {
    /// The migration.
    pub id: MigrationId,
    /// Its direction.
    pub direction: Direction,
    /// The digest of its source.
    pub source_digest: String,
}

/// A file, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileDigest {
    /// Its name.
    pub file: String,
    /// The SHA-256 of its text.
    pub digest: String,
}

/// A step that was taken on the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedStep {
    /// The migration.
    pub id: MigrationId,
    /// How long the process ran that took it.
    pub took_us: u64,
    /// What the engine measured; `None`: the step was recorded in the place of others, and not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// What it logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// The tables that it touched, by name.
    pub tables: Vec<TableDifference>,
    /// What it says that it takes away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<LossName>,
    /// What of that was not lost here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_lost: Vec<LossName>,
    /// What this shows of the migration.
    pub verdict: Verdict,
}

/// Why a step was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedFailure {
    /// The migration; `None`: all of them were done, and views and triggers of files were not.
    pub id: Option<MigrationId>,
    /// What went wrong.
    pub failure: StepFailure,
}

/// How the way back went, from where all steps led.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RehearsedWayBack {
    /// The steps that were taken back, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<RevertedStep>,
    /// Why it ended there; `None`: everything was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<WayBackEnd>,
    /// The migration after which the database was as it is compared with; `None`: the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<MigrationId>,
    /// Whether what came back was compared.
    pub is_compared: bool,
    /// The tables that did not come back as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableDifference>,
    /// In what the schema did not come back, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the database holds beside the rows of its tables and that did not come back, in words: counters of
    /// AUTOINCREMENT, `user_version`, `application_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// What the way back changed though the way forward had kept it, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A step that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevertedStep {
    /// The migration.
    pub id: MigrationId,
    /// How long the process ran that took it back.
    pub took_us: u64,
    /// What the engine measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// Why the way back ended before the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WayBackEnd {
    /// It was not to be tried.
    NotWanted,
    /// A step forward failed.
    Failed,
    /// A migration has no way back.
    Missing {
        /// The migration.
        id: MigrationId,
        /// Whether it says so.
        declared: bool,
    },
    /// A migration was only recorded in the place of others, and cannot be taken back here.
    Recorded {
        /// The migration.
        id: MigrationId,
    },
    /// The way back of a migration failed.
    Broken {
        /// The migration.
        id: MigrationId,
        /// What went wrong.
        failure: StepFailure,
    },
}

/// Something that was lost without a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndeclaredLoss {
    /// The migration.
    pub id: MigrationId,
    /// What is lost; `None`: the way back.
    pub name: Option<LossName>,
}

impl Rehearsal {
    /// The form of the document that this version makes, and reads.
    pub const FORMAT: u32 = 1;

    /// Whether all went as it should: every step was taken, nothing was lost without a word, and the way back did what
    /// it is there for, where there is one.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        let is_broken = matches!(self.way_back.end, Some(WayBackEnd::Broken { .. }));
        self.failure.is_none()
            && self.undeclared.is_empty()
            && !is_broken
            && self.way_back.faults.is_empty()
            && self.way_back.schema.is_none()
    }
}
