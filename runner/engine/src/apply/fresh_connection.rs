//! A fresh connection after each migration that may have left something on its connection: the next does not
//! find it.

use std::mem;

use rusqlite::Connection;

use super::connection_reuse::{AsOpened, ConnectionUse};
use super::connection_state::ConnectionState;
use super::failure::ApplyError;
use super::guard::Guard;
use super::registered_names::RegisteredNames;
use super::trace::Trace;
use super::transaction::{Stepper, data_version};
use super::verify::Before;
use super::{table_functions, temporary_schema};
use crate::application::ApplicationNames;
use crate::ffi;
use crate::id::MigrationId;
use crate::record;

impl Stepper<'_> {
    /// Opens a connection for the next transaction, unless it is proven that the migration before left nothing on
    /// this one: the migration may have replaced functions of SQLite, and no reset brings those back. Returns the
    /// old connection, which stays open until the next one holds the lock: closing the last connection empties
    /// the log of a database in WAL mode, and that would happen for each migration.
    ///
    /// # Errors
    /// The file cannot be opened again.
    pub(super) fn renew(&mut self) -> Result<Option<Connection>, ApplyError> {
        // Of a file that is not where it was, the step itself says so, on the connection that has it.
        if self.connection_use != ConnectionUse::Used || ffi::has_moved(&self.connection) {
            self.guard_anew()?;
            return Ok(None);
        }
        let connection = self.database.open_again_to_migrate(self.options.busy_timeout)?;
        let last = mem::replace(&mut self.connection, connection);
        (self.guard, self.trace) = (Guard::default(), Trace::default());
        (self.opened, self.connection_use) = (AsOpened::of(&self.connection), ConnectionUse::New);
        self.guard_anew()?;
        Ok(Some(last))
    }

    /// Takes over what was seen of the database after the migration before, which ran on `last`. It
    /// still holds if nobody has committed since. Only `last` can tell: a version of the file means
    /// something to the connection that it was read on. Nobody can commit now, as this connection
    /// holds the lock; to it the version is `version`.
    ///
    /// # Errors
    /// The file is not that of the connection before.
    pub(super) fn take_over(
        &mut self,
        last: &Connection,
        id: &MigrationId,
        version: i64,
    ) -> Result<(), ApplyError> {
        if ffi::has_moved(last) || ffi::has_moved(&self.connection) {
            return Err(ApplyError::Moved { id: id.clone() });
        }
        self.before = self
            .before
            .take()
            .filter(|before| data_version(last) == Ok(before.version))
            .map(|before| Before { version, ..before });
        Ok(())
    }

    /// Makes the connection as it was `opened`, for the migration that follows `last` in the same
    /// transaction.
    ///
    /// # Errors
    /// SQLite has lost functions or collations of its own.
    pub(super) fn put_back(
        &mut self,
        opened: &ConnectionState,
        last: &MigrationId,
    ) -> Result<(), ApplyError> {
        let preparing = || self.failing_to("prepare a connection to");
        // What the migration has left may answer in place of SQLite until this is done.
        let replaced = RegisteredNames::of(&self.connection).map_err(preparing())?;
        let replaced: Vec<_> =
            replaced.replaced(ApplicationNames::NONE).map(ToString::to_string).collect();
        if !replaced.is_empty() {
            return Err(ApplyError::BuiltinLeft { id: last.clone(), replaced });
        }
        opened.put_back(&self.connection).map_err(preparing())?;
        self.guard_anew()
    }

    /// Has SQLite forget what it remembers of statements that ran on a connection that is kept: how many rows the
    /// runner's own changed last (<https://sqlite.org/c3ref/changes.html>), and table-valued functions that
    /// were used. How many rows were changed in all it never forgets.
    pub(super) fn forget_statements(&self) -> Result<(), ApplyError> {
        if self.connection_use == ConnectionUse::New {
            return Ok(());
        }
        record::change_nothing(&self.connection)
            .and_then(|()| table_functions::forget(&self.connection))
            .map_err(self.failing_to("prepare a connection to"))
    }

    /// Has the guard stand on the connection, in place of what a migration before in the same
    /// transaction has put there, and removes what that left in the temporary schema.
    pub(super) fn guard_anew(&mut self) -> Result<(), ApplyError> {
        self.guard
            .install_on(&mut self.connection)
            .and_then(|()| self.connection.busy_timeout(self.options.busy_timeout))
            .and_then(|()| temporary_schema::clear(&self.connection))
            .map_err(self.failing_to("prepare a connection to"))?;
        if self.options.tells_statements() {
            self.trace
                .listen(&mut self.connection, &self.guard)
                .map_err(self.failing_to("prepare a connection to"))?;
        }
        Ok(())
    }
}
