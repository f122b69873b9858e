//! Why a library cannot be used.

use std::path::{Path, PathBuf};

use super::inspect::{self, InspectError};
use crate::explain::Code;
use crate::id::MigrationId;

/// A built file that cannot be used as the migration it should be.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the migration `{id}` from `{}`", library.display())]
pub struct LoadError {
    /// The migration.
    pub id: MigrationId,
    /// Its file.
    pub library: PathBuf,
    /// Why.
    #[source]
    pub(super) reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Reason {
    #[error(transparent)]
    Inspect(#[from] InspectError),
    #[error("the system's loader refuses it")]
    Open(#[source] libloading::Error),
    #[error(
        "it needs SQLite {} or newer, and this runner holds {}",
        version(*needed), rusqlite::version()
    )]
    NeedsNewerSqlite { needed: u32 },
    #[error(
        "it was built with `migration-api` {api} and asks for something that this runner ({}) does not know",
        env!("CARGO_PKG_VERSION")
    )]
    UnknownFlags { api: String },
    #[error("it says that it is the migration `{found}`")]
    OtherMigration { found: String },
    #[error("its `USABLE_SINCE` is `{text}`, which is no id of a migration before it")]
    UsableSince { text: String },
}

impl LoadError {
    /// The file `library` is not the migration `id` that it should be.
    pub(crate) fn of(id: &MigrationId, library: &Path, error: InspectError) -> Self {
        let reason = Reason::Inspect(error);
        Self { id: id.clone(), library: library.to_owned(), reason }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.reason {
            Reason::Inspect(error) => error.code(),
            Reason::Open(_) => Code::LibraryNotLoaded,
            Reason::NeedsNewerSqlite { .. } => Code::NewerSqliteNeeded,
            Reason::UnknownFlags { .. } => Code::NewerRunnerNeeded,
            Reason::OtherMigration { .. } => Code::OtherMigration,
            Reason::UsableSince { .. } => Code::BadUsableSince,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let next = match &self.reason {
            Reason::Inspect(error) => error.hint(&self.id)?,
            Reason::Open(_) => "is a library that it links to missing on this machine?".into(),
            Reason::NeedsNewerSqlite { .. } | Reason::UnknownFlags { .. } => {
                "use a newer runner, or build the migration with an older `migration-api`".into()
            }
            Reason::OtherMigration { .. } => inspect::build_anew(&self.id),
            Reason::UsableSince { .. } => {
                "name the last migration that the oldest application knows which can use the \
                 database after this one"
                    .into()
            }
        };
        // All are loaded before the first runs.
        Some(format!("nothing was changed; {next}"))
    }
}

/// `3054001` as `3.54.1`.
fn version(number: u32) -> String {
    format!("{}.{}.{}", number / 1_000_000, number / 1000 % 1000, number % 1000)
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for LoadError {
        fn examples() -> Vec<Self> {
            let library = "/srv/game/migrations/target/release/libm20250106_090000_add_level.so";
            Reason::examples()
                .into_iter()
                .map(|reason| Self { id: messages::id(), library: library.into(), reason })
                .collect()
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            let mut examples = each_variant!(Reason:
                Inspect(InspectError::example()),
                Open(libloading::Error::DlOpenUnknown),
                NeedsNewerSqlite { needed: 3_099_000 },
                UnknownFlags { api: "9.0.0".into() },
                OtherMigration { found: messages::other_id().to_string() },
                UsableSince { text: "20250105_090000".into() },
            );
            examples.extend(InspectError::others().map(Self::Inspect));
            examples
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_versions_read_as_people_write_them() {
        assert_eq!(version(3_054_001), "3.54.1");
    }
}
