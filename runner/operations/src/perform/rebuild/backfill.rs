//! Expressions over the rows as they were.

use crate::perform::connection_settings::{Configured, STRICTLY};
use crate::perform::session::{Result, Session};
use crate::perform::validate::parse;
use crate::schema::name::quote;
use crate::schema::{Expression, ROWID, Table};

impl Session<'_> {
    /// Checks that `text` can be evaluated for each row of `table`, which is set aside or will be.
    /// Returns it with the names of that table.
    ///
    /// # Errors
    /// It is not a complete expression, or names what is not there.
    pub(in crate::perform) fn over_old_row(
        &mut self,
        what: &'static str,
        text: &str,
        table: &Table,
    ) -> Result<String> {
        let expression = parse(what, text)?;
        self.resolve(what, text, &table.name)?;
        let clear = match self.moved_as(&table.name) {
            Some(moved) => {
                let mut mentioned =
                    table.column_names().filter(|column| expression.mentions(column));
                !expression.asks_other_rows()
                    && !ROWID.iter().any(|rowid| expression.mentions(rowid))
                    && mentioned.all(|column| moved.is_untouched(column))
            }
            None => !expression.asks_other_rows(),
        };
        // The table may have another name when the rows move.
        if clear {
            return Ok(expression.unqualified(&table.name));
        }
        // Values that came of earlier changes, and rows of other tables, must be there first.
        self.finish_rebuilds()?;
        self.keep_answers(&expression, table)
    }

    /// Evaluates `expression` for each row now, while the whole database is unchanged, and keeps the
    /// results. A subquery in it may read the table itself.
    fn keep_answers(&mut self, expression: &Expression, table: &Table) -> Result<String> {
        if !expression.asks_other_rows() {
            return Ok(expression.unqualified(&table.name));
        }
        let key: Vec<String> = match table.rowid_name() {
            Some(rowid) => vec![rowid.to_owned()],
            None => table.primary_key().iter().map(|key| quote(&key.name)).collect(),
        };
        let answers = self.free_name()?;
        let columns: Vec<_> = (0..key.len()).map(|at| format!("k{at}")).collect();
        let columns = columns.join(", ");
        let matches: Vec<_> = key
            .iter()
            .enumerate()
            // A key without its affinity, as the index has none.
            .map(|(at, key)| format!("{answers}.k{at} = +{}.{key}", quote(&table.name)))
            .collect();
        let _strict = Configured::new(self.connection, &STRICTLY)?;
        // No column has a type, as CREATE TABLE AS would give them: it would convert what it keeps.
        self.run(&format!(
            "CREATE TEMP TABLE {answers} ({columns}, answer);
             INSERT OR ABORT INTO temp.{answers} ({columns}, answer)
             SELECT {}, (\n{expression}\n) FROM main.{};
             CREATE UNIQUE INDEX temp.{answers}_key ON {answers} ({columns})",
            key.join(", "),
            quote(&table.name),
        ))?;
        let source = format!("SELECT answer FROM temp.{answers} WHERE {}", matches.join(" AND "));
        self.scratch.push(answers);
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use migration_api::Migrator;

    /// Each has an affinity, by which the column would convert the result.
    const WITH_AFFINITY: [&str; 3] = [
        "CAST((SELECT 5.0) AS NUMERIC)",
        "(SELECT x FROM (SELECT n AS x FROM u UNION ALL SELECT '007') LIMIT 1 OFFSET 1)",
        "(SELECT CAST(u.r AS NUMERIC) FROM u WHERE u.n = t.k)",
    ];

    #[test]
    fn answers_of_subqueries_are_stored_as_they_are() {
        for table in ["(k INTEGER PRIMARY KEY, v)", "(k PRIMARY KEY, v) WITHOUT ROWID"] {
            for text in WITH_AFFINITY {
                let connection = rusqlite::Connection::open_in_memory().unwrap();
                connection
                    .execute_batch(&format!(
                        "CREATE TABLE u (n INTEGER, r); INSERT INTO u VALUES (7, 5.0);
                         CREATE TABLE t {table}; INSERT INTO t VALUES (7, 'x');"
                    ))
                    .unwrap();
                let ask = |sql: &str| -> String {
                    connection.query_row(sql, [], |row| row.get(0)).unwrap()
                };
                let expected = ask(&format!("SELECT quote({text}) FROM t"));
                let mut migrator = Migrator::new(&connection);
                migrator.alter_column_type_using("t", "v", "BLOB", text).unwrap();
                assert_eq!(ask("SELECT quote(v) FROM t"), expected, "{text}");
            }
        }
    }
}
