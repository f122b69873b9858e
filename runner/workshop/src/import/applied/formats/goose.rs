//! goose: a row for each step, of which the newest of a version counts.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::AppliedError;
use crate::import::applied::row::OldRow;
use crate::import::applied::table::rows;

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    /// The version of the empty database, with which the table begins.
    const NONE: &str = "0";
    let mut applied: Vec<OldRow> = Vec::new();
    for row in rows(connection, table, "id")? {
        let version = row.text("version_id")?;
        applied.retain(|before| before.version != version);
        if version != NONE && row.flag("is_applied")? {
            applied.push(OldRow { applied_at: row.moment("tstamp"), ..OldRow::one(version) });
        }
    }
    Ok(applied.into())
}
