//! The runner's own tables in a database.

use rusqlite::{Connection, OptionalExtension as _};

/// What their names begin with.
const OURS: &str = "_runner_";

/// Whether `table` is one of them, in whatever case it is written.
pub fn is_history(table: impl AsRef<[u8]>) -> bool {
    let beginning = table.as_ref().get(..OURS.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(OURS.as_bytes()))
}

/// Whether `table` exists. SQLite is asked by a statement: `sqlite3_table_column_metadata` answers from a
/// schema that was read before another program changed it.
pub(crate) fn exists(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let found = connection
        .query_row(
            "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE",
            [table],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_the_runners_in_whatever_case() {
        assert!(is_history("_Runner_Migrations") && is_history("_runner_REPAIRS"));
        assert!(!is_history("_runner") && !is_history("migrations"));
    }
}
