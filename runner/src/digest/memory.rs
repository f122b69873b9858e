//! Digests of crates, remembered by the sizes and times of their files, and the file for that.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use super::stamp::{Root, Stamp};
use super::sum::Sum;
use crate::id::MigrationId;
use crate::partial_file::{self, Readers};
use crate::regular_file;

/// What is remembered.
pub(super) struct Memory<'m> {
    /// In ascending order of their ids.
    pub(super) crates: Vec<Remembered<'m>>,
}

/// A crate as it was when its digest was taken. It borrows from the file: there may be thousands.
#[derive(Serialize, Deserialize)]
pub(super) struct Remembered<'m> {
    #[serde(borrow)]
    pub(super) id: Cow<'m, str>,
    #[serde(borrow)]
    pub(super) digest: Cow<'m, str>,
    /// The sum of a [`Stamp`].
    pub(super) stamp: u64,
    #[serde(borrow)]
    pub(super) paths: Paths<'m>,
}

/// Folders and files of a crate, relative to its own folder: one text, as no path holds a NUL.
#[derive(Serialize, Deserialize)]
pub(super) struct Paths<'m>(#[serde(borrow)] Cow<'m, str>);

impl Paths<'_> {
    /// `None`: one is no UTF-8, and is not to be remembered.
    pub(super) fn join<'p>(paths: impl Iterator<Item = &'p Path>) -> Option<Self> {
        let paths: Option<Vec<&str>> = paths.map(Path::to_str).collect();
        Some(Self(paths?.join("\0").into()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split('\0')
    }
}

impl<'m> Memory<'m> {
    /// The place of the crate `id`, if it is as it was.
    pub(super) fn recall(&self, root: &Root, id: &MigrationId) -> Option<usize> {
        let id = id.as_str();
        let place = self.crates.binary_search_by(|known| (*known.id).cmp(id)).ok()?;
        let known = &self.crates[place];
        let stamp = Stamp::of(root, id, known.paths.iter()).ok()?;
        (stamp.sum == known.stamp).then_some(place)
    }

    /// The same with what was `learned`.
    pub(super) fn with(self, learned: Vec<Remembered<'m>>) -> Self {
        let crates = self.crates.into_iter().chain(learned);
        let crates: BTreeMap<_, _> = crates.map(|known| (known.id.clone(), known)).collect();
        Self { crates: crates.into_values().collect() }
    }
}

/// The file, and what was in it when it was opened.
pub(crate) struct MemoryFile {
    place: PathBuf,
    content: Vec<u8>,
}

impl MemoryFile {
    /// The file for `workspace`, in cargo's target folder, once there is one.
    pub(crate) fn of(workspace: &Path) -> Self {
        Self::at(place(workspace))
    }

    /// A file that is not there is as good as an empty one.
    pub(super) fn at(place: PathBuf) -> Self {
        let content = regular_file::read(&place, regular_file::TEXT).unwrap_or_default();
        Self { place, content }
    }

    /// What it holds; nothing if it is damaged, or another runner's.
    pub(super) fn read(&self) -> Memory<'_> {
        let crates = self
            .content
            .split_first_chunk()
            .filter(|(sum, crates)| u64::from_le_bytes(**sum) == checksum(crates))
            .and_then(|(_, crates)| postcard::from_bytes(crates).ok());
        Memory { crates: crates.unwrap_or_default() }
    }

    /// Puts `memory` in the place of what is there, whole or not at all.
    pub(super) fn write(&self, memory: &Memory<'_>) -> io::Result<()> {
        let crates = postcard::to_allocvec(&memory.crates).map_err(io::Error::other)?;
        let folder = self.place.parent().unwrap_or(Path::new("."));
        let file = partial_file::create(folder, Readers::Owner)?;
        fs::write(&file, [checksum(&crates).to_le_bytes().as_slice(), &crates].concat())?;
        file.persist(&self.place)?;
        Ok(())
    }
}

/// A sum by which damage is told, and what another version wrote: it may sum up crates otherwise.
fn checksum(crates: &[u8]) -> u64 {
    let mut sum = DefaultHasher::new();
    sum.write(env!("CARGO_PKG_VERSION").as_bytes());
    sum.write(crates);
    sum.finish()
}

/// Several workspaces may have one target folder.
fn place(workspace: &Path) -> PathBuf {
    let named = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
        .into_iter()
        .find_map(|name| env::var_os(name).filter(|folder| !folder.is_empty()));
    // Cargo runs in the workspace, so a relative path is relative to it.
    let target = workspace.join(named.unwrap_or_else(|| "target".into()));
    let mut sum = Sum::new();
    let absolute = fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_owned());
    sum.part(absolute.as_os_str().as_encoded_bytes());
    target.join(format!("runner-digests-{:.16}.bin", sum.hex()))
}
