//! Copies a database page by page.

use rusqlite::Connection;
use rusqlite::backup::{Backup, Progress, StepResult};
use rusqlite::ffi;

/// How many pages are copied in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// All pages: the copy is one state, whatever others write meanwhile.
    AllAtOnce,
    /// As many as take some milliseconds; then a waiting person's clock is updated. No process may
    /// write to the original meanwhile: SQLite would start again.
    SomeAtOnce,
}

/// Copies the main database of `from` over that of `to`, in one transaction
/// (<https://sqlite.org/backup.html>). `progress` is called with the number of pages copied and of all
/// pages.
///
/// # Errors
/// SQLite's; then `to` is unchanged, or may be thrown away.
pub(crate) fn copy(
    from: &Connection,
    to: &mut Connection,
    pages: Pages,
    progress: &mut dyn FnMut(u64, u64),
) -> rusqlite::Result<()> {
    let at_once = match pages {
        Pages::AllAtOnce => -1,
        Pages::SomeAtOnce => 1000,
    };
    let backup = Backup::new(from, to)?;
    loop {
        let step = backup.step(at_once)?;
        let Progress { remaining, pagecount } = backup.progress();
        let pages = |number: i32| u64::try_from(number).unwrap_or_default();
        progress(pages(pagecount - remaining), pages(pagecount));
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Both files are locked already, or new: to wait would not help.
            _ => {
                return Err(rusqlite::Error::SqliteFailure(
                    ffi::Error::new(ffi::SQLITE_BUSY),
                    None,
                ));
            }
        }
    }
}
