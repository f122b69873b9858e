//! How the rows of a virtual table are written: through it, and only where all that it keeps can be read through it.

use migration_api::schema::{VirtualTable, quote};
use rusqlite::Connection;

use super::rows::{Inserts, Rowid, inserts};
use super::unwritable::Unwritable;
use crate::trial::table::Table;

/// What a module keeps, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// Rows that are read as they were written, each with a rowid.
    Rows,
    /// Rows whose first column is the rowid.
    RowsWithKey,
    /// An index of another table's rows.
    IndexOf,
    /// What cannot be read.
    Unreadable(&'static str),
    /// Nobody knows.
    Unknown,
}

/// Writes what `table` keeps.
///
/// # Errors
/// SQLite's; rows that cannot be read through it, or may not be all that it keeps.
pub(super) fn virtual_rows(
    connection: &Connection,
    text: &VirtualTable,
    table: &Table,
) -> Result<Inserts, Unwritable> {
    match keeps(text) {
        Keeps::Rows => {
            require_usual_settings(connection, text)?;
            Ok(inserts(connection, table, Rowid::Named("rowid"))?)
        }
        Keeps::RowsWithKey => Ok(inserts(connection, table, Rowid::Unnamed)?),
        Keeps::IndexOf => {
            require_usual_settings(connection, text)?;
            index(connection, text)
        }
        Keeps::Unreadable(why) => match is_empty(connection, text)? {
            true => Ok(Inserts::default()),
            false => Err(Unwritable::of(&text.name, why)),
        },
        Keeps::Unknown => match has_as_new(connection, text)? {
            true => Ok(Inserts::default()),
            false => Err(Unwritable::of(
                &text.name,
                "it keeps something, and it is not known whether all of it can be read through it",
            )),
        },
    }
}

fn keeps(text: &VirtualTable) -> Keeps {
    let option = |wanted: &str| {
        text.arguments.iter().find_map(|argument| {
            let (key, value) = argument.split_once('=')?;
            key.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches(['\'', '"']))
        })
    };
    match text.module.to_ascii_lowercase().as_str() {
        "fts5" if option("locale").is_some() => {
            Keeps::Unreadable("its option `locale` keeps more than its columns show")
        }
        "fts3" | "fts4" if option("languageid").is_some() => {
            Keeps::Unreadable("its option `languageid` keeps more than its columns show")
        }
        "fts5" | "fts4" => match option("content") {
            None => Keeps::Rows,
            Some("") => Keeps::Unreadable("it keeps an index of rows, and not the rows themselves"),
            Some(_) => Keeps::IndexOf,
        },
        "fts3" => Keeps::Rows,
        "rtree" | "rtree_i32" => Keeps::RowsWithKey,
        _ => Keeps::Unknown,
    }
}

/// An index of another table's rows is made anew from them, if it is of them now.
fn index(connection: &Connection, text: &VirtualTable) -> Result<Inserts, Unwritable> {
    let name = quote(&text.name);
    let is_fts5 = text.module.eq_ignore_ascii_case("fts5");
    let check = match is_fts5 {
        // A rank other than 0 has it compared with the table that it is an index of.
        true => format!("INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)"),
        false => format!("INSERT INTO {name} ({name}) VALUES ('integrity-check')"),
    };
    if connection.execute_batch(&check).is_ok() {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {name})");
        let sql = match connection.query_row(&sql, [], |row| row.get(0))? {
            true => format!("INSERT INTO {name} ({name}) VALUES ('rebuild');\n"),
            false => String::new(),
        };
        // The rows are another table's, which counts them.
        return Ok(Inserts { sql, rows: 0 });
    }
    match is_empty(connection, text)? {
        true => Ok(Inserts::default()),
        false => Err(Unwritable::of(
            &text.name,
            "it is an index of another table's rows, and differs from these rows",
        )),
    }
}

/// Whether a full-text index has no entry. It notes the size of each row that it has, unless it is told not to.
fn is_empty(connection: &Connection, text: &VirtualTable) -> rusqlite::Result<bool> {
    let sizes = quote(&format!("{}_docsize", text.name));
    match connection.prepare(&format!("SELECT NOT EXISTS (SELECT 1 FROM main.{sizes})")) {
        Ok(mut statement) => statement.query_row([], |row| row.get(0)),
        Err(_) => has_as_new(connection, text),
    }
}

/// A setting that a statement made, as of `rank`, is kept beside the rows.
fn require_usual_settings(connection: &Connection, text: &VirtualTable) -> Result<(), Unwritable> {
    let settings = format!("{}_config", text.name);
    let new = new_one(text)?;
    match shadows(connection, text)?.contains(&settings)
        && contents(connection, &settings)? != contents(&new, &settings)?
    {
        true => Err(Unwritable::of(&text.name, "it has settings of its own, which a row made")),
        false => Ok(()),
    }
}

/// Whether its own tables hold what those of a new one hold.
fn has_as_new(connection: &Connection, text: &VirtualTable) -> rusqlite::Result<bool> {
    let own = shadows(connection, text)?;
    if own.is_empty() {
        return Ok(true);
    }
    let new = new_one(text)?;
    for table in own {
        if contents(connection, &table)? != contents(&new, &table)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A database with nothing but a new table as `text` makes it.
fn new_one(text: &VirtualTable) -> rusqlite::Result<Connection> {
    let new = Connection::open_in_memory()?;
    new.execute_batch(&text.sql)?;
    Ok(new)
}

/// The tables that it keeps its rows in.
fn shadows(connection: &Connection, text: &VirtualTable) -> rusqlite::Result<Vec<String>> {
    let begin = format!("{}_", text.name.to_ascii_lowercase());
    let all: Vec<String> = connection
        .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(all.into_iter().filter(|name| name.to_ascii_lowercase().starts_with(&begin)).collect())
}

/// All values of a table; an empty list if there is no such table.
fn contents(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let Ok(mut statement) = connection.prepare(&format!("SELECT * FROM main.{}", quote(table)))
    else {
        return Ok(Vec::new());
    };
    let width = statement.column_count();
    let mut values = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for place in 0..width {
            values.push(format!("{:?}", row.get_ref(place)?));
        }
    }
    Ok(values)
}
