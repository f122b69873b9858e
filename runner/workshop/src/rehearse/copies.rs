//! The copies that a rehearsal works on: of the database, and of that copy as it was before steps.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use runner_engine::database::{CopyEnd, OnlyRead};
use runner_engine::scratch_folder::ScratchFolder;
use runner_engine::{Event, Observer, Stop, volume};
use rusqlite::{Connection, ErrorCode};

use crate::error::{Error, RehearsalError};

/// The folder of the copies, which goes with all that is in it when this is dropped, and with the next rehearsal there
/// if this process is killed.
pub(super) struct Copies {
    folder: ScratchFolder,
}

/// How many files as large as the database there are at once, at most: the copy, what it was at the beginning if what
/// comes back is compared with that, and what it was before a step.
pub(super) fn count(steps: usize, tries_the_way_back: bool) -> u64 {
    match (steps, tries_the_way_back) {
        (0 | 1, _) | (_, false) => 2,
        (_, true) => 3,
    }
}

impl Copies {
    /// Makes the folder in `parent`, which must have room for so many `copies` of a database of `size`, and for one
    /// journal: a step may write each page anew.
    ///
    /// # Errors
    /// It has not; the system refuses.
    pub(super) fn new(parent: &Path, size: u64, copies: u64) -> Result<Self, RehearsalError> {
        let refused = |source| RehearsalError::NoFolder { folder: parent.to_owned(), source };
        let free = volume::free(parent).map_err(refused)?;
        let needed = size.saturating_mul(copies + 1);
        if free < needed {
            let folder = parent.to_owned();
            return Err(RehearsalError::NoRoom { folder, size, copies, needed, free });
        }
        let folder = ScratchFolder::new_in(parent, "runner-rehearsal-").map_err(refused)?;
        Ok(Self { folder })
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The copy that steps are taken on.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.path().join("work.db")
    }

    /// That copy before a step.
    pub(super) fn before(&self) -> PathBuf {
        self.folder.path().join("before.db")
    }

    /// That copy as it was when the way back should lead there.
    pub(super) fn base(&self) -> PathBuf {
        self.folder.path().join("base.db")
    }

    /// Copies one state of `original`. Gives what its version was.
    ///
    /// # Errors
    /// It cannot be read or written; others wrote to it all the time; the end was asked for.
    pub(super) fn make(
        &self,
        original: &OnlyRead,
        stop: &Stop,
        observe: &mut Observer<'_>,
    ) -> Result<i64, Error> {
        let end = original.copy(&self.work(), stop, &mut |done, total| {
            observe(Event::Copying { done, total });
        });
        match end.map_err(|error| not_copied(original, error))? {
            CopyEnd::Whole { version } => {
                // Else the first COMMIT of a step would bring all of it to the disk.
                let synced = File::open(self.work()).and_then(|file| file.sync_all());
                synced.map_err(|source| io_error("write", &self.work(), source))?;
                Ok(version)
            }
            CopyEnd::Overtaken { times } => {
                let path = original.database().path.clone();
                Err(RehearsalError::Overtaken { path, times }.into())
            }
            CopyEnd::Stopped => Err(RehearsalError::Stopped.into()),
        }
    }

    /// Makes `to` what the work is. Nobody has either open. Where the file system can, the two files share what they
    /// have in common; elsewhere only what differs is written.
    ///
    /// # Errors
    /// The system refuses; the end was asked for.
    pub(super) fn keep(&self, to: &Path, stop: &Stop) -> Result<(), Error> {
        self.settle()?;
        let keep = || -> io::Result<bool> {
            let from = File::open(self.work())?;
            let mut options = File::options();
            let to = options.read(true).write(true).create(true).truncate(false).open(to)?;
            if share(&from, &to) { Ok(true) } else { write_what_differs(&from, &to, stop) }
        };
        match keep() {
            Ok(true) => Ok(()),
            Ok(false) => Err(RehearsalError::Stopped.into()),
            Err(source) => Err(io_error("write", to, source).into()),
        }
    }

    /// Brings what a process that ended has left beside the work into the file.
    fn settle(&self) -> Result<(), Error> {
        let settle = || -> rusqlite::Result<()> {
            let work = Connection::open(self.work())?;
            work.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            work.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        };
        settle().map_err(|source| RehearsalError::Sqlite { doing: SETTLE, source }.into())
    }
}

/// SQLite says only what went wrong: to write has to do with the copy, and all else with the database.
fn not_copied(original: &OnlyRead, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            RehearsalError::Sqlite { doing: "write the copy", source: error }.into()
        }
        _ => original.database().sqlite_error(error).into(),
    }
}

/// Whether `to` now has the blocks of `from`.
#[cfg(target_os = "linux")]
fn share(from: &File, to: &File) -> bool {
    rustix::fs::ioctl_ficlone(to, from).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn share(_from: &File, _to: &File) -> bool {
    false
}

/// Makes `to` equal to `from`. `false`: the end was asked for.
fn write_what_differs(mut from: &File, mut to: &File, stop: &Stop) -> io::Result<bool> {
    const AT_ONCE: usize = 1 << 20;
    let (mut new, mut old) = (vec![0; AT_ONCE], vec![0; AT_ONCE]);
    let mut place = 0;
    loop {
        if stop.is_requested() {
            return Ok(false);
        }
        let length = fill(&mut from, &mut new)?;
        let there = fill(&mut to, &mut old[..length])?;
        if new[..length] != old[..there] {
            to.seek(SeekFrom::Start(place))?;
            to.write_all(&new[..length])?;
        }
        place += length as u64;
        if length < AT_ONCE {
            to.set_len(place)?;
            return Ok(true);
        }
    }
}

/// Reads until `buffer` is full, or to the end.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match from.read(&mut buffer[length..])? {
            0 => return Ok(length),
            more => length += more,
        }
    }
}

const SETTLE: &str = "write the log into the copy";

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> RehearsalError {
    RehearsalError::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_becomes_what_another_is_whatever_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let large = |byte: u8, length: usize| vec![byte; length];
        for old in [vec![], large(1, 10), large(2, 3 << 20), large(2, 5 << 20)] {
            for new in
                [vec![], large(1, 9), large(2, 3 << 20), [large(2, 2 << 20), large(3, 7)].concat()]
            {
                fs::write(path("from"), &new).unwrap();
                fs::write(path("to"), &old).unwrap();
                let from = File::open(path("from")).unwrap();
                let to = File::options().read(true).write(true).open(path("to")).unwrap();
                assert!(write_what_differs(&from, &to, &Stop::default()).unwrap());
                assert!(fs::read(path("to")).unwrap() == new);
            }
        }
    }
}
