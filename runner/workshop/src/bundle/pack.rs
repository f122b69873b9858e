//! Writes a bundle: the counterpart of `open.rs` and `unpack.rs`.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use migration_api::abi;

use super::compress::compress;
use super::layout::{
    DIGEST_NAME, DIGEST_SIZE, END, MANIFEST_NAME, digest_line, header, name, padding,
};
use super::manifest::{Bundled, Manifest, Sized, sha256};
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint;
use crate::id::MigrationId;
use crate::load::{Artifact, Export, InspectError, Library, brings_sqlite, look_into};
use crate::regular_file;
use crate::whole_file;

/// A library as it goes into a bundle.
pub(super) struct Packed {
    pub(super) bundled: Bundled,
    pub(super) bytes: Vec<u8>,
}

/// Reads and compresses the libraries of `artifacts`, for whatever machine they are, on all processors.
///
/// # Errors
/// One that cannot be read, is no migration, or brings an SQLite of its own.
pub(super) fn pack_all(artifacts: &[Artifact]) -> Result<Vec<Packed>, PackError> {
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
) -> Result<Vec<Packed>, PackError> {
    let numbered = artifacts.iter().enumerate();
    let pack = |(place, artifact): (usize, &Artifact)| {
        let before = if with_first && place == 0 { &[] } else { first };
        pack_one(artifact, before)
    };
    numbered.map(pack).collect()
}

fn pack_one(artifact: &Artifact, first: &[u8]) -> Result<Packed, PackError> {
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
    Ok(Packed { bundled, bytes })
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

/// Writes a bundle to `path`, in the place of what is there, whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn write(path: &Path, manifest: &Manifest, all: &[Packed]) -> Result<(), PackError> {
    let fail = |source| PackError::Unwritable { path: path.to_owned(), source };
    let fill = |file: &mut File| {
        let mut written = io::BufWriter::new(file);
        write_to(&mut written, manifest, all)?;
        written.flush()
    };
    whole_file::write_with(path, fill).map_err(fail)
}

fn write_to(to: &mut impl Write, manifest: &Manifest, all: &[Packed]) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(manifest)?;
    text.push(b'\n');
    let line = digest_line(&sha256(&text));
    debug_assert_eq!(line.len() as u64, DIGEST_SIZE);
    entry(to, DIGEST_NAME, line.as_bytes())?;
    entry(to, MANIFEST_NAME, &text)?;
    for packed in all {
        entry(to, &name(&packed.bundled), &packed.bytes)?;
    }
    zeros(to, END)
}

fn entry(to: &mut impl Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    let size = bytes.len() as u64;
    to.write_all(&header(name, size))?;
    to.write_all(bytes)?;
    zeros(to, padding(size))
}

fn zeros(to: &mut impl Write, count: u64) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0), count), to).map(|_| ())
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
