//! The number of rows of a pass in several transactions.

use rusqlite::Connection;

use super::batch::Stopped;
use super::builder::Spec;
use super::cells::Cells;
use super::layout::Layout;
use super::reader::{Left, Reader, Wanted};
use super::refusal::RowsError;
use super::table::{Span, Table};
use crate::host::Host;

/// The number of rows that the function of a pass in several transactions will get. No read lasts long: the table is
/// read in slices, which others may change in between.
///
/// # Errors
/// There is no such table or column; an error of SQLite; a wish to stop.
pub(super) fn in_slices(
    connection: &Connection,
    host: &dyn Host,
    spec: &Spec,
) -> Result<u64, Stopped> {
    const SLICE: u64 = 20_000;
    /// Others who commit again and again may keep a reader out for longer than it waits. Nobody needs the count at once.
    const ATTEMPTS: u32 = 20;
    let table =
        Table::read(connection, &spec.table, Span::Transactions).map_err(Stopped::Refused)?;
    let layout = Layout::of(connection, table, spec).map_err(Stopped::Refused)?.without_values();
    let mut reader = Reader::new(connection, &layout).map_err(Stopped::Refused)?;
    let (mut key, mut count, mut left) = (Cells::default(), 0, Left::Some);
    let mut attempts = 0;
    while left == Left::Some {
        if host.should_stop() {
            return Err(Stopped::Refused(RowsError::Stopped));
        }
        let (before, mut seen, mut counted) = (key.clone(), 0, 0);
        let read = reader.read(&mut key, &mut |row, _| {
            seen += 1;
            counted += u64::from(layout.lets_through(row));
            if seen < SLICE { Wanted::More } else { Wanted::Enough }
        });
        attempts += 1;
        match read {
            Err(error) if is_busy(&error) && attempts < ATTEMPTS => key = before,
            read => {
                left = read.map_err(Stopped::Refused)?;
                (count, attempts) = (count + counted, 0);
            }
        }
    }
    Ok(count)
}

fn is_busy(error: &RowsError) -> bool {
    let RowsError::Sqlite { source, .. } = error else { return false };
    source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
