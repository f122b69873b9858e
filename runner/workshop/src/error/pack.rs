//! Why no bundle was made.

use std::io;
use std::path::PathBuf;

use runner_engine::MigrationId;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Hint};
use runner_engine::load::InspectError;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The migrations come from a bundle.
    #[error("a bundle is made of migrations that have crates, and these come from a bundle")]
    NoCrates,
    /// A built library cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A built library is no migration.
    #[error("the library of `{id}` cannot be used")]
    Library {
        /// The migration.
        id: MigrationId,
        /// Why.
        source: InspectError,
    },
    /// A library with an SQLite in it: two in one process lose each other's locks.
    #[error("the library of `{id}` brings an SQLite of its own")]
    BringsSqlite {
        /// The migration.
        id: MigrationId,
    },
    /// What it replaces cannot be read in its source.
    #[error("what `{id}` replaces cannot be read in its `src/lib.rs`")]
    Replaces {
        /// The migration.
        id: MigrationId,
    },
    /// The bundle cannot be written.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl PackError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoCrates => Exit::Usage,
            Self::Unreadable { .. }
            | Self::Library { .. }
            | Self::BringsSqlite { .. }
            | Self::Replaces { .. } => Exit::Refused,
            Self::Unwritable { source, .. } => exit::of_writing(source),
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoCrates => Code::BadArguments,
            Self::Unreadable { .. } => Code::LibraryUnreadable,
            Self::Library { source, .. } => source.code(),
            Self::BringsSqlite { .. } => Code::OwnSqlite,
            Self::Replaces { .. } => Code::BadReplaces,
            Self::Unwritable { source, .. } => explain::of_io(source, Code::UnwritableFile),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoCrates => "take them from the folder of their crates".into(),
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::Library { id, source } => return source.next(|| build_anew(id)),
            Self::BringsSqlite { .. } => "the migration, or a crate it depends on, asks for \
                                          rusqlite's `bundled` or links to SQLite: take that away"
                .into(),
            Self::Replaces { .. } => "write `REPLACES` there as a list of ids, each a text".into(),
            Self::Unwritable { source, .. } => return hint::writing(source),
        })
    }
}

/// How to get rid of a library that was built for a bundle: `cargo clean` takes the profile and the target
/// from its options.
fn build_anew(id: &MigrationId) -> Hint {
    let package = id.package();
    format!(
        "`cargo clean --release --package {package}` in the folder of migrations removes it (for another \
         platform `cargo clean --release --target TARGET --package {package}`); then run the command again, \
         which builds it anew"
    ).into()
}

#[cfg(test)]
mod examples {
    use runner_engine::load::Export;

    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for PackError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/game/migrations.bundle");
            each_variant!(PackError:
                NoCrates,
                Unreadable { path: "/srv/game/target/release/libm.so".into(), source: refused() },
                Library { id: messages::id(), source: InspectError::NoExport { export: Export::MIGRATION } },
                Library { id: messages::id(), source: InspectError::Empty },
                BringsSqlite { id: messages::id() },
                Replaces { id: messages::id() },
                Unwritable { path: path(), source: io::ErrorKind::StorageFull.into() },
            )
        }
    }
}
