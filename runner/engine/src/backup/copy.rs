//! Copies a database page by page.

use rusqlite::Connection;
use rusqlite::backup::{Backup, Progress, StepResult};
use rusqlite::ffi;

/// Pages between two looks at the clock of whoever waits: some milliseconds.
const PAGES_AT_ONCE: i32 = 1000;

/// Makes the main database of `to` what that of `from` is, in one transaction
/// (<https://sqlite.org/backup.html>). Nobody may write to `from` meanwhile.
/// `progress` hears how many pages of how many are copied.
///
/// # Errors
/// SQLite's; `to` is then what it was, or may be thrown away.
pub(super) fn copy(
    from: &Connection,
    to: &mut Connection,
    progress: &mut dyn FnMut(u64, u64),
) -> rusqlite::Result<()> {
    let backup = Backup::new(from, to)?;
    loop {
        let step = backup.step(PAGES_AT_ONCE)?;
        let Progress { remaining, pagecount } = backup.progress();
        let pages = |number: i32| u64::try_from(number).unwrap_or_default();
        progress(pages(pagecount - remaining), pages(pagecount));
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Both files are locked already: to wait would not help.
            _ => {
                return Err(rusqlite::Error::SqliteFailure(
                    ffi::Error::new(ffi::SQLITE_BUSY),
                    None,
                ));
            }
        }
    }
}
