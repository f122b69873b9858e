//! Prisma: a row for each attempt, which is finished, or rolled back by a person, or neither.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::row::OldRow;
use crate::import::applied::table::rows;
use crate::import::applied::{AppliedError, Checksum};

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    let mut found = Contents::default();
    for row in rows(connection, table, "migration_name, started_at")? {
        let version = row.text("migration_name")?;
        if !row.is_null("rolled_back_at") {
            found.skipped.push(format!("an attempt at `{version}` was rolled back"));
            continue;
        }
        if row.is_null("finished_at") {
            return Err(AppliedError::Unfinished {
                table: table.to_owned(),
                version,
                says: "`finished_at` is empty".to_owned(),
            });
        }
        let (began, ended) = (row.moment("started_at"), row.moment("finished_at"));
        let took =
            began.zip(ended).and_then(|(began, ended)| ended.duration_since(began).try_into().ok());
        found.rows.push(OldRow {
            applied_at: ended,
            duration: took,
            checksum: Some(Checksum::Sha256(row.text("checksum")?)),
            ..OldRow::one(version)
        });
    }
    Ok(found)
}
