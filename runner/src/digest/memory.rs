//! The digests of many crates, remembered by the size and time of their files: a crate that did not
//! change costs a `stat` for each of its files and folders, and is not read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fs, io, thread};

use serde::{Deserialize, Serialize};

use super::SourceError;
use super::source::{self, Listing};
use super::stamp::{Root, Stamp};
use super::sum::Sum;
use crate::discover::Source;
use crate::id::MigrationId;

/// What is remembered of some crates, and is still so.
pub(crate) struct Recalled {
    memory: Memory,
    /// The workspace.
    root: io::Result<Root>,
    /// The file that the memory is in.
    place: PathBuf,
    /// When the crates were looked at.
    now: SystemTime,
    digests: BTreeMap<MigrationId, String>,
}

impl Recalled {
    /// Recalls what it can of `sources`, crates of the cargo workspace `workspace`, on all processors:
    /// the file system answers them side by side.
    ///
    /// The memory is a file in cargo's target folder, once there is one. Where it is not, or is
    /// damaged, nothing is recalled.
    pub(crate) fn of(workspace: &Path, sources: &[Source]) -> Self {
        Self::at(workspace, place(workspace), sources, SystemTime::now())
    }

    /// As [`Self::of`], with the memory in the file `place`, at the time `now`.
    fn at(workspace: &Path, place: PathBuf, sources: &[Source], now: SystemTime) -> Self {
        let root = Root::open(workspace);
        let memory = Memory::read(&fs::read(&place).unwrap_or_default());
        // Few are done before a thread has begun.
        const WORTH_A_THREAD: usize = 100;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let part = sources.len().div_ceil(processors).max(WORTH_A_THREAD);
        let digests = thread::scope(|scope| {
            let parts: Vec<_> = sources
                .chunks(part)
                .map(|sources| scope.spawn(|| memory.recall(root.as_ref().ok(), sources)))
                .collect();
            parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
        });
        Self { memory, root, place, now, digests }
    }

    /// The digests of at least `needed`. What was not recalled is read, and remembered if it can be.
    ///
    /// # Errors
    /// A crate's file that cannot be read.
    pub(crate) fn complete<'s>(
        mut self,
        needed: impl Iterator<Item = &'s Source>,
    ) -> Result<BTreeMap<MigrationId, String>, SourceError> {
        let mut learned = false;
        for source in needed {
            if self.digests.contains_key(&source.id) {
                continue;
            }
            let (digest, remembered) = look(self.root.as_ref().ok(), source, self.now)?;
            if let Some(remembered) = remembered {
                self.memory.crates.insert(source.id.to_string(), remembered);
                learned = true;
            }
            self.digests.insert(source.id.clone(), digest);
        }
        if learned {
            // It only saves time.
            let _ = self.memory.write(&self.place);
        }
        Ok(self.digests)
    }
}

/// Reads a crate. It is to be remembered if a change since `now` would show.
fn look(
    root: Option<&Root>,
    source: &Source,
    now: SystemTime,
) -> Result<(String, Option<Remembered>), SourceError> {
    let listing = Listing::of(&source.folder)?;
    let paths = || listing.folders.iter().chain(&listing.files).map(PathBuf::as_path);
    // Before it is read: what changes after this has a later time.
    let stamp = root.and_then(|root| Stamp::of(root, source.id.as_str(), paths()).ok());
    let digest = source::digest(&source.folder, &listing)?;
    let settled = stamp.filter(|stamp| stamp.was_settled_at(now));
    let texts = paths().map(|path| path.to_str().map(str::to_owned)).collect::<Option<_>>();
    let remembered = settled.zip(texts).map(|(stamp, paths)| Remembered {
        digest: digest.clone(),
        stamp: stamp.sum,
        paths,
    });
    Ok((digest, remembered))
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Memory {
    /// The runner that wrote it: another may sum up otherwise.
    version: String,
    /// By the name of their folders.
    crates: BTreeMap<String, Remembered>,
}

/// A crate as it was when its digest was taken.
#[derive(Serialize, Deserialize)]
struct Remembered {
    digest: String,
    stamp: u64,
    /// Its folders and files.
    paths: Vec<String>,
}

impl Remembered {
    /// The digest, if the crate is as it was.
    fn recall(&self, root: &Root, source: &Source) -> Option<String> {
        let paths = self.paths.iter().map(Path::new);
        let stamp = Stamp::of(root, source.id.as_str(), paths).ok()?;
        (stamp.sum == self.stamp).then(|| self.digest.clone())
    }
}

impl Memory {
    /// What `bytes` hold, or nothing.
    fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|memory: &Self| memory.version == VERSION)
            .unwrap_or_else(|| Self { version: VERSION.into(), crates: BTreeMap::new() })
    }

    /// The digests of those of `sources` that are as they were.
    fn recall(&self, root: Option<&Root>, sources: &[Source]) -> Vec<(MigrationId, String)> {
        let recall = |source: &Source| {
            let digest = self.crates.get(source.id.as_str())?.recall(root?, source)?;
            Some((source.id.clone(), digest))
        };
        sources.iter().filter_map(recall).collect()
    }

    /// Puts it in the place of what is there, whole or not at all.
    fn write(&self, place: &Path) -> io::Result<()> {
        let folder = place.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(io::BufWriter::new(&mut file), self)?;
        file.persist(place)?;
        Ok(())
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The file for `workspace`. Several workspaces may have one target folder.
fn place(workspace: &Path) -> PathBuf {
    let named = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]
        .into_iter()
        .find_map(|name| env::var_os(name).filter(|folder| !folder.is_empty()));
    // Cargo runs in the workspace, so a relative path is relative to it.
    let target = workspace.join(named.unwrap_or_else(|| "target".into()));
    let mut sum = Sum::new();
    let absolute = fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_owned());
    sum.part(absolute.as_os_str().as_encoded_bytes());
    target.join(format!("runner-digests-{:.16}.json", sum.hex()))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    const ID: &str = "20250101_000000_a";
    const SOURCE: &str = "src/lib.rs";
    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// A workspace with one crate, and a memory beside it.
    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            let place = Self { folder: tempfile::tempdir().unwrap() };
            fs::create_dir_all(place.crate_().join("src")).unwrap();
            place.write(SOURCE, "fn a() {}");
            place
        }

        fn crate_(&self) -> PathBuf {
            self.folder.path().join(ID)
        }

        fn write(&self, path: &str, text: &str) {
            fs::write(self.crate_().join(path), text).unwrap();
        }

        fn memory(&self) -> PathBuf {
            self.folder.path().join("memory.json")
        }

        /// The digest as it would be told at `now`.
        fn digest_at(&self, now: SystemTime) -> String {
            let source = Source { id: ID.parse().unwrap(), folder: self.crate_() };
            let sources = std::slice::from_ref(&source);
            let recalled = Recalled::at(self.folder.path(), self.memory(), sources, now);
            recalled.complete(sources.iter()).unwrap().into_values().next().unwrap()
        }

        /// Writes another digest into the memory, which tells whether it is believed.
        fn forge(&self) {
            let text = fs::read_to_string(self.memory()).unwrap();
            let (before, rest) = text.split_once("\"digest\":\"").unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            let forged = format!("{before}\"digest\":\"forged\"{after}");
            fs::write(self.memory(), forged).unwrap();
        }
    }

    #[test]
    fn a_crate_that_did_not_change_is_not_read_again() {
        let place = Place::new();
        let tomorrow = SystemTime::now() + DAY;
        let digest = place.digest_at(tomorrow);
        assert_eq!(digest, source::source(&place.crate_()).unwrap());
        place.forge();
        assert_eq!(place.digest_at(tomorrow), "forged");
    }

    #[test]
    fn a_file_that_is_changed_new_renamed_or_gone_is_noticed() {
        let changes: [fn(&Place); 5] = [
            |place| place.write(SOURCE, "fn b() {}"),
            |place| place.write("src/new.rs", ""),
            |place| place.write("new.sql", ""),
            |place| fs::rename(place.crate_().join("src"), place.crate_().join("other")).unwrap(),
            |place| fs::remove_file(place.crate_().join(SOURCE)).unwrap(),
        ];
        for change in changes {
            let place = Place::new();
            let tomorrow = SystemTime::now() + DAY;
            place.digest_at(tomorrow);
            place.forge();
            change(&place);
            assert_eq!(place.digest_at(tomorrow), source::source(&place.crate_()).unwrap());
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_of_the_same_size_whose_time_was_set_back_is_noticed() {
        let place = Place::new();
        let tomorrow = SystemTime::now() + DAY;
        let file = || File::options().write(true).open(place.crate_().join(SOURCE)).unwrap();
        let time = file().metadata().unwrap().modified().unwrap();
        place.digest_at(tomorrow);
        place.forge();
        place.write(SOURCE, "fn b() {}");
        file().set_modified(time).unwrap();
        assert_eq!(place.digest_at(tomorrow), source::source(&place.crate_()).unwrap());
    }

    #[test]
    fn a_crate_that_was_changed_a_moment_ago_is_not_remembered() {
        let place = Place::new();
        place.digest_at(SystemTime::now());
        assert!(!place.memory().exists());
        place.digest_at(SystemTime::now() + DAY);
        assert!(place.memory().exists());
    }

    #[test]
    fn a_damaged_or_foreign_memory_is_replaced_and_one_that_cannot_be_written_is_no_error() {
        let tomorrow = SystemTime::now() + DAY;
        let foreign = r#"{"version":"0","crates":{}}"#;
        for content in ["", "{", "[1]", "\0\0\0", foreign] {
            let place = Place::new();
            fs::write(place.memory(), content).unwrap();
            let digest = place.digest_at(tomorrow);
            assert_eq!(digest, source::source(&place.crate_()).unwrap());
            place.forge();
            assert_eq!(place.digest_at(tomorrow), "forged");
        }
        let place = Place::new();
        fs::create_dir(place.memory()).unwrap();
        assert_eq!(place.digest_at(tomorrow), source::source(&place.crate_()).unwrap());
    }
}
