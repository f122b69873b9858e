//! golang-migrate: one row, with the version up to which all is applied.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::AppliedError;
use crate::import::applied::row::{OldRow, Reach};
use crate::import::applied::table::rows;

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    let mut applied = Vec::new();
    for row in rows(connection, table, "version")? {
        let version = row.text("version")?;
        if row.flag("dirty")? {
            return Err(AppliedError::Unfinished {
                table: table.to_owned(),
                version,
                says: "`dirty` is set".to_owned(),
            });
        }
        applied.push(OldRow { reach: Reach::UpTo, ..OldRow::one(version) });
    }
    match applied.len() {
        0 | 1 => Ok(applied.into()),
        count => Err(AppliedError::SeveralVersions { table: table.to_owned(), count }),
    }
}
