//! The digests of many crates: taken from the cache where a crate is unchanged, which costs a `stat`
//! for each of its files and folders, and computed where it is not.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use super::SourceError;
use super::listing::Listing;
use super::memory::{Memory, MemoryFile, Paths, Remembered};
use super::source;
use super::stamp::{Root, Stamp};
use crate::discover::Source;
use runner_engine::MigrationId;

/// The work of recalling: any number of threads may take part in it.
pub(crate) struct Recall<'p> {
    file: &'p MemoryFile,
    memory: Memory<'p>,
    /// The workspace.
    root: io::Result<Root>,
    sources: &'p [Source],
    /// When the crates are looked at.
    now: SystemTime,
    /// The first of `sources` that nobody has taken.
    next: AtomicUsize,
    /// The crates that are as they were, and where they are in the memory.
    unchanged: Mutex<Vec<(&'p MigrationId, usize)>>,
}

impl<'p> Recall<'p> {
    /// Is to recall what `file` has of `sources`, crates of the cargo workspace `workspace`.
    pub(crate) fn new(file: &'p MemoryFile, workspace: &Path, sources: &'p [Source]) -> Self {
        Self::at(file, workspace, sources, SystemTime::now())
    }

    /// As [`Self::new`], at the time `now`.
    fn at(file: &'p MemoryFile, workspace: &Path, sources: &'p [Source], now: SystemTime) -> Self {
        Self {
            file,
            memory: file.read(),
            root: Root::open(workspace),
            sources,
            now,
            next: AtomicUsize::new(0),
            unchanged: Mutex::default(),
        }
    }

    /// Looks at crates until none is left that nobody has taken. Who comes late, or waits long for a
    /// processor, holds up nobody.
    pub(crate) fn work(&self) {
        const AT_ONCE: usize = 32;
        let Ok(root) = &self.root else { return };
        loop {
            let start = self.next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let Some(left) = self.sources.get(start..) else { return };
            let taken = &left[..left.len().min(AT_ONCE)];
            let unchanged: Vec<_> = taken
                .iter()
                .filter_map(|source| Some((&source.id, self.memory.recall(root, &source.id)?)))
                .collect();
            self.unchanged.lock().unwrap_or_else(PoisonError::into_inner).extend(unchanged);
        }
    }

    /// When the work is done: the digests of at least `needed`. What was not recalled is read, and
    /// remembered if it can be.
    ///
    /// # Errors
    /// A crate's file that cannot be read.
    pub(crate) fn complete<'s>(
        self,
        needed: impl Iterator<Item = &'s Source>,
    ) -> Result<BTreeMap<MigrationId, String>, SourceError> {
        let unchanged = self.unchanged.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut digests: BTreeMap<MigrationId, String> = unchanged
            .into_iter()
            .map(|(id, place)| (id.clone(), self.memory.crates[place].digest.to_string()))
            .collect();
        let mut learned = Vec::new();
        for source in needed {
            // Only what is needed is read: to recall the others cost a `stat`, to read one costs all its files.
            if digests.contains_key(&source.id) {
                continue;
            }
            let (digest, remembered) = look(self.root.as_ref().ok(), source, self.now)?;
            learned.extend(remembered);
            digests.insert(source.id.clone(), digest);
        }
        if !learned.is_empty() {
            // It only saves time, so a folder that cannot be written is no error.
            let _ = self.file.write(&self.memory.with(learned));
        }
        Ok(digests)
    }
}

/// Reads a crate. It is to be remembered if a change since `now` would show.
fn look(
    root: Option<&Root>,
    source: &Source,
    now: SystemTime,
) -> Result<(String, Option<Remembered<'static>>), SourceError> {
    let listing = Listing::of(&source.folder)?;
    // Before it is read: what changes after this has a later time.
    let stamped = Paths::join(listing.paths()).and_then(|paths| {
        let stamp = Stamp::of(root?, source.id.as_str(), paths.iter()).ok()?;
        stamp.would_show_change_since(now).then_some((stamp.sum, paths))
    });
    let digest = source::digest(&source.folder, &listing, |_, _| ())?;
    let remembered = stamped.map(|(stamp, paths)| Remembered {
        id: source.id.to_string().into(),
        digest: digest.clone().into(),
        stamp,
        paths,
    });
    Ok((digest, remembered))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    const ID: &str = "20250101_000000_a";
    const SOURCE: &str = "src/lib.rs";
    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// A workspace with one crate, and a memory beside it.
    struct Crate {
        folder: tempfile::TempDir,
    }

    impl Crate {
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
            self.folder.path().join("memory")
        }

        /// The digest as it would be told at `now`.
        fn digest_at(&self, now: SystemTime) -> String {
            let source = Source { id: ID.parse().unwrap(), folder: self.crate_() };
            let sources = std::slice::from_ref(&source);
            let file = MemoryFile::at(self.memory());
            let recall = Recall::at(&file, self.folder.path(), sources, now);
            recall.work();
            recall.complete(sources.iter()).unwrap().into_values().next().unwrap()
        }

        /// Writes another digest into the memory, which tells whether it is believed.
        fn forge(&self) {
            let file = MemoryFile::at(self.memory());
            let mut memory = file.read();
            memory.crates[0].digest = "forged".into();
            file.write(&memory).unwrap();
        }
    }

    #[test]
    fn a_crate_that_did_not_change_is_not_read_again() {
        let place = Crate::new();
        let tomorrow = SystemTime::now() + DAY;
        let digest = place.digest_at(tomorrow);
        assert_eq!(digest, source::source(&place.crate_()).unwrap());
        place.forge();
        assert_eq!(place.digest_at(tomorrow), "forged");
    }

    #[test]
    fn a_file_that_is_changed_new_renamed_or_gone_is_noticed() {
        let changes: [fn(&Crate); 5] = [
            |place| place.write(SOURCE, "fn b() {}"),
            |place| place.write("src/new.rs", ""),
            |place| place.write("new.sql", ""),
            |place| fs::rename(place.crate_().join("src"), place.crate_().join("other")).unwrap(),
            |place| fs::remove_file(place.crate_().join(SOURCE)).unwrap(),
        ];
        for change in changes {
            let place = Crate::new();
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
        let place = Crate::new();
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
        let place = Crate::new();
        place.digest_at(SystemTime::now());
        assert!(!place.memory().exists());
        place.digest_at(SystemTime::now() + DAY);
        assert!(place.memory().exists());
    }

    #[test]
    fn a_damaged_or_foreign_memory_is_replaced() {
        let tomorrow = SystemTime::now() + DAY;
        let damages: [fn(&mut Vec<u8>); 6] = [
            |content| content.clear(),
            |content| content.truncate(7),
            |content| content.truncate(content.len() - 1),
            |content| content.push(0),
            |content| content[20] ^= 1,
            |content| *content = br#"{"version":"0","crates":{}}"#.to_vec(),
        ];
        for damage in damages {
            let place = Crate::new();
            let digest = place.digest_at(tomorrow);
            place.forge();
            let mut content = fs::read(place.memory()).unwrap();
            damage(&mut content);
            fs::write(place.memory(), content).unwrap();
            assert_eq!(place.digest_at(tomorrow), digest);
            place.forge();
            assert_eq!(place.digest_at(tomorrow), "forged");
        }
    }

    #[test]
    fn a_memory_that_cannot_be_written_is_no_error() {
        let place = Crate::new();
        fs::create_dir(place.memory()).unwrap();
        let tomorrow = SystemTime::now() + DAY;
        assert_eq!(place.digest_at(tomorrow), source::source(&place.crate_()).unwrap());
    }
}
