//! Finds a tool's table in a database and reads it.

#[cfg(test)]
mod tests;

use rusqlite::Connection;

use super::AppliedError;
use super::formats::{ALL, Contents, Format};
use super::row::{OldHistory, OldRow, Reach};
use super::table::columns;
use crate::import::Tool;

/// What the database of `connection` has of the history of `tool`; `None`: nothing, not even an empty table.
///
/// # Errors
/// A table of that name that is another; a migration that is not done; SQLite's.
pub fn read(connection: &Connection, tool: Tool) -> Result<Option<OldHistory>, AppliedError> {
    if matches!(tool, Tool::UserVersion | Tool::RusqliteMigration) {
        return Ok(by_user_version(connection, tool)?);
    }
    let formats: Vec<_> = ALL.iter().filter(|format| format.tool == tool).collect();
    for format in &formats {
        let found = columns(connection, format.table)?;
        if found.is_empty() {
            continue;
        }
        return match formats.iter().find(|it| it.table == format.table && it.fits(&found)) {
            Some(format) => contents(connection, format).map(Some),
            None => Err(unknown(format.table, found)),
        };
    }
    Ok(None)
}

/// The history of whatever tool there is, in the database of `connection`, which `database` names.
///
/// # Errors
/// None or several; as [`read`].
pub fn detect(connection: &Connection, database: &str) -> Result<OldHistory, AppliedError> {
    if let Some(format) = format(connection, database)? {
        return contents(connection, format);
    }
    by_user_version(connection, Tool::UserVersion)?
        .ok_or_else(|| AppliedError::NoHistory { database: database.to_owned() })
}

/// The tool whose table is in the database of `connection`, which `database` names; what is in it is not read. A table
/// that only has the name of a tool's counts for nothing, if the name is one that others have as well.
///
/// # Errors
/// Several; a table that no other tool has, and that is not of a known format; SQLite's.
pub fn tool(connection: &Connection, database: &str) -> Result<Option<Tool>, AppliedError> {
    const USUAL_NAMES: [&str; 3] = ["migrations", "schema_migrations", "schema_migration"];
    match format(connection, database) {
        Ok(format) => Ok(format.map(|format| format.tool)),
        Err(AppliedError::UnknownFormat { table, .. }) if USUAL_NAMES.contains(&&*table) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The format of the table that is there.
fn format(
    connection: &Connection,
    database: &str,
) -> Result<Option<&'static Format>, AppliedError> {
    let (mut fitting, mut others) = (Vec::<&'static Format>::new(), None);
    for format in ALL {
        let found = columns(connection, format.table)?;
        if found.is_empty() || fitting.iter().any(|it| it.table == format.table) {
            continue;
        }
        let beside = existing(connection, format.beside)?;
        if format.fits(&found) && (!format.needs_those || !beside.is_empty()) {
            fitting.push(format);
        } else {
            others = Some((format.table, found));
        }
    }
    match (fitting.as_slice(), others) {
        ([format], _) => Ok(Some(format)),
        ([], Some((table, found))) => Err(unknown(table, found)),
        ([], None) => Ok(None),
        (several, _) => Err(AppliedError::SeveralTools {
            database: database.to_owned(),
            tools: several.iter().map(|format| format.tool).collect(),
        }),
    }
}

fn contents(connection: &Connection, format: &Format) -> Result<OldHistory, AppliedError> {
    let Contents { rows, skipped } = (format.read)(connection, format.table)?;
    let mut tables = vec![format.table.to_owned()];
    tables.extend(existing(connection, format.beside)?);
    Ok(OldHistory { tool: format.tool, tables, rows, skipped })
}

/// Those of `tables` that are there.
fn existing(connection: &Connection, tables: &[&str]) -> rusqlite::Result<Vec<String>> {
    let mut there = Vec::new();
    for table in tables {
        if !columns(connection, table)?.is_empty() {
            there.push((*table).to_owned());
        }
    }
    Ok(there)
}

/// A number in the header of the file: so many migrations are applied.
fn by_user_version(connection: &Connection, tool: Tool) -> rusqlite::Result<Option<OldHistory>> {
    let version: i64 = connection.query_row("PRAGMA main.user_version", [], |row| row.get(0))?;
    let row = OldRow { reach: Reach::UpTo, ..OldRow::one(version.to_string()) };
    let history = OldHistory { tool, tables: Vec::new(), rows: vec![row], skipped: Vec::new() };
    Ok((version != 0).then_some(history))
}

fn unknown(table: &str, columns: Vec<String>) -> AppliedError {
    let mut tools: Vec<_> = ALL.iter().filter(|it| it.table == table).map(|it| it.tool).collect();
    tools.dedup();
    AppliedError::UnknownFormat { table: table.to_owned(), columns, tools }
}
