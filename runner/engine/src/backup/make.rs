//! Makes a backup.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::backups::Folder;
use super::finished::{journal_beside, verify};
use super::in_use::InUse;
use super::partial::Partial;
use super::verification::Verification;
use super::{BackupError, Backups};
use crate::database::{Database, Pages, copy};
use crate::event::{Event, Observer};
use crate::unverified::Unverified;

/// Where a backup goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Into the folder of backups, under a name with the time; the oldest there make room.
    Folder(Backups),
    /// To this path; there must be no file.
    File(PathBuf, Verification),
}

/// Backs up the committed state of `database`, with its write-ahead log. Other programs may read
/// meanwhile; in WAL mode they may write, otherwise they wait for the lock. Returns the path of the
/// backup.
///
/// # Errors
/// There is no database, or it is damaged; the destination is there already, cannot be written, or
/// has too little room. Then nothing has the name of a backup that had not before.
pub fn backup(
    database: &Database,
    destination: &Destination,
    patience: Duration,
    observe: &mut Observer<'_>,
) -> Result<PathBuf, BackupError> {
    let Some(original) = database.look(patience)? else {
        return Err(BackupError::Nothing { path: database.path.clone() });
    };
    // Reading holds the state from here to the end.
    original
        .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")
        .map_err(|source| database.sqlite_error(source))?;
    match destination {
        Destination::Folder(backups) => {
            let (path, _in_use) = into_folder(&original, &database.path, backups, observe)?;
            backups.prune(&database.path, &path);
            Ok(path)
        }
        Destination::File(path, verification) => {
            database.refuse_reserved(path)?;
            if fs::symlink_metadata(path).is_ok() {
                return Err(BackupError::InTheWay { path: path.clone() });
            }
            let folder = path.parent().unwrap_or(path);
            let names = std::iter::once(path.clone());
            let made = make(&original, &database.path, folder, names, *verification, observe)?;
            Ok(made.0)
        }
    }
}

/// Backs up the file at `database`, which `original` reads and no process can write to now, and removes
/// the oldest backups. As [`keep`].
///
/// # Errors
/// As [`backup`].
pub(crate) fn before_migrations(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    observe: &mut Observer<'_>,
) -> Result<Option<(PathBuf, InUse)>, BackupError> {
    let kept = keep(original, database, backups, observe)?;
    if let Some((path, _)) = &kept {
        backups.prune(database, path);
    }
    Ok(kept)
}

/// Makes sure that there is a backup of the file at `database`, which `original` reads, and returns it.
/// If the last backup holds just this state, it is that one: a migration that fails ten times must not
/// push ten good backups out of the folder. A new database is not backed up. No process removes the
/// backup while the returned value lives.
///
/// # Errors
/// As [`backup`].
pub(super) fn keep(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    observe: &mut Observer<'_>,
) -> Result<Option<(PathBuf, InUse)>, BackupError> {
    let size = size(original).map_err(BackupError::sqlite("read", database))?;
    if size == 0 {
        return Ok(None);
    }
    if let Some((path, in_use, unverified)) = last_of_this_state(original, size, database, backups)
    {
        report(&path, unverified, observe);
        return Ok(Some((path, in_use)));
    }
    into_folder(original, database, backups, observe).map(Some)
}

/// The last backup of the file at `database`, if it holds just the state that `state` reads, of `size` bytes; with
/// what could not be verified.
pub(super) fn last_of_this_state(
    state: &Connection,
    size: u64,
    database: &Path,
    backups: &Backups,
) -> Option<(PathBuf, InUse, Vec<Unverified>)> {
    let path = backups.newest(database)?;
    let in_use = InUse::at(&path, database)?;
    let may_be =
        fs::metadata(&path).is_ok_and(|file| file.len() == size) && journal_beside(&path).is_none();
    let unverified = may_be.then(|| verify(&path, state, backups.verification).ok()).flatten()?;
    Some((path, in_use, unverified))
}

fn into_folder(
    original: &Connection,
    database: &Path,
    backups: &Backups,
    observe: &mut Observer<'_>,
) -> Result<(PathBuf, InUse), BackupError> {
    in_folder(backups, || {
        let names = backups.names(database);
        make(original, database, &backups.folder, names, backups.verification, observe)
    })
}

/// Makes a backup in the folder of `backups`, which is made for it, and removed again if nothing came into it.
pub(super) fn in_folder<T>(
    backups: &Backups,
    mut make: impl FnMut() -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    let folder = &backups.folder;
    loop {
        let made_folder = backups.make_folder().map_err(BackupError::io("make", folder))?;
        let made = make();
        match (made_folder, &made) {
            // Another process had made the folder, failed, and has removed it.
            (Folder::Old, Err(_)) if fs::symlink_metadata(folder).is_err() => {}
            (Folder::New, Err(_)) => {
                backups.remove_folder();
                return made;
            }
            _ => return made,
        }
    }
}

/// Copies what `original` reads into `folder`, checks it, and gives it the first of `names` that is
/// free. No process removes it while the returned value lives.
pub(super) fn make(
    original: &Connection,
    like: &Path,
    folder: &Path,
    names: impl Iterator<Item = PathBuf>,
    verification: Verification,
    observe: &mut Observer<'_>,
) -> Result<(PathBuf, InUse), BackupError> {
    let size = size(original).map_err(BackupError::sqlite("read", like))?;
    let partial = Partial::new(folder, size)?;
    let mut pages = |done, total| observe(Event::BackingUp { done, total });
    partial
        .open()
        .and_then(|mut file| copy(original, &mut file, Pages::SomeAtOnce, &mut pages))
        .map_err(BackupError::sqlite("write", partial.path()))?;
    let unverified = verify(partial.path(), original, verification)?;
    let (path, in_use) = partial.publish(like, names)?;
    report(&path, unverified, observe);
    Ok((path, in_use))
}

pub(super) fn report(path: &Path, unverified: Vec<Unverified>, observe: &mut Observer<'_>) {
    observe(Event::BackedUp { path: path.to_owned() });
    for what in unverified {
        observe(Event::NotVerified { what });
    }
}

/// How many bytes the database has.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let get = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    Ok(u64::from(get("page_count")?) * u64::from(get("page_size")?))
}
