//! Reads what is committed, after a migration has run in a transaction that is still open.

use std::cell::OnceCell;

use rusqlite::Connection;

use super::write_lock::is_busy;
use crate::ffi::BeforeImage;
use crate::stop::Stop;

/// The database as it was before the transaction that is open on a connection of ours.
pub(super) struct Committed<'c> {
    witness: &'c Connection,
    connection: &'c Connection,
    stop: &'c Stop,
    image: OnceCell<Option<BeforeImage<'c>>>,
}

impl<'c> Committed<'c> {
    /// What the `witness` sees, a connection outside of the transaction of `connection`. Once that
    /// transaction has written more than SQLite's cache holds, its lock keeps the witness out of a
    /// database that is not in WAL mode. Then what was there is read through the rollback journal.
    pub(super) fn outside_of(
        connection: &'c Connection,
        witness: &'c Connection,
        stop: &'c Stop,
    ) -> Self {
        Self { witness, connection, stop, image: OnceCell::new() }
    }

    /// The connection to ask.
    ///
    /// # Errors
    /// What is committed cannot be read.
    pub(super) fn connection(&self) -> rusqlite::Result<&Connection> {
        if self.image.get().is_none() {
            let _ = self.image.set(if self.is_locked() { Some(self.image()?) } else { None });
        }
        let image = self.image.get().and_then(Option::as_ref);
        Ok(image.map_or(self.witness, BeforeImage::connection))
    }

    fn is_locked(&self) -> bool {
        let look = self.witness.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
        look.is_err_and(|error| is_busy(&error))
    }

    fn image(&self) -> rusqlite::Result<BeforeImage<'c>> {
        /// Steps of SQLite's virtual machine between two checks: a read is interrupted about as soon as
        /// one of the witness is.
        const NOW_AND_THEN: i32 = 10_000;
        let mut image = BeforeImage::of(self.connection)?;
        let stop = self.stop.clone();
        image.interrupt_if(NOW_AND_THEN, move || stop.is_requested())?;
        Ok(image)
    }
}
