//! What happens between two batches: others get in, the write-ahead log is emptied, and the run may end.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::stop::Stop;

/// How long to let others in between two batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// As long as a program needs to get in that waits for the lock: after each batch while others write, and now and
    /// then while nobody does.
    #[default]
    AsNeeded,
    /// As long as this, after each batch.
    For(Duration),
}

/// SQLite's busy handler sleeps for up to 25 ms at a time in the first 130 ms of waiting, and looks then
/// (`sqliteDefaultBusyCallback` in its main.c): a pause that is shorter may pass between two looks.
const LETS_IN: Duration = Duration::from_millis(26);

/// How many batches follow each other while nobody else writes. Somebody who begins to write then waits for so many
/// at most.
const IN_A_ROW: u32 = 3;

/// For how long others count as writing after they did.
const WRITES_STILL: Duration = Duration::from_secs(2);

/// So many pages of the log are copied into the file after a batch: when others who commit would do so as well, and wait
/// for it.
const PAGES_TO_CHECKPOINT: i64 = 1000;

/// The log is emptied once it is larger than this: in bytes.
const LOG_IS_LARGE: u64 = 16 << 20;

/// It is said who keeps the log from being emptied once it is larger than this: in bytes.
const LOG_IS_TOO_LARGE: u64 = 64 << 20;

/// The pauses of one run.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Pause,
    /// When the run is to end.
    end: Option<Instant>,
    /// The version of the file after the last batch, as the witness sees it.
    version: Option<i64>,
    others_wrote: Option<Instant>,
    in_a_row: u32,
    /// Whether the next pause is left out.
    in_a_hurry: bool,
    /// Whether it was said that the log is too large.
    said: bool,
}

/// Why there is no next batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoNext {
    Stopped,
    TimeIsOver,
}

impl Pace {
    /// For how long it gives way to those who read, at most, before the next attempt.
    pub(super) const LONGEST_GIVEN_WAY: Duration = Duration::from_millis(64);

    pub(super) fn new(pause: Pause, end: Option<Instant>) -> Self {
        Self {
            pause,
            end,
            version: None,
            others_wrote: None,
            in_a_row: 0,
            in_a_hurry: false,
            said: false,
        }
    }

    /// Whether the next transaction may begin.
    ///
    /// # Errors
    /// A stop was requested; the time of the run is over.
    pub(super) fn may_go_on(&self, stop: &Stop) -> Result<(), NoNext> {
        if stop.is_requested() {
            return Err(NoNext::Stopped);
        }
        match self.end {
            Some(end) if end <= Instant::now() => Err(NoNext::TimeIsOver),
            _ => Ok(()),
        }
    }

    /// A batch was committed: `version` is that of the file now.
    pub(super) fn committed(&mut self, version: Option<i64>) {
        self.version = version;
        self.in_a_row += 1;
    }

    /// The version of the file, now that the next batch has the lock.
    pub(super) fn begins_at(&mut self, version: Option<i64>) {
        if self.version.is_some() && version != self.version {
            self.others_wrote = Some(Instant::now());
        }
    }

    /// Lets others in, if it is time to.
    pub(super) fn pause(&mut self, stop: &Stop) {
        if std::mem::take(&mut self.in_a_hurry) {
            return;
        }
        let others_write = self.others_wrote.is_some_and(|at| at.elapsed() < WRITES_STILL);
        let pause = match self.pause {
            Pause::For(pause) => pause,
            Pause::AsNeeded if others_write || self.in_a_row >= IN_A_ROW => LETS_IN,
            Pause::AsNeeded => return,
        };
        self.in_a_row = 0;
        self.sleep(pause, stop);
    }

    /// Leaves out the next pause.
    pub(super) fn leave_out_the_next(&mut self) {
        self.in_a_hurry = true;
    }

    /// Gives way to those who read: COMMIT in a rollback journal waits for all of them, and lets no new one in.
    pub(super) fn give_way(&mut self, times: u32, stop: &Stop) {
        let longest = Self::LONGEST_GIVEN_WAY;
        self.sleep(Duration::from_millis(1 << times.min(6)).min(longest), stop);
    }

    fn sleep(&self, pause: Duration, stop: &Stop) {
        const SLICE: Duration = Duration::from_millis(50);
        let until = Instant::now() + pause;
        let until = self.end.map_or(until, |end| until.min(end));
        while !stop.is_requested() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(SLICE));
        }
    }

    /// Empties the write-ahead log if it has grown, and gives a line to be shown if it cannot be emptied and is too
    /// large.
    pub(super) fn empty_log(
        &mut self,
        connection: &Connection,
        database: &Database,
    ) -> Option<String> {
        let size = log_size(database.file())?;
        if checkpoint(connection, "NOOP").is_ok_and(|left| left < PAGES_TO_CHECKPOINT) {
            return None;
        }
        // Nobody is waited for: a wait would keep others from writing.
        let _ = connection.busy_timeout(Duration::ZERO);
        // PASSIVE first, which takes no write lock: TRUNCATE holds it while it copies
        // (`sqlite3WalCheckpoint` in SQLite's wal.c), and has next to nothing to copy then.
        let is_emptied = checkpoint(connection, "PASSIVE") == Ok(0)
            && (size < LOG_IS_LARGE || checkpoint(connection, "TRUNCATE") == Ok(0));
        if is_emptied {
            self.said = false;
            return None;
        }
        (size > LOG_IS_TOO_LARGE && !std::mem::replace(&mut self.said, true)).then(|| {
            format!(
                "the write-ahead log has {}, and cannot be emptied while others read{}",
                crate::size::rounded_up(size),
                database.who_reads()
            )
        })
    }
}

/// Copies the log into the database (<https://sqlite.org/pragma.html#pragma_wal_checkpoint>). Gives how many
/// pages of it are not.
///
/// # Errors
/// SQLite's; somebody was in the way.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA main.wal_checkpoint({mode})"), [], |row| {
        let (busy, log, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match busy {
            0 => Ok(log - copied),
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                Err(rusqlite::Error::SqliteFailure(busy, None))
            }
        }
    })
}

/// The size of the log beside the database in `file`, if it has one. Nothing is opened: to close a file of the
/// database would drop SQLite's locks.
fn log_size(file: &Path) -> Option<u64> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).ok().map(|log| log.len())
}
