//! The statistics that ANALYZE collected for a table and its indexes
//! (<https://sqlite.org/fileformat2.html#stat1tab>). SQLite forgets them with each index that is
//! dropped.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::schema::name::quote;

/// The statistics of a table.
pub(in crate::perform) struct Statistics {
    table: String,
    rows: Vec<(&'static str, Vec<Value>)>,
}

/// The tables that hold statistics, with their columns; the first two are the table and the index.
const PLACES: [(&str, &str); 2] =
    [("sqlite_stat1", "tbl, idx, stat"), ("sqlite_stat4", "tbl, idx, neq, nlt, ndlt, sample")];

impl Statistics {
    pub(in crate::perform) fn of(connection: &Connection, table: &str) -> rusqlite::Result<Self> {
        let mut rows = Vec::new();
        for (place, columns) in PLACES {
            if !is_there(connection, place)? {
                continue;
            }
            let mut statement = connection.prepare(&format!(
                "SELECT {columns} FROM main.{place} WHERE tbl = ?1 COLLATE NOCASE"
            ))?;
            let width = statement.column_count();
            let found = statement.query_map([table], |row| {
                (0..width).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>()
            })?;
            for row in found {
                rows.push((place, row?));
            }
        }
        Ok(Self { table: table.to_owned(), rows })
    }

    /// Restores the statistics of the table and of the indexes that it still has.
    pub(in crate::perform) fn put_back(self, connection: &Connection) -> rusqlite::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        for (place, _) in PLACES {
            if is_there(connection, place)? {
                let sql = format!("DELETE FROM main.{place} WHERE tbl = ?1 COLLATE NOCASE");
                connection.execute(&sql, [&self.table])?;
            }
        }
        for (place, row) in &self.rows {
            let slots: Vec<_> = (1..=row.len()).map(|slot| format!("?{slot}")).collect();
            let sql = format!(
                "INSERT INTO main.{} SELECT {} WHERE ?2 IS NULL OR ?2 = {table} COLLATE NOCASE \
                 OR ?2 IN (SELECT name FROM pragma_index_list({table}, 'main'))",
                quote(place),
                slots.join(", "),
                table = crate::schema::name::literal(&self.table),
            );
            connection.execute(&sql, params_from_iter(row))?;
        }
        Ok(())
    }
}

/// Keeps the statistics of a table under its new name. SQLite gives new names to the indexes that its
/// constraints made.
pub(in crate::perform) fn rename_table(
    connection: &Connection,
    from: &str,
    to: &str,
) -> rusqlite::Result<()> {
    for (place, _) in PLACES {
        if is_there(connection, place)? {
            let sql = format!(
                "UPDATE main.{place} SET tbl = ?2, idx = CASE \
                 WHEN idx = ?1 COLLATE NOCASE THEN ?2 \
                 WHEN substr(idx, 1, length(?1) + 18) = 'sqlite_autoindex_' || ?1 || '_' COLLATE NOCASE \
                 THEN 'sqlite_autoindex_' || ?2 || substr(idx, length(?1) + 18) \
                 ELSE idx END WHERE tbl = ?1 COLLATE NOCASE"
            );
            connection.execute(&sql, [from, to])?;
        }
    }
    Ok(())
}

/// Removes the statistics of a table.
pub(in crate::perform) fn forget(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    for (place, _) in PLACES {
        if is_there(connection, place)? {
            let sql = format!("DELETE FROM main.{place} WHERE tbl = ?1 COLLATE NOCASE");
            connection.execute(&sql, [table])?;
        }
    }
    Ok(())
}

/// Keeps the statistics of an index under its new name.
pub(in crate::perform) fn rename_index(
    connection: &Connection,
    from: &str,
    to: &str,
) -> rusqlite::Result<()> {
    for (place, _) in PLACES {
        if is_there(connection, place)? {
            let sql = format!("UPDATE main.{place} SET idx = ?2 WHERE idx = ?1");
            connection.execute(&sql, [from, to])?;
        }
    }
    Ok(())
}

fn is_there(connection: &Connection, place: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1)",
        [place],
        |row| row.get(0),
    )
}

#[cfg(test)]
mod tests {
    use crate::operation::Operation;
    use migration_api::Migrator;

    #[test]
    fn a_renamed_table_keeps_what_analyze_found_out() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a UNIQUE, b); CREATE INDEX i ON t (b);
                 CREATE TABLE t_1 (a UNIQUE); CREATE TABLE w (k PRIMARY KEY) WITHOUT ROWID;
                 INSERT INTO t VALUES (1, 2); INSERT INTO t_1 VALUES (1); INSERT INTO w VALUES (1);
                 ANALYZE;",
            )
            .unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator.rename_table("T", "longer").unwrap();
        migrator.rename_table("w", "W2").unwrap();
        let ask = |sql| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(
            ask("SELECT group_concat(tbl || ' ' || idx, ', ' ORDER BY tbl, idx) FROM sqlite_stat1"),
            "W2 W2, longer i, longer sqlite_autoindex_longer_1, t_1 sqlite_autoindex_t_1_1"
        );
    }

    #[test]
    fn a_rebuild_keeps_what_analyze_found_out() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a UNIQUE, b INTEGER, c); CREATE INDEX i ON t (b, c);
                 CREATE INDEX j ON t (c); INSERT INTO t VALUES (1, 2, 3), (2, 2, 4); ANALYZE;",
            )
            .unwrap();
        let all = || -> Vec<String> {
            let sql = "SELECT tbl || ifnull(idx, '') || stat FROM sqlite_stat1 ORDER BY 1";
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let before = all();
        assert_eq!(before.len(), 3);
        let mut migrator = Migrator::new(&connection);
        migrator
            .run([
                Operation::alter_column_type("t", "b", "TEXT"),
                Operation::reorder_columns("t", ["c"]),
            ])
            .unwrap();
        assert_eq!(all(), before);
        migrator.run([Operation::drop_column_cascade("t", "c")]).unwrap();
        assert_eq!(all().len(), 1);
    }
}
