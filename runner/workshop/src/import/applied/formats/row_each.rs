//! The tools that keep a row for each applied migration, and nothing of one that failed.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::row::OldRow;
use crate::import::applied::table::{TableRow, rows};
use crate::import::applied::{AppliedError, Checksum};

fn each(
    connection: &Connection,
    table: &'static str,
    by: &str,
    read: impl Fn(&TableRow<'_>) -> Result<OldRow, AppliedError>,
) -> Result<Contents, AppliedError> {
    let read: Result<Vec<_>, _> = rows(connection, table, by)?.iter().map(read).collect();
    Ok(read?.into())
}

pub(super) fn diesel(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "version", |row| {
        Ok(OldRow { applied_at: row.moment("run_on"), ..OldRow::one(row.text("version")?) })
    })
}

pub(super) fn refinery(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "version", |row| {
        let checksum = row.text("checksum")?.parse().map_err(|_| row.bad("checksum"))?;
        Ok(OldRow {
            applied_at: row.moment("applied_on"),
            checksum: Some(Checksum::Sip(checksum)),
            ..OldRow::one(row.text("version")?)
        })
    })
}

pub(super) fn sea_orm(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "version", |row| {
        Ok(OldRow { applied_at: row.moment("applied_at"), ..OldRow::one(row.text("version")?) })
    })
}

/// TypeORM knows them by the time that their class was written at.
pub(super) fn typeorm(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "timestamp, id", |row| Ok(OldRow::one(row.text("timestamp")?)))
}

/// dbmate and Rails: nothing but versions.
pub(super) fn versions(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "version", |row| Ok(OldRow::one(row.text("version")?)))
}
