//! What is set aside where it cannot be written at once: with a rollback journal, who reads what is committed keeps the
//! transaction from writing into the file, and reads no more than was in the journal when it began.

use rusqlite::Connection;

use super::failure::KeptError;
use super::set::{self, KeptSet};
use super::values::{Borrowed, Layout};

/// Whether what is committed can be read on while the transaction of `connection` writes.
///
/// # Errors
/// SQLite's.
pub(crate) fn writes_beside_readers(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    Ok(mode.eq_ignore_ascii_case("wal"))
}

/// A database that is gone when it is closed, and is written to a temporary file if it grows.
///
/// # Errors
/// SQLite's.
pub(crate) fn stage() -> rusqlite::Result<Connection> {
    let stage = Connection::open("")?;
    stage.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")?;
    Ok(stage)
}

/// Writes the `sets` of a `stage` into the database.
///
/// # Errors
/// SQLite's.
pub(crate) fn unload(
    stage: &Connection,
    sets: Vec<KeptSet>,
    into: &Connection,
) -> Result<Vec<KeptSet>, KeptError> {
    let mut all = Vec::new();
    for set in sets {
        let layout = Layout::of(&set.key, &set.columns);
        let number = set::next_number(into)?;
        let table = set::table_of_values(number);
        into.execute_batch(&layout.create(&table))?;
        let mut insert = into.prepare(&layout.insert(&table))?;
        let mut read = stage.prepare(&layout.select(&set))?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            for place in 0..layout.number() {
                insert.raw_bind_parameter(place + 1, Borrowed(row.get_ref(place)?))?;
            }
            insert.raw_execute()?;
        }
        let set = KeptSet { number, ..set };
        set.insert(into)?;
        all.push(set);
    }
    Ok(all)
}
