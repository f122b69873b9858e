//! Puts a backup in the place of the database.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::finished::{self, is_the_same_file, journal_beside};
use super::in_use::InUse;
use super::make::{self, keep};
use super::same_content::first_difference;
use super::verification::{Soundness, Verification};
use super::{BackupError, Backups};
use crate::database::{
    Condition, Database, JournalMode, Pages, copy, journal_of, remove_finalized_journal,
};
use crate::event::{Event, Observer};
use crate::exit::{self, Exit};
use crate::id::MigrationId;
use crate::partial_file::is_partial;
use crate::record;
use crate::unverified::Unverified;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where that is which the database held before; `None` if it was not to be kept, or if there
    /// was nothing.
    pub backup: Option<PathBuf>,
    /// What is applied now, oldest first.
    pub applied: Vec<MigrationId>,
    /// What of the backup could not be looked at.
    pub unverified: Vec<Unverified>,
}

/// Makes `database` what the backup `file` is: [`OpenBackup::open`] and [`OpenBackup::restore`].
///
/// # Errors
/// As these.
pub fn restore(
    database: &Database,
    file: &Path,
    verification: Verification,
    backups: Option<&Backups>,
    patience: Duration,
    observe: &mut Observer<'_>,
) -> Result<Restored, BackupError> {
    OpenBackup::open(database, file, verification)?.restore(backups, patience, observe)
}

/// A whole backup, to be put in the place of a database. Nobody removes it as an old one meanwhile.
pub struct OpenBackup<'b> {
    database: &'b Database,
    file: &'b Path,
    verification: Verification,
    from: Connection,
    unverified: Vec<Unverified>,
    applied: Vec<MigrationId>,
    _in_use: Option<InUse>,
}

impl<'b> OpenBackup<'b> {
    /// Opens `file`, and looks all of it through. Nothing is written.
    ///
    /// # Errors
    /// `file` is no whole backup, or a program uses it; `database` is not there, and its name is reserved for a part
    /// of another database.
    pub fn open(
        database: &'b Database,
        file: &'b Path,
        verification: Verification,
    ) -> Result<Self, BackupError> {
        let (from, unverified) = whole(file, database, verification)?;
        let _in_use = InUse::at(file, &database.path);
        let applied = record::ids(&from)?;
        if !database.exists()? {
            database.refuse_companion_name()?;
        }
        Ok(Self { database, file, verification, from, unverified, applied, _in_use })
    }

    /// What is applied in it, oldest first.
    #[must_use]
    pub fn applied(&self) -> &[MigrationId] {
        &self.applied
    }

    /// Makes the database what it is. What the database holds now is backed up into `backups` first, and no old
    /// backup is removed: this may be the oldest.
    ///
    /// Into an existing database SQLite writes in one transaction, under a lock that lets nobody read or
    /// write: a process that dies on the way leaves what was there before. The file stays the same one,
    /// with its owner and its access rights. A database that is not there gets its name when it is whole.
    ///
    /// # Errors
    /// Other programs use the database; it is damaged, so that what it holds cannot be kept. Then the database is as
    /// it was.
    pub fn restore(
        self,
        backups: Option<&Backups>,
        patience: Duration,
        observe: &mut Observer<'_>,
    ) -> Result<Restored, BackupError> {
        let Self { database, file, from, .. } = &self;
        let backup = if database.exists()? || database.path.exists() {
            over(database, file, from, backups, patience, observe)?
        } else {
            create(database, file, from, self.verification, observe)?;
            None
        };
        Ok(Restored { backup, applied: self.applied, unverified: self.unverified })
    }
}

/// Opens the backup `file`, if it is one: a whole database, that no program uses.
fn whole(
    file: &Path,
    database: &Database,
    verification: Verification,
) -> Result<(Connection, Vec<Unverified>), BackupError> {
    let metadata = fs::metadata(file)
        .map_err(|source| BackupError::NoBackup { path: file.to_owned(), source })?;
    let refuse = |why| Err(BackupError::NotABackup { path: file.to_owned(), why });
    if !metadata.is_file() {
        return refuse("it is not a file");
    }
    if is_the_same_file(file, &database.path) {
        return refuse("it is the database itself");
    }
    if is_partial(file) {
        return refuse("its making was interrupted");
    }
    if metadata.len() == 0 {
        return refuse("it is empty");
    }
    if let Some(journal) = journal_beside(file) {
        return Err(BackupError::InUse { path: file.to_owned(), journal });
    }
    let damaged = |found| BackupError::BackupDamaged { path: file.to_owned(), found };
    let reading = |source| match exit::of_sqlite(&source) {
        Exit::Damaged => damaged(source.to_string()),
        _ => BackupError::sqlite("read", file)(source),
    };
    match finished::look_through_file(file, verification, |_| ()).map_err(reading)? {
        (Soundness::Damaged(found), ()) => Err(damaged(found)),
        (Soundness::Sound(unverified), ()) => {
            Ok((finished::open(file).map_err(reading)?, unverified))
        }
    }
}

/// Writes over the database that is there. Gives the backup of what it held.
fn over(
    database: &Database,
    file: &Path,
    from: &Connection,
    backups: Option<&Backups>,
    patience: Duration,
    observe: &mut Observer<'_>,
) -> Result<Option<PathBuf>, BackupError> {
    let (mut held, backup) = match backups {
        Some(backups) => {
            let mut saved = || {
                let held = database.open_alone(patience, Condition::Sound)?;
                let backup = keep(&held, &database.path, backups, observe)?;
                Ok((held, backup.map(|(path, _)| path)))
            };
            saved().map_err(|error: BackupError| match error.exit() {
                Exit::Damaged => {
                    BackupError::CannotKeep { path: database.path.clone(), source: Box::new(error) }
                }
                _ => error,
            })?
        }
        None => (alone(database, patience)?, None),
    };
    let writing = |source| BackupError::sqlite("write", &database.path)(source);
    let mut progress = |done, total| observe(Event::Restoring { done, total });
    overwrite(&mut held, from, &mut progress).map_err(writing)?;
    let difference = first_difference(from, &held, &mut Vec::new()).map_err(writing)?;
    // SQLite has closed it, as it has read the restored database.
    if JournalMode::of(&held).map_err(writing)? == JournalMode::Wal {
        remove_finalized_journal(&held);
    }
    match difference {
        None => Ok(backup),
        Some(place) => Err(BackupError::Differs { path: file.to_owned(), place }),
    }
}

/// Writes `from` over the database that `held` has to itself, in one transaction with a rollback journal:
/// into a database in WAL mode SQLite copies neither pages of another size nor the journal mode.
fn overwrite(
    held: &mut Connection,
    from: &Connection,
    progress: &mut dyn FnMut(u64, u64),
) -> rusqlite::Result<()> {
    let before = JournalMode::of(held)?;
    // Nobody wants a journal as big as the database to stay if this process dies after the commit.
    held.pragma_update_and_check(None, "journal_size_limit", 0, |_| Ok(()))?;
    JournalMode::Delete.set(held)?;
    let written = copy(from, held, Pages::SomeAtOnce, progress)
        .and_then(|()| held.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false));
    if written.is_err() && before == JournalMode::Wal {
        // What was there before is there again, and is to work as it did.
        let _ = JournalMode::Wal.set(held);
        remove_finalized_journal(held);
    }
    written.map(drop)
}

/// The database for this process alone, damaged or not.
fn alone(database: &Database, patience: Duration) -> Result<Connection, BackupError> {
    match database.open_alone(patience, Condition::Sound) {
        Err(error) if error.exit() == Exit::Damaged => {
            Ok(database.open_alone(patience, Condition::Damaged)?)
        }
        opened => Ok(opened?),
    }
}

/// Makes a database where none is. A log that was left there would be written into it by whoever
/// opens it first.
fn create(
    database: &Database,
    file: &Path,
    from: &Connection,
    verification: Verification,
    observe: &mut Observer<'_>,
) -> Result<(), BackupError> {
    database.refuse_companion()?;
    if let Some(journal) = journal_beside(&database.path) {
        return Err(BackupError::JournalLeft { path: database.path.clone(), journal });
    }
    let folder = database.path.parent().unwrap_or(&database.path);
    let names = std::iter::once(database.path.clone());
    // It is made as a backup is, and is none.
    let mut report = |event| {
        if let Event::BackingUp { done, total } = event {
            observe(Event::Restoring { done, total });
        }
    };
    make::make(from, file, folder, names, verification, &mut report)?;
    if journal_of(&database.path).exists()
        && let Ok(alone) = database.open_alone(Duration::ZERO, Condition::Sound)
    {
        remove_finalized_journal(&alone);
    }
    Ok(())
}
