//! A row of the history.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::MigrationId;

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The migration.
    pub id: MigrationId,
    /// When it was applied. It is shown to people; nothing is ordered by it.
    pub applied_at: Timestamp,
    /// How long its own code ran, in microseconds.
    pub duration_us: u64,
    /// The digest of its source when it was applied.
    pub source_digest: String,
    /// The digest of the database's schema right after it. Every step and repair updates that of the newest
    /// row, which is the schema as the runner left it last.
    pub schema_digest: String,
    /// The version of the runner that applied it.
    pub runner_version: String,
    /// The version of migration-api that it was built with.
    pub api_version: String,
    /// The version of SQLite that ran it.
    pub sqlite_version: String,
    /// The newest migration of the oldest application that may use the database after this one; `None`: only
    /// applications that have this one may.
    pub usable_since: Option<MigrationId>,
    /// The digest of the schema right before it; `None` if it was not run, or by an older runner. If the
    /// migration changed no schema, it stays equal to `schema_digest`, also when that is updated.
    pub schema_before: Option<String>,
    /// The migrations that it replaces, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<MigrationId>,
}

/// What a step wrote about a migration.
#[derive(Debug)]
pub(crate) enum Written {
    /// Its row.
    Row(Box<Record>),
    /// Its row was removed.
    NoRow(MigrationId),
    /// The digest of the schema, in the row of this migration, which is the newest.
    Schema(MigrationId, String),
}

impl Written {
    /// The migration.
    pub(crate) fn id(&self) -> &MigrationId {
        match self {
            Self::Row(record) => &record.id,
            Self::NoRow(id) | Self::Schema(id, _) => id,
        }
    }
}

impl Record {
    /// The row of a migration that this runner applied just now.
    pub(crate) fn now(
        id: MigrationId,
        duration_us: u64,
        source_digest: String,
        schema_digest: String,
        api_version: String,
        usable_since: Option<MigrationId>,
    ) -> Self {
        Self {
            id,
            applied_at: Timestamp::now(),
            duration_us,
            source_digest,
            schema_digest,
            runner_version: env!("CARGO_PKG_VERSION").to_owned(),
            api_version,
            sqlite_version: rusqlite::version().to_owned(),
            usable_since,
            schema_before: None,
            replaces: Vec::new(),
        }
    }

    /// The row of a migration that was recorded as applied without being run: its duration, and the API that it
    /// was built with, are not known.
    pub fn not_run(id: MigrationId, source_digest: String, schema_digest: String) -> Self {
        Self::now(id, 0, source_digest, schema_digest, "unknown".to_owned(), None)
    }
}

#[cfg(test)]
impl Record {
    /// A row with these digests.
    pub(crate) fn example(id: MigrationId, source_digest: &str, schema_digest: &str) -> Self {
        Self {
            id,
            applied_at: Timestamp::UNIX_EPOCH,
            duration_us: 5,
            source_digest: source_digest.to_owned(),
            schema_digest: schema_digest.to_owned(),
            runner_version: String::new(),
            api_version: String::new(),
            sqlite_version: String::new(),
            usable_since: None,
            schema_before: None,
            replaces: Vec::new(),
        }
    }
}
