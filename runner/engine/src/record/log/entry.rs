//! An entry of the log, and of the history that is made of it.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::id::MigrationId;
use crate::record::RepairKind;

/// Something that happened to the history of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number in the log, from 1; `None`: it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// How it is known.
    pub known: Known,
    /// When it happened, in UTC; `None`: not known. It is shown to people; the log is in the order of its numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What happened.
    pub what: Happened,
    /// The migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<MigrationId>,
    /// The old name of a renamed migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_id: Option<MigrationId>,
    /// When the migration was applied whose row went from the history, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
    /// How long its own code ran, in microseconds; `None`: none ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_us: Option<u64>,
    /// The reason of a repair, the file of a backup, the words of a stage, what was kept and is let go of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The user of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The version of the runner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_version: Option<String>,
    /// The version of migration-api that the migration was built with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The version of SQLite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlite_version: Option<String>,
    /// The digest of the migration's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_digest: Option<String>,
    /// The digest of the schema afterwards, where the log has its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_digest: Option<String>,
}

impl Entry {
    /// Of what is not in the log.
    pub(super) fn not_logged(known: Known, what: Happened, id: Option<MigrationId>) -> Self {
        Self {
            number: None,
            known,
            at: None,
            what,
            id,
            old_id: None,
            applied_at: None,
            duration_us: None,
            detail: None,
            user: None,
            host: None,
            runner_version: None,
            api_version: None,
            sqlite_version: None,
            source_digest: None,
            schema_digest: None,
        }
    }
}

/// How something that happened is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It is in the log.
    Logged,
    /// By the history and the repairs: it was before the log began.
    BeforeTheLog,
    /// The same, and it was later: by a runner that is older than the log, or by hand.
    NotLogged,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A migration was applied.
    Applied,
    /// A migration was reverted.
    Reverted,
    /// A batched migration has changed the schema, and goes on.
    Stage,
    /// A migration was recorded as applied by another tool.
    Imported,
    /// A migration was recorded as applied, in the place of those that it replaces.
    Replaced,
    /// A person repaired the history.
    Repaired(RepairKind),
    /// Views and triggers were made anew as their files say, without a migration.
    Redefined,
    /// The database was backed up before a step.
    BackedUp,
    /// What was kept of a migration was let go of.
    Purged,
    /// A newer runner's word.
    Other(String),
}

impl Happened {
    const OWN: [Self; 8] = [
        Self::Applied,
        Self::Reverted,
        Self::Stage,
        Self::Imported,
        Self::Replaced,
        Self::Redefined,
        Self::BackedUp,
        Self::Purged,
    ];

    /// Its name in the log and in JSON.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Applied => "applied",
            Self::Reverted => "reverted",
            Self::Stage => "stage",
            Self::Imported => "imported",
            Self::Replaced => "replaced",
            Self::Redefined => "redefined",
            Self::Repaired(kind) => kind.word(),
            Self::BackedUp => "backed_up",
            Self::Purged => "purged",
            Self::Other(word) => word,
        }
    }

    /// What has this name.
    pub(super) fn called(word: &str) -> Self {
        let repairs = RepairKind::ALL.map(Self::Repaired);
        let mut all = Self::OWN.into_iter().chain(repairs);
        all.find(|it| it.word() == word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

impl Serialize for Happened {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}
