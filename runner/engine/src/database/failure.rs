//! Why a database cannot be used.

use std::io;
use std::path::PathBuf;

use rusqlite::ffi;

use super::ReservedName;
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Action, Hint};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the database `{}`", path.display())]
pub struct DatabaseError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub(super) reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Reason {
    #[error("it is a folder")]
    Folder,
    #[error("it is not a file")]
    NotAFile,
    #[error("it does not exist")]
    Missing,
    #[error("it is an empty file")]
    Empty,
    #[error("there is no folder `{}` to make it in", folder.display())]
    NoFolder { folder: PathBuf },
    #[error("the folder `{}` is read-only, and SQLite needs it for its journal", folder.display())]
    ReadOnlyFolder { folder: PathBuf },
    #[error("the file is read-only")]
    ReadOnly,
    #[error(
        "the file has {names} names (hard links), and SQLite's journal has that of one of them"
    )]
    HardLinks { names: u64 },
    #[error("another process is making it")]
    BeingMade,
    #[error("it does not exist, and `{}`, which belonged to one, does", file.display())]
    Leftover { file: PathBuf },
    #[error("it was made, and cannot be brought to the disk")]
    NotSynced(#[source] io::Error),
    #[error("it was made, and cannot be given its name")]
    NotNamed(#[source] io::Error),
    #[error(transparent)]
    Reserved(Box<ReservedName>),
    #[error("the system refuses")]
    Unreachable(#[source] io::Error),
    #[error("foreign keys cannot be switched off in it, and a migration could lose rows by that")]
    ForeignKeysStayOn,
    #[error(transparent)]
    Sqlite(rusqlite::Error),
}

impl DatabaseError {
    /// Whether a dead program's transaction must be rolled back before anyone can read.
    pub(super) fn needs_recovery(&self) -> bool {
        let Reason::Sqlite(rusqlite::Error::SqliteFailure(code, _)) = &self.reason else {
            return false;
        };
        matches!(code.extended_code, ffi::SQLITE_READONLY_ROLLBACK | ffi::SQLITE_READONLY_RECOVERY)
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match &self.reason {
            Reason::Sqlite(error) => exit::of_sqlite(error),
            Reason::ForeignKeysStayOn | Reason::HardLinks { .. } | Reason::Leftover { .. } => {
                Exit::Refused
            }
            Reason::BeingMade => Exit::TryAgain,
            Reason::NotSynced(error) | Reason::NotNamed(error) => exit::of_writing(error),
            _ => Exit::Usage,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match &self.reason {
            Reason::Folder | Reason::NotAFile | Reason::Unreachable(_) => Code::UnusableFile,
            Reason::Missing | Reason::Empty => Code::NoDatabase,
            Reason::NoFolder { .. } => Code::NoFolder,
            Reason::ReadOnlyFolder { .. } | Reason::ReadOnly => Code::ReadOnlyDatabase,
            Reason::HardLinks { .. } => Code::HardLinks,
            Reason::BeingMade => Code::DatabaseBusy,
            Reason::Leftover { .. } => Code::LeftoverJournal,
            Reason::NotSynced(error) | Reason::NotNamed(error) => {
                explain::of_io(error, Code::UnwritableFile)
            }
            Reason::Reserved(_) => Code::ReservedName,
            Reason::ForeignKeysStayOn => Code::ForeignKeysStayOn,
            Reason::Sqlite(error) => explain::of_sqlite(error),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match &self.reason {
            Reason::Folder | Reason::NotAFile => "name a file".into(),
            Reason::Missing | Reason::Empty => "see whether this is the right path".into(),
            Reason::NoFolder { folder } => hint::making(folder),
            Reason::ReadOnlyFolder { folder } => {
                format!("give yourself the right to write in `{}`", folder.display()).into()
            }
            Reason::HardLinks { .. } => {
                "a program that opens it by another name would not find the \
                 journal of one that died; leave it one name. A symbolic link does no harm"
                    .into()
            }
            Reason::BeingMade => "another program is using the database; try again".into(),
            Reason::Leftover { file } => Hint::from(
                "nothing was made. If the database was moved, move this file along: what was committed \
                 last may be in it alone. If not, remove it: ",
            )
            .and(Action::RemoveFile(file.clone())),
            Reason::NotSynced(error) | Reason::NotNamed(error) => {
                let next = hint::writing(error).unwrap_or_else(|| "run the command again".into());
                Hint::from("nothing is left of it, and no migration is applied; ").and(next)
            }
            Reason::Reserved(reserved) => reserved.hint(),
            Reason::ReadOnly => "give yourself the right to write to it".into(),
            Reason::Unreachable(error) => return hint::reading(error),
            Reason::ForeignKeysStayOn => {
                "nothing was changed; build the runner with its own SQLite".into()
            }
            Reason::Sqlite(error) => {
                let next = hint::of_sqlite(error)?;
                match exit::of_sqlite(error) {
                    Exit::Damaged => Hint::from("it was left untouched; ").and(next),
                    _ => next,
                }
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::database::DatabasePart;
    use crate::database::lock_holders::{self, Holder};
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for DatabaseError {
        fn examples() -> Vec<Self> {
            Reason::examples()
                .into_iter()
                .map(|reason| Self { path: "/srv/game/data/app.db".into(), reason })
                .collect()
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            let folder = || PathBuf::from("/srv/game/data");
            let not_a_database = "file is not a database";
            each_variant!(Reason:
                Folder,
                NotAFile,
                Missing,
                Empty,
                NoFolder { folder: folder() },
                ReadOnlyFolder { folder: folder() },
                ReadOnly,
                HardLinks { names: 2 },
                BeingMade,
                Leftover { file: "/srv/game/data/app.db-wal".into() },
                NotSynced(io::ErrorKind::StorageFull.into()),
                NotNamed(refused()),
                Reserved(Box::new(ReservedName {
                    path: "/srv/game/data/app.db-wal".into(),
                    part: DatabasePart::Log,
                    database: "/srv/game/data/app.db".into(),
                })),
                Unreachable(refused()),
                ForeignKeysStayOn,
                Sqlite(lock_holders::named_in(messages::busy(), &Holder::examples())),
                Sqlite(messages::busy()),
                Sqlite(messages::full()),
                Sqlite(messages::corrupt()),
                Sqlite(messages::sqlite(ffi::SQLITE_NOTADB, not_a_database)),
                Sqlite(messages::io_error()),
            )
        }
    }
}
