//! Runs a migration in a savepoint of the runner's transaction, and checks that both are still there.

use rusqlite::Connection;

use super::failure::ApplyError;
use super::guard::Guard;
use super::invoke::{Invoker, Ran};
use super::transaction::data_version;
use crate::direction::Direction;
use crate::event::Observer;
use crate::load::Loaded;
use crate::safeguard::Safeguard;

/// Runs each migration in a savepoint of one transaction.
pub(super) struct InSavepoint<'s> {
    /// Calls them on the connection of the transaction.
    pub(super) invoker: Invoker<'s>,
    /// A connection outside of the transaction: it sees what was committed.
    pub(super) witness: &'s Connection,
    /// The version of the file before the transaction, as the witness saw it.
    pub(super) outside: i64,
}

impl InSavepoint<'_> {
    /// Runs `migration` under the guard, in a savepoint. Of several errors, the worst is returned.
    ///
    /// # Errors
    /// It failed, or did not leave the transaction as it found it. The transaction may be gone; the
    /// caller rolls back what is left of it.
    pub(super) fn run(
        &self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Ran, ApplyError> {
        let id = &migration.artifact.id;
        let begin = |source| ApplyError::Sqlite { doing: format!("begin `{id}`"), source };
        let connection = self.invoker.connection;
        let savepoint = self.savepoint().map_err(begin)?;
        let ending = self.invoker.call(migration, direction, Guard::arm, observe).map_err(begin)?;
        // After a failure the savepoint is asked for too: there may be another transaction around.
        let end = if ending.is_good() { "RELEASE" } else { "ROLLBACK TO" };
        let lost = connection.is_autocommit()
            || (connection.execute_batch(&format!("{end} {savepoint}")).is_err()
                && Safeguard::Savepoint.is_on());
        if lost && self.got_out() {
            return Err(ApplyError::Escaped { id: id.clone() });
        }
        let ran = ending.judge(id, direction, self.invoker.timeout)?;
        if lost {
            return Err(ApplyError::TransactionLost { id: id.clone() });
        }
        Ok(ran)
    }

    /// Opens a savepoint under a name that a migration cannot know.
    fn savepoint(&self) -> rusqlite::Result<String> {
        let connection = self.invoker.connection;
        let name: String =
            connection
                .query_row("SELECT 'runner_' || hex(randomblob(16))", [], |row| row.get(0))?;
        connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(name)
    }

    /// Whether the file was changed past the guard since the witness saw it as `outside`. If that
    /// cannot be known, it is assumed.
    fn got_out(&self) -> bool {
        if !self.invoker.connection.is_autocommit() {
            // What is still open now is not the runner's transaction.
            let _ = self.invoker.connection.execute_batch("ROLLBACK");
        }
        // Another program may write once the transaction is lost. That is no concern of ours.
        !self.invoker.guard.vetoes(self.invoker.connection)
            && data_version(self.witness) != Ok(self.outside)
    }
}
