//! The copies that a rehearsal works on: of the database, and of that copy as it was before steps.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use runner_engine::database::{CopyEnd, OnlyRead};
use runner_engine::scratch_folder::ScratchFolder;
use runner_engine::{Event, Observer, Stop, volume};
use rusqlite::Connection;

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
        })?;
        match end {
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

    /// Copies the work to `to`. Nobody has it open. Where the file system can, the two files share what they have in
    /// common.
    ///
    /// # Errors
    /// The system refuses; the end was asked for.
    pub(super) fn keep(&self, to: &Path, stop: &Stop) -> Result<(), Error> {
        const AT_ONCE: u64 = 256 << 20;
        self.settle()?;
        let copy = || -> io::Result<bool> {
            let (from, mut to) = (File::open(self.work())?, File::create(to)?);
            loop {
                if stop.is_requested() {
                    return Ok(false);
                }
                if io::copy(&mut (&from).take(AT_ONCE), &mut to)? == 0 {
                    return Ok(true);
                }
            }
        };
        match copy() {
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

const SETTLE: &str = "write the log into the copy";

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> RehearsalError {
    RehearsalError::Io { doing, path: path.to_owned(), source }
}
