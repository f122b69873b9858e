//! A database as it was before the transaction that is open on it, read through the rollback journal,
//! which holds each page as it was before it is overwritten.
//!
//! No other connection can read a database once SQLite has begun to write into its file, and this
//! process may not open the file a second time without SQLite. So a VFS of our own
//! (<https://sqlite.org/vfs.html>) reads through the two files that the connection has open, and never
//! locks.

mod files;
#[cfg(test)]
mod tests;
mod vfs;

use std::ffi::c_int;
use std::marker::PhantomData;

use rusqlite::{Connection, OpenFlags};

use self::vfs::Vfs;

/// A connection to the database of another connection, as it was before the transaction that is open
/// there. It reads no longer than that transaction lasts.
pub(crate) struct BeforeImage<'c> {
    connection: Connection,
    _files: Vfs,
    _of: PhantomData<&'c Connection>,
}

impl<'c> BeforeImage<'c> {
    /// The image of the database of `connection`, which is in a transaction with a rollback journal.
    ///
    /// # Errors
    /// There is no such journal, or it cannot be read.
    pub(crate) fn of(connection: &'c Connection) -> rusqlite::Result<Self> {
        let files = Vfs::over(connection)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags_and_vfs("before", flags, &*files.name)?;
        // There is one file. What must be sorted is sorted in memory.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(Self { connection, _files: files, _of: PhantomData })
    }

    /// Calls `is_over` every so many steps of SQLite's virtual machine, and interrupts reading if it
    /// returns `true`.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn interrupt_if(
        &mut self,
        steps: c_int,
        is_over: impl FnMut() -> bool + Send + 'static,
    ) -> rusqlite::Result<()> {
        self.connection.progress_handler(steps, Some(is_over))
    }

    /// The connection.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}
