//! Waits for the write lock, until a stop is requested.

use std::time::Duration;

use super::batched::BatchedError;
use super::failure::ApplyError;
use super::transaction::Stepper;
use crate::checkpoint;
use crate::id::MigrationId;
use crate::safeguard::Safeguard;
use crate::started;

/// How long to wait between two looks at whether to stop. SQLite cannot be interrupted while it waits
/// (<https://sqlite.org/c3ref/busy_timeout.html>).
const SLICE: Duration = Duration::from_millis(100);

impl Stepper<'_> {
    /// Begins a transaction to start a step of `id`. A migration without a transaction releases the
    /// lock many times before it has finished: no step starts beside it.
    ///
    /// # Errors
    /// A migration is unfinished; as [`Self::lock`].
    pub(super) fn lock_to_start(&mut self, id: &MigrationId) -> Result<(), ApplyError> {
        self.lock(id)?;
        if let Some(half_done) = checkpoint::read(&self.connection)? {
            self.roll_back()?;
            let (id, direction) = (half_done.id, half_done.direction);
            return Err(BatchedError::OtherHalfDone { id, direction }.into());
        }
        match started::read(&self.connection)?.into_iter().next() {
            None => Ok(()),
            Some(unfinished) => {
                self.roll_back()?;
                Err(ApplyError::OtherUnfinished(unfinished))
            }
        }
    }

    /// Begins a transaction for a step of `id`; no other process can write beside it.
    ///
    /// # Errors
    /// Another program holds the lock for longer than the options allow; it was asked to stop.
    pub(super) fn lock(&self, id: &MigrationId) -> Result<(), ApplyError> {
        let begin = Safeguard::WriteLock.choose("BEGIN IMMEDIATE", "BEGIN");
        let mut left = self.options.busy_timeout;
        loop {
            if self.stop.is_requested() {
                return Err(ApplyError::Stopped { id: id.clone() });
            }
            let slice = left.min(SLICE);
            left -= slice;
            let begun = self
                .connection
                .busy_timeout(slice)
                .and_then(|()| self.connection.execute_batch(begin));
            match begun {
                Err(error) if is_busy(&error) && !left.is_zero() => {}
                Err(error) => return Err(self.database.sqlite_error(error).into()),
                Ok(()) => break,
            }
        }
        self.measure.locked(&self.connection);
        self.connection
            .busy_timeout(self.options.busy_timeout)
            .map_err(|error| self.database.sqlite_error(error).into())
    }
}

/// Whether another connection holds a lock that is needed.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::apply::ApplyOptions;
    use crate::database::Database;
    use crate::stop::Stop;

    #[test]
    fn who_waits_for_the_lock_hears_of_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE").unwrap();
        let database = Database::existing_at(path);
        let stop = Stop::default();
        let remote = stop.clone();
        let options =
            ApplyOptions { busy_timeout: Duration::from_secs(3600), ..ApplyOptions::default() };
        let stepper = Stepper::open(&database, options, &stop).unwrap();
        let requesting = std::thread::spawn(move || remote.request());
        let error = stepper.lock(&"20250101_000000_a".parse().unwrap()).unwrap_err();
        requesting.join().unwrap();
        assert!(matches!(error, ApplyError::Stopped { .. }), "{error}");
    }
}
