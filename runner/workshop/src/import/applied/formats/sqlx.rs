//! sqlx: a row for each migration, with its checksum and whether it succeeded.

use std::time::Duration;

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::row::OldRow;
use crate::import::applied::table::rows;
use crate::import::applied::{AppliedError, Checksum};

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    let mut applied = Vec::new();
    for row in rows(connection, table, "version")? {
        let version = row.text("version")?;
        if !row.flag("success")? {
            return Err(AppliedError::Unfinished {
                table: table.to_owned(),
                version,
                says: "`success` is false".to_owned(),
            });
        }
        applied.push(OldRow {
            applied_at: row.moment("installed_on"),
            // In nanoseconds; -1 from the commit of the migration until it is known.
            duration: u64::try_from(row.integer("execution_time")?).ok().map(Duration::from_nanos),
            checksum: Some(Checksum::Sha384(row.bytes("checksum")?)),
            ..OldRow::one(version)
        });
    }
    Ok(applied.into())
}
