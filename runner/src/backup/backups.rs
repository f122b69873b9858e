//! The folder of backups: what they are called, and how many are kept.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A folder that the runner fills with backups and from which it removes old ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backups {
    /// The folder; made if it is not there.
    pub folder: PathBuf,
    /// How many backups of a database are kept.
    pub keep: NonZeroUsize,
}

const GITIGNORE: &str = ".gitignore";

/// When a backup was made: `20261121T143133Z`, and from the second in one second on, a number.
type Made = (String, u32);

impl Backups {
    /// How many are kept where nothing else is said.
    pub const KEEP: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9);

    /// Makes the folder if it is not there, and has git leave it alone. Gives whether it is new.
    pub(super) fn make_folder(&self) -> io::Result<bool> {
        if self.folder.exists() {
            return Ok(false);
        }
        fs::create_dir(&self.folder)?;
        fs::write(self.folder.join(GITIGNORE), "*\n")?;
        Ok(true)
    }

    /// Removes the folder again, if nothing came into it.
    pub(super) fn remove_folder(&self) {
        let _ = fs::remove_file(self.folder.join(GITIGNORE));
        let _ = fs::remove_dir(&self.folder);
    }

    /// Where the next backups of `database` may go, first choice first.
    pub(super) fn names(&self, database: &Path) -> impl Iterator<Item = PathBuf> {
        let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let name = Name::of(database);
        (1..).map(move |number| self.folder.join(name.with((&stamp, number))))
    }

    /// The last backup of `database`.
    pub(super) fn newest(&self, database: &Path) -> Option<PathBuf> {
        self.all(database).pop()
    }

    /// Removes all backups of `database` but the last ones. What does not have the name of one, or
    /// is no plain file, is not touched. One that cannot be removed stays: the next time will do.
    pub(super) fn prune(&self, database: &Path) {
        let all = self.all(database);
        let old = all.len().saturating_sub(self.keep.get());
        for path in &all[..old] {
            let _ = fs::remove_file(path);
        }
    }

    /// The backups of `database`, oldest first.
    fn all(&self, database: &Path) -> Vec<PathBuf> {
        let name = Name::of(database);
        let mut all: Vec<(Made, PathBuf)> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| Some((name.made(&entry.file_name())?, entry.path())))
            .collect();
        all.sort();
        all.into_iter().map(|(_, path)| path).collect()
    }
}

/// What stands around the time in the names of a database's backups.
struct Name {
    before: OsString,
    after: OsString,
}

impl Name {
    fn of(database: &Path) -> Self {
        let mut before = database.file_stem().unwrap_or(OsStr::new("database")).to_owned();
        before.push("-");
        let mut after = OsString::from(".");
        after.push(database.extension().unwrap_or(OsStr::new("db")));
        Self { before, after }
    }

    fn with(&self, (stamp, number): (&str, u32)) -> OsString {
        let mut name = self.before.clone();
        name.push(stamp);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        name.push(&self.after);
        name
    }

    /// Reads a name back; `None` if it is no backup's.
    fn made(&self, name: &OsStr) -> Option<Made> {
        let middle = name
            .as_encoded_bytes()
            .strip_prefix(self.before.as_encoded_bytes())?
            .strip_suffix(self.after.as_encoded_bytes())?;
        let middle = str::from_utf8(middle).ok()?;
        let (stamp, number) = match middle.split_once('-') {
            Some((stamp, number)) => (stamp, number.parse().ok()?),
            None => (middle, 1),
        };
        let form: String =
            stamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let made = (stamp.to_owned(), number);
        (form == "00000000T000000Z" && self.with((stamp, number)) == name).then_some(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_name_of_a_backup_counts_and_the_last_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let backups =
            Backups { folder: folder.path().to_owned(), keep: NonZeroUsize::new(2).unwrap() };
        let foreign = [
            "app-before-the-release.db",
            "app-20261121T143133Z.db.gz",
            "app-20261121T143133Z-x.db",
            "app-20261121T143133Z-02.db",
            "app-20261121T143133.db",
            "app-games-20200101T000000Z.db",
            "other-20200101T000000Z.db",
            "notes.txt",
        ];
        let own = [
            "app-20251121T143133Z.db",
            "app-20261121T143133Z.db",
            "app-20261121T143133Z-2.db",
            "app-20261121T143133Z-10.db",
        ];
        for name in foreign.iter().chain(&own) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("app-20200101T000000Z.db")).unwrap();
        let database = Path::new("/data/app.db");
        assert_eq!(backups.newest(database), Some(folder.path().join(own[3])));
        backups.prune(database);
        for (name, stays) in foreign
            .iter()
            .map(|name| (name, true))
            .chain(own.iter().zip([false, false, true, true]))
        {
            assert_eq!(folder.path().join(name).exists(), stays, "{name}");
        }
        assert!(folder.path().join("app-20200101T000000Z.db").exists());
    }

    #[test]
    fn a_backup_has_the_name_of_its_database_and_a_number_from_the_second_on() {
        let backups = Backups { folder: "b".into(), keep: Backups::KEEP };
        for (database, before, after) in
            [("app.db", "app-", ".db"), ("a.b.sqlite3", "a.b-", ".sqlite3"), ("app", "app-", ".db")]
        {
            let names: Vec<_> = backups.names(Path::new(database)).take(2).collect();
            for (name, number) in names.iter().zip([1, 2]) {
                let name = name.file_name().unwrap();
                let text = name.to_str().unwrap();
                assert!(text.starts_with(before) && text.ends_with(after), "{text}");
                assert_eq!(Name::of(Path::new(database)).made(name).unwrap().1, number, "{text}");
            }
        }
    }
}
