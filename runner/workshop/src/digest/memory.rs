//! A cache of digests of crates, keyed by the sizes and times of their files, and its file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::stamp::{Root, Stamp};
use crate::cargo::file_in_target;
use runner_engine::MigrationId;
use runner_engine::partial_file::{self, Readers};
use runner_engine::regular_file;

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

/// Folders and files of a crate, relative to its own folder: one text, which is read without a copy. No path
/// from a listing holds two slashes in a row.
#[derive(Serialize, Deserialize)]
pub(super) struct Paths<'m>(#[serde(borrow)] Cow<'m, str>);

const BETWEEN: &str = "//";

impl Paths<'_> {
    /// `None`: one is no UTF-8, and is not to be remembered.
    pub(super) fn join<'p>(paths: impl Iterator<Item = &'p Path>) -> Option<Self> {
        let paths: Option<Vec<&str>> = paths.map(Path::to_str).collect();
        Some(Self(paths?.join(BETWEEN).into()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(BETWEEN)
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
        Self::at(file_in_target(workspace, "digests", "bin"))
    }

    /// A file that is not there is as good as an empty one.
    pub(super) fn at(place: PathBuf) -> Self {
        let content = regular_file::read(&place, regular_file::TEXT).unwrap_or_default();
        Self { place, content }
    }

    /// What it holds; nothing if it is damaged, or an older or newer runner's.
    pub(super) fn read(&self) -> Memory<'_> {
        let crates = self
            .content
            .split_first_chunk()
            .filter(|(sum, crates)| u64::from_le_bytes(**sum) == checksum(crates))
            .and_then(|(_, crates)| serde_json::from_slice(crates).ok());
        Memory { crates: crates.unwrap_or_default() }
    }

    /// Puts `memory` in the place of what is there, whole or not at all.
    pub(super) fn write(&self, memory: &Memory<'_>) -> io::Result<()> {
        let crates = serde_json::to_vec(&memory.crates).map_err(io::Error::other)?;
        let folder = self.place.parent().unwrap_or(Path::new("."));
        let file = partial_file::create(folder, Readers::Owner)?;
        fs::write(&file, [checksum(&crates).to_le_bytes().as_slice(), &crates].concat())?;
        file.persist(&self.place)?;
        Ok(())
    }
}

/// A sum by which damage is found, and what another version wrote: it may sum up crates otherwise.
fn checksum(crates: &[u8]) -> u64 {
    let mut sum = DefaultHasher::new();
    sum.write(env!("CARGO_PKG_VERSION").as_bytes());
    sum.write(crates);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_in_an_older_form_counts_as_none_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("memory");
        let older = b"\x01\x05an_id\x06digest\x07\x00".as_slice();
        fs::write(&place, [checksum(older).to_le_bytes().as_slice(), older].concat()).unwrap();
        let file = MemoryFile::at(place.clone());
        assert!(file.read().crates.is_empty());

        let paths = ["", "src", "src/a \"quoted\" name.rs"].map(Path::new);
        let (id, digest) = ("20250101_000000_a".into(), "digest".into());
        let paths_of = Paths::join(paths.into_iter()).unwrap();
        let learned = Remembered { id, digest, stamp: u64::MAX, paths: paths_of };
        file.write(&file.read().with(vec![learned])).unwrap();
        let file = MemoryFile::at(place);
        let memory = file.read();
        assert_eq!(memory.crates[0].stamp, u64::MAX);
        assert!(memory.crates[0].paths.iter().map(Path::new).eq(paths));
    }
}
