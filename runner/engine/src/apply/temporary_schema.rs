//! Removes what a migration left in the temporary schema of its connection.

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

/// Drops everything in it: the next migration on the connection must not find it.
///
/// # Errors
/// SQLite's error.
pub(super) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    // Views and triggers first: those that no longer compile would keep a table from going.
    const NEXT: &str = "SELECT type, name FROM sqlite_temp_schema \
         WHERE type IN ('view', 'trigger', 'table') AND name NOT LIKE 'sqlite^_%' ESCAPE '^' \
         ORDER BY type DESC LIMIT 1";
    let next = || {
        connection
            .query_row(NEXT, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .optional()
    };
    while let Some((kind, name)) = next()? {
        connection.execute_batch(&format!("DROP {kind} temp.{}", quote(&name)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_temporary_goes_and_nothing_else() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT * FROM t;
                 CREATE TEMP TABLE t (\"b\"\"c\" INTEGER PRIMARY KEY AUTOINCREMENT);
                 INSERT INTO temp.t VALUES (1); CREATE INDEX temp.i ON t (\"b\"\"c\");
                 CREATE TEMP TABLE \"a \"\"b\" (a); CREATE TEMP VIEW w AS SELECT * FROM gone;
                 CREATE TEMP TRIGGER watch AFTER INSERT ON main.t BEGIN SELECT 1; END;
                 CREATE VIRTUAL TABLE temp.words USING fts5 (word); ANALYZE;",
            )
            .unwrap();
        clear(&connection).unwrap();
        let left = "SELECT count(*) FROM sqlite_temp_schema WHERE name NOT LIKE 'sqlite%'";
        let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count(left), 0);
        assert_eq!(
            count("SELECT count(*) FROM main.sqlite_schema WHERE name IN ('t', 'i', 'v')"),
            3
        );
    }
}
