//! The names of a database's backups: `game-4f1c09a7be52-000007-20261121T143133Z.db`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::sum::sha256;

/// The backups of one database. The database is identified by its path, of which the names hold a
/// digest: many databases may share one file name and one folder of backups.
pub(super) struct Series {
    before: OsString,
    after: OsString,
}

/// What the name of a backup says. The order is that in which backups were made, by the number: a clock
/// may go back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Made {
    /// From 1, one more than that of the last backup that there was.
    pub(super) number: u64,
    /// In UTC, by the clock of the machine: `20261121T143133Z`.
    pub(super) time: String,
}

impl Series {
    /// The series of the database at `path`, with symbolic links followed.
    pub(super) fn of(path: &Path) -> Self {
        let place = place(path);
        let mut before = name(&place);
        before.push("-");
        let mut after = OsString::from(".");
        after.push(place.extension().unwrap_or(OsStr::new("db")));
        Self { before, after }
    }

    pub(super) fn name(&self, made: &Made) -> OsString {
        let mut name = self.before.clone();
        name.push(format!("{:06}-{}", made.number, made.time));
        name.push(&self.after);
        name
    }

    /// Reads a name back; `None` if it is not that of a backup of this database.
    pub(super) fn read(&self, name: &OsStr) -> Option<Made> {
        let middle = name
            .as_encoded_bytes()
            .strip_prefix(self.before.as_encoded_bytes())?
            .strip_suffix(self.after.as_encoded_bytes())?;
        let (number, time) = str::from_utf8(middle).ok()?.split_once('-')?;
        let made = Made { number: number.parse().ok()?, time: time.to_owned() };
        let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        (form == "00000000T000000Z" && self.name(&made) == name).then_some(made)
    }
}

/// What the database at `path` is called among the backups of others, the same by every link to it.
pub(super) fn name_of(path: &Path) -> OsString {
    name(&place(path))
}

/// Where the database at `path` is, with symbolic links followed.
fn place(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| PathBuf::from(path))
}

/// The name of the file, and the beginning of a digest of its path: short enough to be read, and long enough that
/// of a million databases hardly two have the same.
fn name(place: &Path) -> OsString {
    const ENOUGH: usize = 12;
    let mut digest = sha256(place.as_os_str().as_encoded_bytes());
    digest.truncate(ENOUGH);
    let mut name = place.file_stem().unwrap_or(OsStr::new("database")).to_owned();
    name.push("-");
    name.push(digest);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_every_other_name_is_no_backups() {
        let made = |number| Made { number, time: "20261121T143133Z".to_owned() };
        for (database, end) in [("app.db", ".db"), ("a.b.sqlite3", ".sqlite3"), ("app", ".db")] {
            let series = Series::of(Path::new(database));
            for number in [1, 999_999, 1_000_000] {
                let name = series.name(&made(number));
                assert_eq!(series.read(&name), Some(made(number)), "{name:?}");
                let name = name.into_string().unwrap();
                assert!(name.ends_with(end), "{name}");
                for other in [
                    format!("{name}.gz"),
                    format!("x{name}"),
                    name.replace("Z.", "."),
                    name.replace("Z.", "Z-2."),
                    name.replacen('-', "-0", 2),
                ] {
                    assert_eq!(series.read(OsStr::new(&other)), None, "{other}");
                }
            }
        }
    }

    #[test]
    fn a_database_is_known_by_its_path_and_by_every_link_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name).join("data.db");
        for name in ["one", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(place(name), "").unwrap();
        }
        let before = |path: &Path| Series::of(path).before;
        assert_ne!(before(&place("one")), before(&place("other")));
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(folder.path().join("one"), folder.path().join("link")).unwrap();
            symlink("one/data.db", folder.path().join("other-name")).unwrap();
            assert_eq!(before(&place("one")), before(&place("link")));
            assert_eq!(before(&place("one")), before(&folder.path().join("other-name")));
        }
    }
}
