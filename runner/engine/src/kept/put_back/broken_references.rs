//! Rows that point to nothing: what is put back must not be one of them.

use std::collections::BTreeSet;

use rusqlite::{Connection, ErrorCode};

/// Whether rows of `table` point to others.
pub(super) fn has_foreign_keys(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let look = "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_list(?1, 'main'))";
    connection.query_row(look, [table], |row| row.get(0))
}

/// A row that points to nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Broken {
    pub(super) table: String,
    pub(super) rowid: i64,
    pub(super) parent: String,
}

/// Those of `tables`. What SQLite cannot check, as a table without rowids, is left to the checks of the step.
pub(super) fn broken(
    connection: &Connection,
    tables: &BTreeSet<String>,
) -> rusqlite::Result<BTreeSet<Broken>> {
    let mut all = BTreeSet::new();
    for table in tables {
        if !has_foreign_keys(connection, table)? {
            continue;
        }
        let check = "SELECT rowid, parent FROM pragma_foreign_key_check(?1, 'main') WHERE rowid IS NOT NULL";
        let mut check = connection.prepare(check)?;
        let found = check.query_map([table], |row| {
            Ok(Broken { table: table.clone(), rowid: row.get(0)?, parent: row.get(1)? })
        });
        match found.and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>) {
            Ok(found) => all.extend(found),
            // A foreign key that can point to nothing, which the checks of the step tell of. After any other error the
            // transaction may be gone.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
