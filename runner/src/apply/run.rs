//! Runs the code of a migration, and judges how it left the transaction.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::deadline::Deadline;
use super::failure::{ApplyError, MigrationFailure};
use super::guard::Guard;
use super::seen::Seen;
use super::trace::Trace;
use super::voice::Voice;
use crate::event::Observer;
use crate::ffi::{self, PluginFailure};
use crate::id::MigrationId;
use crate::load::Loaded;
use crate::plan::Direction;

/// Where a migration runs, and what stands around it.
pub(super) struct Stage<'s> {
    /// Inside the runner's transaction.
    pub(super) connection: &'s Connection,
    /// Looks at the file from outside: whether something got out of the transaction.
    pub(super) witness: &'s Connection,
    /// The state of the file before it, as the witness saw it.
    pub(super) outside: i64,
    pub(super) guard: &'s Guard,
    pub(super) trace: &'s Trace,
    pub(super) timeout: Option<Duration>,
}

/// A migration that succeeded and left the transaction as it found it.
pub(super) struct Ran {
    /// What it did, as far as the guard could see.
    pub(super) seen: Seen,
    /// How long its code ran.
    pub(super) took: Duration,
}

/// How the code of a migration ended.
struct Ending {
    result: Result<(), PluginFailure>,
    seen: Seen,
    took: Duration,
    timed_out: bool,
}

impl Stage<'_> {
    /// Runs `migration` under the guard and inside a savepoint.
    ///
    /// # Errors
    /// It failed, or broke a rule. The transaction may be gone; whatever is left of it is to be
    /// rolled back.
    pub(super) fn run(
        &self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Ran, ApplyError> {
        let id = &migration.artifact.id;
        let begin = |source| ApplyError::Sqlite { doing: "begin a migration", source };
        let routines = ffi::routines().map_err(begin)?;
        let savepoint = self.savepoint().map_err(begin)?;

        let started = Instant::now();
        let deadline = Deadline::start(self.connection, self.timeout);
        let mut voice = Voice { id, observe, deadline: &deadline, trace: self.trace };
        self.guard.arm();
        let result = ffi::call(migration.entry(direction), self.connection, routines, &mut voice);
        let seen = self.guard.disarm();
        voice.statements();
        let ending =
            Ending { result, seen, took: started.elapsed(), timed_out: deadline.is_over() };
        drop(deadline);
        self.judge(id, direction, ending, &savepoint)
    }

    /// Opens a savepoint under a name that a migration cannot know.
    fn savepoint(&self) -> rusqlite::Result<String> {
        let name: String =
            self.connection
                .query_row("SELECT 'runner_' || hex(randomblob(16))", [], |row| row.get(0))?;
        self.connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(name)
    }

    /// Whether the migration succeeded and left the transaction as it found it. What is worst is
    /// told first.
    fn judge(
        &self,
        id: &MigrationId,
        direction: Direction,
        ending: Ending,
        savepoint: &str,
    ) -> Result<Ran, ApplyError> {
        let running = ffi::running_statement(self.connection);
        // After a failure the savepoint is asked for too: there may be another transaction around.
        let end =
            if ending.result.is_ok() && running.is_none() { "RELEASE" } else { "ROLLBACK TO" };
        let lost = self.connection.is_autocommit()
            || self.connection.execute_batch(&format!("{end} {savepoint}")).is_err();
        if lost && self.got_out() {
            return Err(ApplyError::Escaped { id: id.clone() });
        }
        if ending.timed_out {
            let after = self.timeout.unwrap_or_default();
            return Err(ApplyError::TimedOut { id: id.clone(), after });
        }
        if let Some(denied) = ending.seen.denied {
            return Err(ApplyError::Denied { id: id.clone(), denied });
        }
        if let Err(failure) = ending.result {
            return Err(MigrationFailure::told(id, direction, failure));
        }
        if let Some(sql) = running {
            return Err(ApplyError::StatementLeft { id: id.clone(), sql });
        }
        if lost {
            return Err(ApplyError::TransactionLost { id: id.clone() });
        }
        Ok(Ran { seen: ending.seen, took: ending.took })
    }

    /// Whether the file was changed past the guard since the witness saw it as `outside`. If that
    /// cannot be told, the worse is assumed.
    fn got_out(&self) -> bool {
        if !self.connection.is_autocommit() {
            // What is still open now is not the runner's transaction.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        // Another program may write once the transaction is lost. That is no concern of ours.
        !self.guard.vetoes(self.connection) && data_version(self.witness) != Ok(self.outside)
    }
}

/// A number that changes when another connection commits
/// (<https://sqlite.org/pragma.html#pragma_data_version>).
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}
