//! The tools whose migrations are code: their tables have names for people, and moments.

use rusqlite::Connection;

use super::Contents;
use crate::import::applied::AppliedError;
use crate::import::applied::row::{OldRow, Reach};
use crate::import::applied::table::{TableRow, rows};

fn each(
    connection: &Connection,
    table: &'static str,
    by: &str,
    moment: &str,
    label: impl Fn(&TableRow<'_>) -> Result<String, AppliedError>,
) -> Result<Contents, AppliedError> {
    let read = |row: &TableRow<'_>| {
        Ok(OldRow { applied_at: row.moment(moment), ..OldRow::one(label(row)?) })
    };
    let read: Result<Vec<_>, AppliedError> =
        rows(connection, table, by)?.iter().map(read).collect();
    Ok(read?.into())
}

pub(super) fn peewee_migrate(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "id", "migrated_at", |row| row.text("name"))
}

pub(super) fn peewee_migrations(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "id", "migrated", |row| row.text("name"))
}

pub(super) fn pwmigrate(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "id", "applied", |row| row.text("name"))
}

/// Alembic keeps the newest revision alone, of each branch.
pub(super) fn alembic(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    let rows = rows(connection, table, "version_num")?;
    let newest = |row: &TableRow<'_>| {
        Ok(OldRow { reach: Reach::UpTo, ..OldRow::one(row.text("version_num")?) })
    };
    let read: Result<Vec<_>, AppliedError> = rows.iter().map(newest).collect();
    Ok(read?.into())
}

pub(super) fn django(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "id", "applied", |row| {
        Ok(format!("{}.{}", row.text("app")?, row.text("name")?))
    })
}

pub(super) fn sqlite_utils(
    connection: &Connection,
    table: &'static str,
) -> Result<Contents, AppliedError> {
    each(connection, table, "rowid", "applied_at", |row| {
        Ok(format!("{}.{}", row.text("migration_set")?, row.text("name")?))
    })
}
