//! Table-valued functions of SQLite's own that a connection lists as modules once they were used. A new connection
//! lists none of them.

use std::sync::OnceLock;

use rusqlite::Connection;

use crate::ffi;

/// Those that SQLite makes at their first use, beside one for each pragma that can be selected from
/// (`sqlite3LocateTable` in its build.c).
const JSON: [&str; 4] = ["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// Takes them from `connection`, on which no statement runs. What the application has under such a name stays.
///
/// # Errors
/// SQLite's error.
pub(super) fn forget(connection: &Connection) -> rusqlite::Result<()> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = match NAMES.get() {
        Some(names) => names,
        None => {
            let names = names()?;
            NAMES.get_or_init(|| names)
        }
    };
    for name in names {
        ffi::remove_module(connection, name);
    }
    Ok(())
}

/// What a new connection has not.
fn names() -> rusqlite::Result<Vec<String>> {
    const LOOK: &str = "pragma_module_list";
    let connection = Connection::open_in_memory()?;
    let list = |sql: &str| -> rusqlite::Result<Vec<String>> {
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let there = list("SELECT name FROM pragma_module_list")?;
    let pragmas = list("SELECT 'pragma_' || name FROM pragma_pragma_list")?;
    let mut names: Vec<String> = JSON.map(str::to_owned).into_iter().chain(pragmas).collect();
    names.retain(|name| name == LOOK || !there.iter().any(|it| it.eq_ignore_ascii_case(name)));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_listed_no_more() {
        let modules = |connection: &Connection| -> Vec<String> {
            let mut read =
                connection.prepare("SELECT name FROM pragma_module_list ORDER BY name").unwrap();
            read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let connection = Connection::open_in_memory().unwrap();
        let new = modules(&connection);
        connection
            .execute_batch(
                "SELECT * FROM json_each('[]'), pragma_table_info('t'); SELECT * FROM json_tree('[]');
                 SELECT * FROM PRAGMA_INDEX_LIST('t')",
            )
            .unwrap();
        assert_ne!(modules(&connection), new);
        forget(&connection).unwrap();
        assert_eq!(modules(&connection), new);
    }
}
