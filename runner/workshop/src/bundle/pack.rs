//! Reads and compresses the libraries that go into a bundle.

use std::mem;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use crate::error::PackError;
use migration_api::abi;

use runner_engine::Verdicts;
use runner_engine::bundle::{Bundled, PackedLibrary, Sized, compress, with_source, with_verdicts};
use runner_engine::load::{Artifact, Export, Library, brings_sqlite, look_into};
use runner_engine::regular_file;

/// Reads and compresses the libraries of `artifacts`, for whatever machine they are, on all processors, and adds what
/// `verdicts` there are of their sources.
///
/// # Errors
/// One that cannot be read, is no migration, or brings an SQLite of its own.
pub(super) fn pack_all(
    artifacts: &[Artifact],
    verdicts: &Verdicts,
) -> Result<Vec<PackedLibrary>, PackError> {
    let mut all = pack_libraries(artifacts)?;
    if let Some(last) = all.last_mut() {
        let sources = artifacts.iter().map(|it| (&it.id, it.source_digest.as_str()));
        let bytes = with_verdicts(mem::take(&mut last.bytes), &verdicts.timeless(sources));
        last.bundled.packed = Sized::of(&bytes);
        last.bytes = bytes;
    }
    Ok(all)
}

fn pack_libraries(artifacts: &[Artifact]) -> Result<Vec<PackedLibrary>, PackError> {
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
    let head = look_into(&*library, library.len() as u64, Export::MIGRATION, None).map_err(fail)?;
    if let Some(embedded) = head.source {
        embedded.verify(&artifact.source_digest).map_err(fail)?;
    }
    // Compared with each other when it is loaded; here it is known only whether it replaces any.
    if (head.flags & abi::FLAG_REPLACES != 0) == artifact.replaces.is_empty() {
        return Err(PackError::Replaces { id: id() });
    }
    if brings_sqlite(&library) {
        return Err(PackError::BringsSqlite { id: id() });
    }
    let bytes = compress(&library, first)
        .map_err(|source| PackError::Unwritable { path: file(artifact).to_owned(), source })?;
    let bytes = match &artifact.text {
        Some(source) => with_source(bytes, source),
        None => bytes,
    };
    let bundled = Bundled {
        id: id(),
        source_digest: artifact.source_digest.clone(),
        reversible: head.flags & abi::FLAG_IRREVERSIBLE == 0,
        transactional: head.flags & abi::FLAG_NO_TRANSACTION == 0,
        replaces: artifact.replaces.clone(),
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
