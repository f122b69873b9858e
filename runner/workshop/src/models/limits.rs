//! Limits for reading models: making a schema takes no time, unless what is read has no end.

use std::time::{Duration, Instant};

use rusqlite::Connection;

/// The time and the memory that the statements of models may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) time: Duration,
    /// Pages of the database in memory, of 4 KiB each.
    pub(super) pages: u32,
}

impl Limits {
    /// Thousands of tables take a second, and some megabytes.
    pub(super) const USUAL: Self = Self { time: Duration::from_secs(60), pages: 16 * 1024 };

    /// Has `connection` keep to them, from now on: what takes longer is interrupted, and what needs more
    /// is refused.
    pub(super) fn bind(self, connection: &mut Connection) -> rusqlite::Result<()> {
        // SQLite does not ask while it compiles a view to see that it can be, which takes some steps for
        // each: so that it asks between two of them.
        const STEPS_BETWEEN: i32 = 10;
        let begin = Instant::now();
        connection.pragma_update_and_check(None, "max_page_count", self.pages, |_| Ok(()))?;
        connection.progress_handler(STEPS_BETWEEN, Some(move || begin.elapsed() > self.time))
    }

    /// Lets `connection` work without them again.
    pub(super) fn lift(connection: &mut Connection) -> rusqlite::Result<()> {
        // The most that there can be.
        connection.pragma_update_and_check(None, "max_page_count", u32::MAX - 1, |_| Ok(()))?;
        connection.progress_handler(0, None::<fn() -> bool>)
    }
}
