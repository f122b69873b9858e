//! Copies a database page by page.

use rusqlite::Connection;
use rusqlite::backup::{Backup, Progress, StepResult};
use rusqlite::ffi;

/// How many pages are copied in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pages {
    /// All: the copy is one state, whatever others write to the original meanwhile.
    AllAtOnce,
    /// Some milliseconds' worth, and then a look at the clock of whoever waits. Nobody may write to the
    /// original meanwhile: SQLite would begin from the start again.
    SomeAtOnce,
}

/// Makes the main database of `to` what that of `from` is, in one transaction
/// (<https://sqlite.org/backup.html>). `progress` is called with how many pages of how many are copied.
///
/// # Errors
/// SQLite's; `to` is then what it was, or may be thrown away.
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
