//! Why a library cannot be used.

use std::path::Path;

use super::artifact::{Artifact, Library};
use super::inspect::{self, InspectError};
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::id::MigrationId;
use crate::loss_name::InvalidLossName;

/// A built file that cannot be used as the migration it should be.
#[derive(Debug, thiserror::Error)]
#[error("cannot load the migration `{id}` from {library}")]
pub struct LoadError {
    /// The migration.
    pub id: MigrationId,
    /// Its library.
    pub library: Library,
    /// Why.
    #[source]
    pub(super) reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Reason {
    #[error(transparent)]
    Inspect(#[from] InspectError),
    #[error("the job that it is to be loaded for has no bundle")]
    NoBundle,
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
    #[error(
        "its `REPLACES` has {} ids, and the plan was made with {planned}: they must be ids of older migrations, \
         oldest first, in a list of texts",
        texts.len()
    )]
    Replaces { texts: Vec<String>, planned: usize },
    #[error("its `LOSES` has `{text}`")]
    Loses { text: String, source: InvalidLossName },
}

impl LoadError {
    /// The file `library` is not the migration `id` that it should be.
    #[doc(hidden)]
    pub fn of(id: &MigrationId, library: &Path, error: InspectError) -> Self {
        let library = Library::File(library.to_owned());
        Self { id: id.clone(), library, reason: Reason::Inspect(error) }
    }

    pub(super) fn new(artifact: &Artifact, reason: Reason) -> Self {
        Self { id: artifact.id.clone(), library: artifact.library.clone(), reason }
    }

    /// The library of `artifact` is in a bundle, and the job has none.
    pub(crate) fn no_bundle(artifact: &Artifact) -> Self {
        Self::new(artifact, Reason::NoBundle)
    }

    /// The system's loader refuses the library of `artifact`.
    pub(crate) fn open(artifact: &Artifact, error: libloading::Error) -> Self {
        Self::new(artifact, Reason::Open(error))
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.reason {
            Reason::Inspect(error) => error.code(),
            Reason::NoBundle => Code::NoLibrary,
            Reason::Open(_) => Code::LibraryNotLoaded,
            Reason::NeedsNewerSqlite { .. } => Code::NewerSqliteNeeded,
            Reason::UnknownFlags { .. } => Code::NewerRunnerNeeded,
            Reason::OtherMigration { .. } => Code::OtherMigration,
            Reason::UsableSince { .. } => Code::BadUsableSince,
            Reason::Replaces { .. } => Code::BadReplaces,
            Reason::Loses { .. } => Code::BadLoses,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        let next = match &self.reason {
            Reason::Inspect(error) => error.hint(&self.id)?,
            Reason::NoBundle => "set `Job::bundle` to the bundle that the job was made from".into(),
            Reason::Open(_) => "is a library that it links to missing on this machine?".into(),
            Reason::NeedsNewerSqlite { .. } | Reason::UnknownFlags { .. } => {
                "use a newer runner, or build the migration with an older `migration-api`".into()
            }
            Reason::OtherMigration { .. } => match self.library {
                Library::File(_) => inspect::build_anew(&self.id),
                Library::Bundled(_) => Hint::from("make the bundle anew with ").and(Action::Bundle),
            },
            Reason::UsableSince { .. } => {
                "name the last migration that the oldest application knows which can use the \
                 database after this one"
                    .into()
            }
            Reason::Replaces { .. } => {
                "write `const REPLACES: &'static [&'static str] = &[\"..\", ..];` in its \
                                        `src/lib.rs`, with the ids themselves and oldest first"
                    .into()
            }
            Reason::Loses { .. } => {
                "write `table` or `table.column` there, with names as they are before the migration, and as in SQL those \
                 with a dot or a quote in them"
                    .into()
            }
        };
        // All are loaded before the first runs.
        Some(Hint::from("nothing was changed; ").and(next))
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
            let file = "/srv/game/migrations/target/release/libm20250106_090000_add_level.so";
            let of = |library: Library| {
                move |reason| Self { id: messages::id(), library: library.clone(), reason }
            };
            let bundled = Library::Bundled("`/srv/game/migrations.bundle`".into());
            let refused = Reason::Open(libloading::Error::DlOpenUnknown);
            let mut examples: Vec<_> =
                Reason::examples().into_iter().map(of(Library::File(file.into()))).collect();
            let other = Reason::OtherMigration { found: messages::other_id().to_string() };
            examples.extend([refused, other].map(of(bundled)));
            examples
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            let mut examples = each_variant!(Reason:
                Inspect(InspectError::example()),
                NoBundle,
                Open(libloading::Error::DlOpenUnknown),
                NeedsNewerSqlite { needed: 3_099_000 },
                UnknownFlags { api: "9.0.0".into() },
                OtherMigration { found: messages::other_id().to_string() },
                UsableSince { text: "20250105_090000".into() },
                Replaces { texts: vec![messages::id().to_string()], planned: 0 },
                Loses {
                    text: "player.note.old".into(),
                    source: InvalidLossName::example(),
                },
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
