//! Why a backup or a restore was not done.

#[cfg(test)]
mod examples;

use std::io;
use std::path::{Path, PathBuf};

use migration_api::schema::quote;
use rusqlite::ffi;

use super::verification::damaged_index;
use crate::database::{DatabaseError, ReservedName};
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Action, Hint};
use crate::record::RecordError;
use crate::size;

/// Why a backup was not made, or not restored. Unless the variant says otherwise, nothing is changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The history in the backup is not the runner's.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no database, so there is nothing to back up.
    #[error("there is no database `{}` to back up", path.display())]
    Nothing {
        /// Where it would be.
        path: PathBuf,
    },
    /// Something has the name that the backup was to have.
    #[error("`{}` is there already", path.display())]
    InTheWay {
        /// The name.
        path: PathBuf,
    },
    /// The name that the backup was to have belongs to a database.
    #[error(transparent)]
    ReservedName(#[from] ReservedName),
    /// There is no folder to make it in.
    #[error("there is no folder `{}`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The disk has too little room.
    #[error(
        "`{}` has room for {}, and the backup needs {}",
        folder.display(), size::rounded_down(*free), size::rounded_up(*needed)
    )]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes that the backup needs.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The system refuses.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// SQLite refuses.
    #[error("cannot {doing} `{}`", path.display())]
    Sqlite {
        /// What was done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
    /// What was copied is damaged, and so is the database that it was copied from.
    #[error("the database `{}` is damaged, and was not backed up: {found}", path.display())]
    DatabaseDamaged {
        /// The database.
        path: PathBuf,
        /// What SQLite found.
        found: String,
    },
    /// The copy is not what was copied. After a restore, the database is not what it should be.
    #[error("the database and the backup `{}` differ in `{place}`", path.display())]
    Differs {
        /// The backup.
        path: PathBuf,
        /// The table, or the property of the file.
        place: String,
    },
    /// Each time that it was copied, somebody wrote to it before the end.
    #[error("others wrote to `{}` each of the {times} times that it was copied", path.display())]
    WrittenMeanwhile {
        /// The database.
        path: PathBuf,
        /// How many times.
        times: u32,
    },
    /// The backup to be restored cannot be found.
    #[error("cannot use the backup `{}`", path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file to be restored is no backup.
    #[error("`{}` is no backup: {why}", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The file to be restored is not all of a database: a part of it lies beside it.
    #[error("`{}` is a database in use: `{}` belongs to it", path.display(), journal.display())]
    InUse {
        /// The file.
        path: PathBuf,
        /// The journal.
        journal: PathBuf,
    },
    /// The file to be restored is damaged.
    #[error("the backup `{}` is damaged: {found}", path.display())]
    BackupDamaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        found: String,
    },
    /// The database is gone, and what belonged to it is there.
    #[error("there is no database `{}`, but its journal `{}` is there", path.display(), journal.display())]
    JournalLeft {
        /// The database.
        path: PathBuf,
        /// Its journal.
        journal: PathBuf,
    },
    /// What the database holds now is damaged, so that no backup of it can be made.
    #[error("what the database `{}` holds now cannot be backed up", path.display())]
    CannotKeep {
        /// The database.
        path: PathBuf,
        /// Why not.
        source: Box<Self>,
    },
}

impl BackupError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    pub(super) fn sqlite(doing: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, path: path.to_owned(), source }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Database(error) => error.exit(),
            Self::Record(RecordError::Sqlite(source)) => exit::of_sqlite(source),
            Self::Nothing { .. }
            | Self::InTheWay { .. }
            | Self::ReservedName(_)
            | Self::NoFolder { .. }
            | Self::NoBackup { .. }
            | Self::NotABackup { .. } => Exit::Usage,
            Self::Record(_) | Self::InUse { .. } | Self::JournalLeft { .. } => Exit::Refused,
            Self::NoRoom { .. } | Self::WrittenMeanwhile { .. } => Exit::TryAgain,
            Self::Sqlite { .. } if self.has_no_room() => Exit::TryAgain,
            Self::Io { source, .. } => exit::of_writing(source),
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
            Self::DatabaseDamaged { .. } | Self::BackupDamaged { .. } | Self::CannotKeep { .. } => {
                Exit::Damaged
            }
            Self::Differs { .. } => Exit::Failed,
        }
    }

    /// Whether a file could not grow: a full disk, a quota, a limit of the process. SQLite has a code
    /// for the first alone.
    fn has_no_room(&self) -> bool {
        match self {
            Self::Io { source, .. } => exit::has_no_room(source),
            Self::Sqlite { source: rusqlite::Error::SqliteFailure(code, _), .. } => {
                code.code == rusqlite::ErrorCode::DiskFull
                    || code.extended_code == ffi::SQLITE_IOERR_WRITE
            }
            _ => false,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Database(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Nothing { .. } => Code::NoDatabase,
            Self::InTheWay { .. } => Code::FileInTheWay,
            Self::ReservedName(_) => Code::ReservedName,
            Self::NoFolder { .. } => Code::NoFolder,
            Self::NoRoom { .. } => Code::DiskFull,
            Self::Io { .. } | Self::Sqlite { .. } if self.has_no_room() => Code::DiskFull,
            Self::Io { .. } => Code::UnwritableFile,
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
            Self::DatabaseDamaged { .. } => Code::DamagedDatabase,
            Self::Differs { .. } => Code::BackupDiffers,
            Self::WrittenMeanwhile { .. } => Code::DatabaseBusy,
            Self::NoBackup { .. } | Self::NotABackup { .. } => Code::NoBackup,
            Self::InUse { .. } => Code::BackupInUse,
            Self::BackupDamaged { .. } => Code::DamagedBackup,
            Self::JournalLeft { .. } => Code::JournalLeft,
            Self::CannotKeep { .. } => Code::CannotKeep,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Database(error) => return error.hint(),
            Self::Nothing { .. } => "name the file that is to be backed up".into(),
            Self::InTheWay { .. } => "nothing is ever written over; name another file".into(),
            Self::ReservedName(reserved) => reserved.hint(),
            Self::NoFolder { folder } => hint::making(folder),
            Self::NoRoom { .. } => "make room, and try again".into(),
            Self::Io { .. } | Self::Sqlite { .. } if self.has_no_room() => {
                "the disk is full, or a limit on the size of files is reached; make room, and try \
                 again"
                    .into()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "give yourself the right to write there".into()
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                "move the file away that is in its place, or name another folder".into()
            }
            Self::Sqlite { source, .. } => return hint::of_sqlite(source),
            Self::DatabaseDamaged { found, .. } => {
                Hint::from("it was left untouched; ").and(repair_of(found))
            }
            Self::NoBackup { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "give yourself the right to read it; the database was left untouched".into()
            }
            Self::BackupDamaged { .. } | Self::NotABackup { .. } | Self::NoBackup { .. } => {
                "name another backup; the database was left untouched".into()
            }
            Self::InUse { path, .. } => {
                Hint::from(Action::Backup { database: path.clone() }).and(" makes a backup of it")
            }
            Self::JournalLeft { .. } => {
                "it may hold what was committed last; move it away, and restore again".into()
            }
            Self::WrittenMeanwhile { .. } => Hint::from(
                "try again when less is written, or in WAL mode, where writers are in \
                     nobody's way; ",
            )
            .and(Action::MigrateWithoutBackup)
            .and(" makes no backup"),
            Self::CannotKeep { .. } => "copy its files elsewhere if they may be of use".into(),
            Self::Differs { .. } => "see whether the disk is sound, and try again".into(),
            Self::Record(error) => return error.hint(),
            Self::Io { .. } => return None,
        })
    }
}

/// What to do about damage that SQLite found.
pub fn repair_of(found: &str) -> Hint {
    match damaged_index(found) {
        Some(index) => format!(
            "`REINDEX {}` in SQLite's own shell makes the index anew from the rows of its table",
            quote(index)
        )
        .into(),
        None => hint::restoring(),
    }
}
