//! Reads and compresses the libraries that go into a bundle.

use std::io;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use migration_api::abi;

use runner_engine::MigrationId;
use runner_engine::bundle::{Bundled, PackedLibrary, Sized, compress};
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint;
use runner_engine::load::{Artifact, Export, InspectError, Library, brings_sqlite, look_into};
use runner_engine::regular_file;

/// Reads and compresses the libraries of `artifacts`, for whatever machine they are, on all processors.
///
/// # Errors
/// One that cannot be read, is no migration, or brings an SQLite of its own.
pub(super) fn pack_all(artifacts: &[Artifact]) -> Result<Vec<PackedLibrary>, PackError> {
    let Some(first) = artifacts.first() else { return Ok(Vec::new()) };
    let first = read(first)?;
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let share = artifacts.len().div_ceil(processors);
    thread::scope(|scope| {
        let packers: Vec<_> = (0..)
            .zip(artifacts.chunks(share))
            .map(|(place, artifacts)| {
                let first = &first;
                scope.spawn(move || pack_share(artifacts, first, place == 0))
            })
            .collect();
        let mut all = Vec::new();
        for packer in packers {
            all.extend(packer.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(all)
    })
}

/// Packs some libraries, of which the first may be the `first` of all, which has none before it.
fn pack_share(
    artifacts: &[Artifact],
    first: &[u8],
    with_first: bool,
) -> Result<Vec<PackedLibrary>, PackError> {
    let numbered = artifacts.iter().enumerate();
    let pack = |(place, artifact): (usize, &Artifact)| {
        let before = if with_first && place == 0 { &[] } else { first };
        pack_one(artifact, before)
    };
    numbered.map(pack).collect()
}

fn pack_one(artifact: &Artifact, first: &[u8]) -> Result<PackedLibrary, PackError> {
    let id = || artifact.id.clone();
    let fail = |source| PackError::Library { id: id(), source };
    // Of the bytes that are packed, and not of the file, which another build may replace.
    let library = read(artifact)?;
    let head = look_into(&*library, library.len() as u64, Export::Migration, None).map_err(fail)?;
    if let Some(embedded) = head.source {
        embedded.verify(&artifact.source_digest).map_err(fail)?;
    }
    if brings_sqlite(&library) {
        return Err(PackError::BringsSqlite { id: id() });
    }
    let bytes = compress(&library, first)
        .map_err(|source| PackError::Unwritable { path: file(artifact).to_owned(), source })?;
    let bundled = Bundled {
        id: id(),
        source_digest: artifact.source_digest.clone(),
        reversible: head.flags & abi::FLAG_IRREVERSIBLE == 0,
        transactional: head.flags & abi::FLAG_NO_TRANSACTION == 0,
        library: Sized::of(&library),
        packed: Sized::of(&bytes),
    };
    Ok(PackedLibrary { bundled, bytes })
}

fn read(artifact: &Artifact) -> Result<Vec<u8>, PackError> {
    let path = file(artifact);
    regular_file::read(path, regular_file::SOURCE)
        .map_err(|source| PackError::Unreadable { path: path.to_owned(), source })
}

/// Where cargo has put it.
fn file(artifact: &Artifact) -> &Path {
    match &artifact.library {
        Library::File(path) => path,
        Library::Bundled(name) => Path::new(name),
    }
}

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
            Self::Unreadable { .. } | Self::Library { .. } | Self::BringsSqlite { .. } => {
                Exit::Refused
            }
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
            Self::Unwritable { source, .. } => explain::of_io(source, Code::UnwritableFile),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCrates => "take them from the folder of their crates".into(),
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::Library { id, source } => return source.next(|| build_anew(id)),
            Self::BringsSqlite { .. } => "the migration, or a crate it depends on, asks for \
                                          rusqlite's `bundled` or links to SQLite: take that away"
                .into(),
            Self::Unwritable { source, .. } => return hint::writing(source),
        })
    }
}

/// How to get rid of a library that was built for a bundle: `cargo clean` takes the profile and the target
/// from its options.
fn build_anew(id: &MigrationId) -> String {
    let package = id.package();
    format!(
        "`cargo clean --release --package {package}` in the folder of migrations removes it (for another \
         platform `cargo clean --release --target TARGET --package {package}`); then run the command again, \
         which builds it anew"
    )
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for PackError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/game/migrations.bundle");
            each_variant!(PackError:
                NoCrates,
                Unreadable { path: "/srv/game/target/release/libm.so".into(), source: refused() },
                Library { id: messages::id(), source: InspectError::NoExport { export: Export::Migration } },
                Library { id: messages::id(), source: InspectError::Empty },
                BringsSqlite { id: messages::id() },
                Unwritable { path: path(), source: io::ErrorKind::StorageFull.into() },
            )
        }
    }
}
