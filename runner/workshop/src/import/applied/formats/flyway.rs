//! Flyway: a row for each script that ran, and for what else it did to the history.

use std::time::Duration;

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::row::{OldRow, Reach};
use crate::import::applied::table::{TableRow, rows};
use crate::import::applied::{AppliedError, Checksum};

pub(super) fn read(connection: &Connection, table: &'static str) -> Result<Contents, AppliedError> {
    let mut found = Contents::default();
    for row in rows(connection, table, "installed_rank")? {
        let kind = row.text("type")?;
        if row.is_null("version") {
            // Schemas that Flyway made, and scripts that it runs again whenever they change.
            if kind != "SCHEMA" {
                found.skipped.push(format!("`{}` is a repeatable script", row.text("script")?));
            }
            continue;
        }
        let version = row.text("version")?;
        if !row.flag("success")? {
            return Err(AppliedError::Unfinished {
                table: table.to_owned(),
                version,
                says: "`success` is false".to_owned(),
            });
        }
        let reach = match kind.as_str() {
            // Undone, or forgotten by `flyway repair`.
            "DELETE" => None,
            undo if undo.starts_with("UNDO") => None,
            "BASELINE" | "SQL_BASELINE" => Some(Reach::Baseline),
            _ => Some(Reach::One),
        };
        found.rows.retain(|before| before.version != version);
        if let Some(reach) = reach {
            found.rows.push(applied(&row, version, reach)?);
        }
    }
    Ok(found)
}

fn applied(row: &TableRow<'_>, version: String, reach: Reach) -> Result<OldRow, AppliedError> {
    let checksum = match reach == Reach::One && !row.is_null("checksum") {
        true => {
            let checksum = row.integer("checksum")?;
            Some(Checksum::Crc32(i32::try_from(checksum).map_err(|_| row.bad("checksum"))?))
        }
        false => None,
    };
    Ok(OldRow {
        reach,
        applied_at: row.moment("installed_on"),
        duration: u64::try_from(row.integer("execution_time")?).ok().map(Duration::from_millis),
        checksum,
        ..OldRow::one(version)
    })
}
