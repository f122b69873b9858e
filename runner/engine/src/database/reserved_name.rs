//! Names that belong to a database: its own, and those of the files that SQLite keeps beside it.

use std::fs;
use std::path::{Path, PathBuf};

use super::Database;
use crate::hint::Hint;

/// A file that would overwrite a database, or that SQLite would take for a part of one and play back,
/// truncate or remove.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is the name of {} `{}`", path.display(), part.words(), database.display())]
pub struct ReservedName {
    /// The file.
    pub path: PathBuf,
    /// What its name is reserved for.
    pub part: DatabasePart,
    /// The database.
    pub database: PathBuf,
}

impl ReservedName {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Hint {
        "nothing was written; name another file".into()
    }
}

/// A part of a database (<https://sqlite.org/tempfiles.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabasePart {
    /// The file itself.
    Itself,
    /// A rollback journal.
    Journal,
    /// A write-ahead log.
    Log,
    /// The shared memory of a write-ahead log.
    SharedMemory,
    /// A journal of a transaction over several databases.
    SuperJournal,
}

impl DatabasePart {
    fn words(self) -> &'static str {
        match self {
            Self::Itself => "the database",
            Self::Journal => "the rollback journal of the database",
            Self::Log => "the write-ahead log of the database",
            Self::SharedMemory => "the shared memory of the database",
            Self::SuperJournal => "a super-journal of the database",
        }
    }

    /// What the name of a file says that it is, and the name of the database. Where a file system makes
    /// no difference between cases, SQLite finds a name in any.
    fn of(name: &str) -> Option<(Self, &str)> {
        let ends = |end: &str| {
            let begin = name.len().checked_sub(end.len())?;
            let is_end = name.get(begin..)?.eq_ignore_ascii_case(end);
            (is_end && begin > 0).then(|| &name[..begin])
        };
        let super_journal = || {
            let begin = name.to_ascii_lowercase().rfind("-mj")?;
            let number = &name[begin + "-mj".len()..];
            let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_hexdigit());
            (is_number && begin > 0).then(|| &name[..begin])
        };
        ends("-journal")
            .map(|database| (Self::Journal, database))
            .or_else(|| ends("-wal").map(|database| (Self::Log, database)))
            .or_else(|| ends("-shm").map(|database| (Self::SharedMemory, database)))
            .or_else(|| super_journal().map(|database| (Self::SuperJournal, database)))
    }
}

impl Database {
    /// Refuses to write the file `output` over this database, or beside it or another one under a name
    /// that SQLite reserves. Links are followed, as SQLite follows them.
    ///
    /// # Errors
    /// What the name is reserved for.
    pub fn refuse_reserved(&self, output: &Path) -> Result<(), ReservedName> {
        let (own, place) = (resolved(&self.path), resolved(output));
        let is_itself = is_same_name(&own, &place)
            || self.identity().is_some_and(|own| Self::at(&place).identity() == Some(own));
        let reserved =
            |part, database| Err(ReservedName { path: output.to_owned(), part, database });
        if is_itself {
            return reserved(DatabasePart::Itself, self.path.clone());
        }
        match companion(&place) {
            Some((part, database)) if is_same_name(&own, &database) => {
                reserved(part, self.path.clone())
            }
            Some((part, database)) if database.is_file() => reserved(part, database),
            _ => Ok(()),
        }
    }

    /// Refuses to make this database under a name that is reserved for a part of another one.
    ///
    /// # Errors
    /// What the name is reserved for.
    #[doc(hidden)]
    pub fn refuse_companion(&self) -> Result<(), ReservedName> {
        match companion(&resolved(&self.path)) {
            Some((part, database)) if database.is_file() => {
                Err(ReservedName { path: self.path.clone(), part, database })
            }
            _ => Ok(()),
        }
    }
}

/// What the name of a file is reserved for, and the database that it belongs to, if there is one.
fn companion(path: &Path) -> Option<(DatabasePart, PathBuf)> {
    let (part, database) = DatabasePart::of(path.file_name()?.to_str()?)?;
    Some((part, path.with_file_name(database)))
}

fn is_same_name(one: &Path, other: &Path) -> bool {
    let lower = |path: &Path| path.as_os_str().to_ascii_lowercase();
    lower(one) == lower(other)
}

/// Where a file is or would be, with all links followed; a link to nothing too.
pub(super) fn resolved(path: &Path) -> PathBuf {
    const LINKS: usize = 40;
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..LINKS {
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        if let (Some(folder), Some(name)) = (folder, path.file_name()) {
            path = folder.join(name);
        }
        match fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(&path).join(to),
            Err(_) => break,
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sqlite_reserves_are_known_in_any_case_and_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let part = |database: &str, output: &str| {
            let refused = Database::at(at(database)).refuse_reserved(&at(output));
            refused.err().map(|reserved| reserved.part)
        };
        for (output, expected) in [
            ("game.db", Some(DatabasePart::Itself)),
            ("game.db-journal", Some(DatabasePart::Journal)),
            ("GAME.DB-WAL", Some(DatabasePart::Log)),
            ("./game.db-shm", Some(DatabasePart::SharedMemory)),
            ("game.db-mj0A1B2C9D3", Some(DatabasePart::SuperJournal)),
            ("game.db-mjolnir", None),
            ("-journal", None),
            ("other.db-journal", None),
            ("game.db.backup", None),
        ] {
            // Whether it is there or is still to be made.
            assert_eq!(part("game.db", output), expected, "{output}");
        }
        fs::write(at("other.db"), "").unwrap();
        assert_eq!(part("game.db", "other.db-journal"), Some(DatabasePart::Journal));
        let of = |name: &str| Database::at(at(name)).refuse_companion().is_err();
        assert!(of("other.db-wal") && !of("other.db") && !of("game.db-wal"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_where_it_leads_to() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("data")).unwrap();
        fs::write(at("data/game.db"), "all").unwrap();
        symlink("data/game.db", at("game.db")).unwrap();
        symlink("data", at("same")).unwrap();
        symlink("data/game.db-wal", at("dangling")).unwrap();
        fs::hard_link(at("data/game.db"), at("hard.db")).unwrap();
        let database = Database::at(at("game.db"));
        for output in
            ["data/game.db", "data/game.db-wal", "same/game.db-journal", "dangling", "hard.db"]
        {
            assert!(database.refuse_reserved(&at(output)).is_err(), "{output}");
        }
        // SQLite keeps its files beside the database, and not beside a link to it. All the same it is
        // taken for one where the link is.
        assert!(database.refuse_reserved(&at("game.db-wal")).is_err());
        assert!(database.refuse_reserved(&at("data/out.db")).is_ok());
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::Examples;

    impl Examples for ReservedName {
        fn examples() -> Vec<Self> {
            use DatabasePart::{Itself, Journal, Log, SharedMemory, SuperJournal};
            let ends = [
                (Itself, ""),
                (Journal, "-journal"),
                (Log, "-wal"),
                (SharedMemory, "-shm"),
                (SuperJournal, "-mj0A1B2C9D3"),
            ];
            let reserved = |(part, end)| Self {
                path: format!("/srv/game/app.db{end}").into(),
                part,
                database: "/srv/game/app.db".into(),
            };
            ends.map(reserved).into()
        }
    }
}
