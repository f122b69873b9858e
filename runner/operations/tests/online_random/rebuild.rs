//! The online rebuild, piece by piece: each time it is read back from its bytes, as after a crash.

use std::time::{Duration, Instant};

use migration_api::operation::{Operation, OperationError};
use runner_operations::perform::online::{Budget, Online, Phase};
use rusqlite::Connection;

/// What a piece came to.
#[derive(Debug)]
pub(crate) enum Advanced {
    /// There is more to do.
    On,
    /// Somebody else held a lock; nothing was done.
    Busy,
    /// The new table is in its place; leftovers may be there.
    Swapped,
    /// Nothing is left to do.
    Done,
    /// It cannot be done, for this reason.
    Refused(String),
}

/// A rebuild that has begun.
pub(crate) struct Rebuild {
    pub(crate) connection: Connection,
    /// As it was committed.
    state: Vec<u8>,
}

impl Rebuild {
    pub(crate) fn begin(connection: Connection, operations: &[Operation]) -> Result<Self, String> {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = Online::begin(&connection, operations);
        let end = if begun.is_ok() { "COMMIT" } else { "ROLLBACK" };
        connection.execute_batch(end).unwrap();
        let state = begun.map_err(|error| reason(&error))?.to_bytes();
        Ok(Self { connection, state })
    }

    /// Goes on by at most so many rows.
    pub(crate) fn advance(&mut self, rows: usize) -> Advanced {
        if self.connection.execute_batch("BEGIN IMMEDIATE").is_err() {
            return Advanced::Busy;
        }
        let (advanced, state) = self.piece(rows);
        match advanced {
            Advanced::Refused(why) => {
                self.roll_back();
                if why.contains("database is locked") {
                    Advanced::Busy
                } else {
                    Advanced::Refused(why)
                }
            }
            advanced => match self.connection.execute_batch("COMMIT") {
                Ok(()) => {
                    self.state = state;
                    advanced
                }
                Err(_) => {
                    self.roll_back();
                    Advanced::Busy
                }
            },
        }
    }

    /// As [`Self::advance`], but the process dies before COMMIT.
    pub(crate) fn tear(&mut self, rows: usize) -> Advanced {
        if self.connection.execute_batch("BEGIN IMMEDIATE").is_ok() {
            self.piece(rows);
            self.roll_back();
        }
        Advanced::On
    }

    fn piece(&self, rows: usize) -> (Advanced, Vec<u8>) {
        let mut online = Online::from_bytes(&self.state).unwrap();
        let advanced = match online.advance(&self.connection, &budget(rows)) {
            Ok(progress) => match progress.phase {
                Phase::Swapped => Advanced::Swapped,
                Phase::Done => Advanced::Done,
                _ => Advanced::On,
            },
            Err(error) => Advanced::Refused(reason(&error)),
        };
        (advanced, online.to_bytes())
    }

    /// Takes it away again.
    pub(crate) fn abandon(&self) -> Result<(), String> {
        let mut online = Online::from_bytes(&self.state).unwrap();
        loop {
            self.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            let is_gone =
                online.abandon(&self.connection, &budget(5)).map_err(|error| reason(&error))?;
            self.connection.execute_batch("COMMIT").unwrap();
            if is_gone {
                return Ok(());
            }
        }
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK").unwrap();
        }
    }
}

/// The time is no part of what is tried.
fn budget(rows: usize) -> Budget {
    Budget { rows: rows as u64, until: Instant::now() + Duration::from_secs(3600) }
}

fn reason(error: &OperationError) -> String {
    use std::error::Error as _;
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        said += &format!(": {error}");
        source = error.source();
    }
    said
}
