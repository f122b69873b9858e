//! drizzle-kit: a row for each migration, with its digest and the time that it was written at.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::row::OldRow;
use crate::import::applied::table::rows;
use crate::import::applied::{AppliedError, Checksum};

/// The newest format of the rows that is known, in a column that older tables lack.
const NEWEST: i64 = 1;

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    let mut applied = Vec::new();
    for row in rows(connection, table, "created_at")? {
        if !row.is_null("version") && row.integer("version")? > NEWEST {
            return Err(row.bad("version"));
        }
        applied.push(OldRow {
            // `created_at` is when the file was written, whenever it was applied.
            applied_at: row.moment("applied_at"),
            checksum: Some(Checksum::Sha256(row.text("hash")?)),
            ..OldRow::one(row.text("created_at")?)
        });
    }
    Ok(applied.into())
}
