//! Runs a migration inside the runner's transaction, and judges how it left that.

use rusqlite::Connection;

use super::failure::ApplyError;
use super::guard::Guard;
use super::invoke::{Place, Ran};
use super::transaction::data_version;
use crate::direction::Direction;
use crate::event::Observer;
use crate::load::Loaded;
use crate::safeguard::Safeguard;

/// Where a migration runs in a transaction.
pub(super) struct Stage<'s> {
    /// Inside the transaction.
    pub(super) place: Place<'s>,
    /// Looks at the file from outside: whether something got out of the transaction.
    pub(super) witness: &'s Connection,
    /// The state of the file before it, as the witness saw it.
    pub(super) outside: i64,
}

impl Stage<'_> {
    /// Runs `migration` under the guard and inside a savepoint. What is worst is told first.
    ///
    /// # Errors
    /// It failed, or did not leave the transaction as it found it. That may be gone; whatever is left
    /// of it is to be rolled back.
    pub(super) fn run(
        &self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Ran, ApplyError> {
        let id = &migration.artifact.id;
        let begin = |source| ApplyError::Sqlite { doing: format!("begin `{id}`"), source };
        let connection = self.place.connection;
        let savepoint = self.savepoint().map_err(begin)?;
        let ending = self.place.call(migration, direction, Guard::arm, observe).map_err(begin)?;
        // After a failure the savepoint is asked for too: there may be another transaction around.
        let end = if ending.is_good() { "RELEASE" } else { "ROLLBACK TO" };
        let lost = connection.is_autocommit()
            || (connection.execute_batch(&format!("{end} {savepoint}")).is_err()
                && Safeguard::Savepoint.stands());
        if lost && self.got_out() {
            return Err(ApplyError::Escaped { id: id.clone() });
        }
        let ran = ending.judge(id, direction, self.place.timeout)?;
        if lost {
            return Err(ApplyError::TransactionLost { id: id.clone() });
        }
        Ok(ran)
    }

    /// Opens a savepoint under a name that a migration cannot know.
    fn savepoint(&self) -> rusqlite::Result<String> {
        let connection = self.place.connection;
        let name: String =
            connection
                .query_row("SELECT 'runner_' || hex(randomblob(16))", [], |row| row.get(0))?;
        connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(name)
    }

    /// Whether the file was changed past the guard since the witness saw it as `outside`. If that
    /// cannot be told, the worse is assumed.
    fn got_out(&self) -> bool {
        if !self.place.connection.is_autocommit() {
            // What is still open now is not the runner's transaction.
            let _ = self.place.connection.execute_batch("ROLLBACK");
        }
        // Another program may write once the transaction is lost. That is no concern of ours.
        !self.place.guard.vetoes(self.place.connection)
            && data_version(self.witness) != Ok(self.outside)
    }
}
