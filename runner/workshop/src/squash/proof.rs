//! The proof that a squash does what the migrations did that it replaces.

use rusqlite::Connection;

use super::SquashError;
use super::difference;
use super::script::Script;
use crate::trial::table::show;
use runner_engine::ApplicationNames;
use runner_engine::schema_objects::Objects;

/// Compares what `script` makes of an empty database with `replayed`, which the replaced migrations made of one, and
/// what its way back leaves with nothing.
///
/// # Errors
/// In what they differ; SQLite's.
pub(super) fn prove(
    script: &Script,
    replayed: &Connection,
    application: &ApplicationNames,
) -> Result<(), SquashError> {
    let sqlite = SquashError::sqlite("run the SQL of the squash on an empty database");
    let made = script.run_on_an_empty_database(application).map_err(&sqlite)?;
    compare(&made, replayed)?;
    if let Some(row) = first_dangling(&made).map_err(&sqlite)? {
        return Err(SquashError::NotTheSame { difference: row });
    }
    made.execute_batch(&script.backward).map_err(&sqlite)?;
    let left = Objects::read(&made).map_err(&sqlite)?;
    match left.iter().next() {
        None => Ok(()),
        Some(object) => Err(SquashError::NotTheSame {
            difference: format!("the way back leaves the {} `{}`", object.kind(), object.name()),
        }),
    }
}

/// Whether two databases are the same, in everything that a squash gives.
///
/// # Errors
/// In what they differ; SQLite's.
pub(super) fn compare(made: &Connection, replayed: &Connection) -> Result<(), SquashError> {
    let sqlite = SquashError::sqlite("compare the scratch databases");
    if let Some(difference) = difference::beside_rows(replayed, made).map_err(&sqlite)? {
        return Err(SquashError::NotTheSame { difference: format!("{difference} differs") });
    }
    match difference::rows(replayed, made).map_err(&sqlite)?.first() {
        None => Ok(()),
        Some(row) => Err(SquashError::NotTheSame { difference: format!("it differs: {row}") }),
    }
}

/// The first row that points to one that is not there: the runner commits none.
fn first_dangling(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
    let rowid = crate::trial::compare::value(row, 1)?;
    Ok(Some(format!(
        "the row {} of `{table}` points to a row of `{parent}` that is not there",
        show(&rowid)
    )))
}
