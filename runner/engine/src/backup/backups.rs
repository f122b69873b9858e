//! The folder of backups: where the next one goes, and how many are kept.

use std::fs;
use std::io;
use std::iter;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::BackupError;
use super::finished::is_the_same_file;
use super::partial::{require_room, sync_folder};
use super::series::{Made, Series, name_of};
use super::verification::Verification;
use crate::file_lock::{self, Lock};
use crate::{regular_file, whole_file};

/// A folder that the runner fills with backups and from which it removes old ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backups {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
    /// How many backups of a database are kept.
    pub keep: NonZeroUsize,
    /// How thoroughly each is checked.
    #[serde(default)]
    pub verification: Verification,
}

/// A folder that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    New,
    Old,
}

const GITIGNORE: &str = ".gitignore";

impl Default for Backups {
    fn default() -> Self {
        let folder = PathBuf::from("backups");
        Self { folder, keep: Self::KEEP, verification: Verification::default() }
    }
}

impl Backups {
    /// How many are kept by default.
    pub const KEEP: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);

    /// The same, in a folder in this one that only the database at `path` has.
    pub(crate) fn of_database(&self, path: &Path) -> Self {
        Self { folder: self.folder.join(name_of(path)), ..self.clone() }
    }

    /// Makes the folder if it is not there, and checks that there is room in it for `needed` bytes.
    ///
    /// # Errors
    /// There is not; the folder cannot be made.
    pub(crate) fn require_room(&self, needed: u64) -> Result<(), BackupError> {
        self.make_folder().map_err(BackupError::io("make", &self.folder))?;
        require_room(&self.folder, needed)
    }

    /// Makes the folder if it is not there, and makes git ignore it.
    pub(super) fn make_folder(&self) -> io::Result<Folder> {
        match fs::create_dir(&self.folder) {
            // Whoever runs at the same time may have been faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && self.folder.is_dir() => {
                return Ok(Folder::Old);
            }
            made => made?,
        }
        self.ignore()?;
        match self.folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent)?,
            _ => sync_folder(Path::new("."))?,
        }
        Ok(Folder::New)
    }

    fn ignore(&self) -> io::Result<()> {
        match whole_file::write_new(&self.folder.join(GITIGNORE), b"*\n") {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// Removes the folder again if it is empty.
    pub(super) fn remove_folder(&self) {
        let _ = fs::remove_file(self.folder.join(GITIGNORE));
        if fs::remove_dir(&self.folder).is_err() {
            // Another process writes into it by now.
            let _ = self.ignore();
        }
    }

    /// The paths that the next backup of `database` may have, first choice first. The folder is read
    /// again for each backup: a copy takes its time, and others are made meanwhile.
    pub(super) fn names(&self, database: &Path) -> impl Iterator<Item = PathBuf> {
        let series = Series::of(database);
        iter::repeat_with(move || {
            let last = self.named(&series).map(|(made, _)| made.number).max();
            let made = Made {
                number: last.unwrap_or_default().saturating_add(1),
                time: Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string(),
            };
            self.folder.join(series.name(&made))
        })
    }

    /// The backup of `database` that was made last.
    pub(super) fn newest(&self, database: &Path) -> Option<PathBuf> {
        self.all(database).pop()
    }

    /// Removes all backups of `database` but the last ones. Never removes `made`, which was made or
    /// used just now, or a backup that another process uses. Files with other names, and what is not a
    /// plain file, are not touched. A backup that cannot be removed stays until the next time.
    pub(super) fn prune(&self, database: &Path, made: &Path) {
        let all = self.all(database);
        let old = all.len().saturating_sub(self.keep.get());
        for path in all[..old].iter().filter(|path| *path != made) {
            // To open and close the database itself, under whatever name, would drop SQLite's locks.
            if !is_the_same_file(path, database) {
                remove(path);
            }
        }
    }

    /// The backups of `database`, in the order in which they were made.
    fn all(&self, database: &Path) -> Vec<PathBuf> {
        let mut all: Vec<_> = self
            .named(&Series::of(database))
            .filter(|(_, entry)| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .map(|(made, entry)| (made, entry.path()))
            .collect();
        all.sort();
        all.into_iter().map(|(_, path)| path).collect()
    }

    /// Everything with the name of a backup of this database.
    fn named(&self, series: &Series) -> impl Iterator<Item = (Made, fs::DirEntry)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        entries.filter_map(|entry| Some((series.read(&entry.file_name())?, entry)))
    }
}

/// Removes a backup that no process uses. The lock is held until the file is gone, so that a process
/// that wants to use it sees that it is.
fn remove(path: &Path) {
    if let Ok(file) = regular_file::open(path)
        && file_lock::alone(&file) != Lock::Refused
    {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of backups for `/data/app.db`, of which so many are kept.
    fn backups(keep: usize) -> (tempfile::TempDir, Backups) {
        let folder = tempfile::tempdir().unwrap();
        let keep = NonZeroUsize::new(keep).unwrap();
        let backups = Backups { folder: folder.path().to_owned(), keep, ..Backups::default() };
        (folder, backups)
    }

    fn database() -> &'static Path {
        Path::new("/data/app.db")
    }

    /// Makes a file with the name of a backup of `database`.
    fn put(backups: &Backups, database: &Path, number: u64, time: &str) -> PathBuf {
        let made = Made { number, time: time.to_owned() };
        let path = backups.folder.join(Series::of(database).name(&made));
        fs::write(&path, "").unwrap();
        path
    }

    #[test]
    fn only_what_has_the_name_of_a_backup_counts_and_the_last_ones_stay() {
        let (folder, backups) = backups(2);
        let own: Vec<_> =
            (1..=4).map(|number| put(&backups, database(), number, "20261121T143133Z")).collect();
        let of_another = put(&backups, Path::new("/elsewhere/app.db"), 1, "20200101T000000Z");
        let foreign = ["app-before-the-release.db", "app-20200101T000000Z.db", "notes.txt"]
            .map(|name| folder.path().join(name));
        for path in &foreign {
            fs::write(path, "").unwrap();
        }
        let made = Made { number: 9, time: "20200101T000000Z".to_owned() };
        let no_file = folder.path().join(Series::of(database()).name(&made));
        fs::create_dir(&no_file).unwrap();
        assert_eq!(backups.newest(database()).as_ref(), Some(&own[3]));
        backups.prune(database(), &own[3]);
        let stays = |path: &PathBuf| path.exists();
        assert_eq!(own.iter().map(stays).collect::<Vec<_>>(), [false, false, true, true]);
        assert!(foreign.iter().all(stays) && stays(&of_another) && stays(&no_file));
        let next = backups.names(database()).next().unwrap();
        assert!(next.to_str().unwrap().contains("-000010-"), "{next:?}");
    }

    #[test]
    fn the_last_one_is_the_one_made_last_whatever_the_clock_said() {
        let (_folder, backups) = backups(2);
        for (number, time) in [(1, "20300101T000000Z"), (2, "20310101T000000Z")] {
            put(&backups, database(), number, time);
        }
        let made = backups.names(database()).next().unwrap();
        fs::write(&made, "").unwrap();
        backups.prune(database(), &made);
        assert_eq!(backups.newest(database()), Some(made));
        assert_eq!(backups.all(database()).len(), 2);
    }

    #[test]
    fn what_was_just_made_stays_even_if_it_is_the_oldest() {
        let (_folder, backups) = backups(1);
        let made = put(&backups, database(), 1, "20261121T143133Z");
        let newest = put(&backups, database(), 3, "20261121T143133Z");
        backups.prune(database(), &made);
        assert!(made.exists() && newest.exists());
        backups.prune(database(), &newest);
        assert!(!made.exists() && newest.exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_another_process_uses_stays() {
        let (_folder, backups) = backups(1);
        let used = put(&backups, database(), 1, "20261121T143133Z");
        let newest = put(&backups, database(), 2, "20261121T143133Z");
        let lock = super::super::in_use::InUse::at(&used, database()).unwrap();
        backups.prune(database(), &newest);
        assert!(used.exists());
        drop(lock);
        backups.prune(database(), &newest);
        assert!(!used.exists());
    }

    #[test]
    fn the_database_itself_is_never_removed_as_a_backup_of_its_own() {
        let (folder, backups) = backups(1);
        let database = folder.path().join("app.db");
        fs::write(&database, "rows").unwrap();
        let linked = put(&backups, &database, 1, "20261121T143133Z");
        fs::remove_file(&linked).unwrap();
        fs::hard_link(&database, &linked).unwrap();
        let newest = put(&backups, &database, 2, "20261121T143133Z");
        backups.prune(&database, &newest);
        assert!(linked.exists());
    }
}
