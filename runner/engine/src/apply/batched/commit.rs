//! COMMIT beside those who read. With a rollback journal it waits until nobody reads, and lets no new reader in
//! meanwhile (<https://sqlite.org/lockingv3.html#writing>): so a transaction that finds a reader in its way is given up at
//! once, and tried again.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::pace::Pace;
use super::stages::{Ended, Stages};
use crate::apply::failure::ApplyError;
use crate::apply::transaction::data_version;
use crate::apply::write_lock::is_busy;
use crate::ffi::BatchAnswer;
use crate::stop::Stop;

/// How often COMMIT gives way to those who read before it waits for them: for about half of the time that it may wait
/// in all.
fn gives_way(patience: Duration) -> u32 {
    let times = patience.as_millis() / (2 * Pace::LONGEST_GIVEN_WAY.as_millis());
    u32::try_from(times).unwrap_or(u32::MAX).max(1)
}

/// Why a batch is not committed.
pub(super) enum NotCommitted {
    /// The migration failed; at a row, if it names one.
    ByItself(BatchAnswer),
    /// What the batch of so many rows left breaks a rule, and any of the rows may be why.
    Broken(ApplyError, u64),
    /// Others read, and COMMIT would wait for them.
    Busy,
    /// Whatever rows it had, it would be the same.
    Ended(Ended),
}

impl<E: Into<Ended>> From<E> for NotCommitted {
    fn from(ended: E) -> Self {
        Self::Ended(ended.into())
    }
}

/// Has COMMIT wait for those who read, or not, after it `gave_way` so many times. The caller puts the setting back.
pub(super) fn be_patient(
    connection: &Connection,
    patience: Duration,
    gave_way: u32,
) -> rusqlite::Result<()> {
    connection.busy_timeout(if gave_way < gives_way(patience) { Duration::ZERO } else { patience })
}

/// Makes an attempt at a transaction again and again while others read. What it wrote is rolled back.
///
/// # Errors
/// That of the attempt, if it is another.
pub(super) fn giving_way<T>(
    pace: &mut Pace,
    stop: &Stop,
    patience: Duration,
    mut attempt: impl FnMut(u32) -> Result<T, ApplyError>,
) -> Result<T, ApplyError> {
    let mut gave_way = 0;
    loop {
        match attempt(gave_way) {
            Err(ApplyError::Sqlite { source, .. })
                if is_busy(&source) && gave_way < gives_way(patience) =>
            {
                gave_way += 1;
                pace.give_way(gave_way, stop);
            }
            outcome => return outcome,
        }
    }
}

impl Stages<'_, '_> {
    /// Makes an attempt at a transaction again and again while others read and COMMIT would wait for them.
    pub(super) fn until_committed<T>(
        &self,
        mut attempt: impl FnMut(u32) -> Result<T, NotCommitted>,
    ) -> Result<T, Ended> {
        let mut gave_way = 0;
        loop {
            let before = self.checkpoint();
            let error = match attempt(gave_way) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            self.roll_back().map_err(self.saving())?;
            self.put_back(before);
            match error {
                NotCommitted::Busy => {
                    gave_way += 1;
                    self.pace.borrow_mut().give_way(gave_way, self.stepper.stop);
                }
                NotCommitted::Broken(error, _) => return Err(error.into()),
                NotCommitted::ByItself(_) => return Err(Ended::ByItself),
                NotCommitted::Ended(ended) => return Err(ended),
            }
        }
    }

    /// Commits, and gives up at once where others read: in a rollback journal, COMMIT waits for all who read, and lets
    /// no new one in. Only if that has been so many times, it waits.
    pub(super) fn commit_at_once(&self, gave_way: u32, rows: u64) -> Result<(), NotCommitted> {
        let patience = self.stepper.options.busy_timeout;
        be_patient(self.connection(), patience, gave_way).map_err(self.saving())?;
        let committed = self.commit();
        self.connection().busy_timeout(patience).map_err(self.saving())?;
        committed.map_err(|ended| match ended {
            Ended::ByUs(ApplyError::Sqlite { source, .. })
                if is_busy(&source) && gave_way < gives_way(patience) =>
            {
                NotCommitted::Busy
            }
            Ended::ByUs(ApplyError::Sqlite { doing, source })
                if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                NotCommitted::Broken(ApplyError::Sqlite { doing, source }, rows)
            }
            ended => NotCommitted::Ended(ended),
        })
    }

    /// Commits, and waits for those who read as long as the options allow.
    fn commit(&self) -> Result<(), Ended> {
        self.stepper.measure.commit(self.connection()).map_err(|source| {
            let source = self.stepper.database.with_holders(source);
            ApplyError::Sqlite { doing: format!("commit a stage of `{}`", self.id()), source }
        })?;
        let version = data_version(&self.stepper.witness).ok();
        self.pace.borrow_mut().committed(version);
        Ok(())
    }
}
