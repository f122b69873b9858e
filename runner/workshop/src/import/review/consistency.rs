//! What the runner would find before the commit, and roll back: keys that point to no row, and statements that no longer
//! compile.

use std::collections::{BTreeMap, BTreeSet};

use runner_engine::apply::{BrokenStatement, broken_statements};
use rusqlite::Connection;

/// How the database is between two scripts.
#[derive(Default)]
pub(super) struct Consistency {
    /// How many rows of a table point to nothing.
    dangling: BTreeMap<String, i64>,
    /// The tables and views before the script that is to run, and what does not compile; `None`: it can break none.
    before: Option<(BTreeSet<String>, Vec<BrokenStatement>)>,
}

impl Consistency {
    /// Looks at the database before `script` runs.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn before(&mut self, script: &str, connection: &Connection) -> rusqlite::Result<()> {
        // To compile all after each of a thousand files that make a table would take longer than the import.
        self.before = match names_one_of(script, &["DROP", "ALTER", "TRIGGER", "VIEW"]) {
            true => Some((tables_and_views(connection)?, broken_statements(connection)?)),
            false => None,
        };
        Ok(())
    }

    /// What `script` has broken, which has run since [`Self::before`], in words.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn broken_by(
        &mut self,
        script: &str,
        connection: &Connection,
    ) -> rusqlite::Result<Vec<String>> {
        let mut broken = Vec::new();
        if names_one_of(script, &["INSERT", "REPLACE", "UPDATE", "DELETE", "DROP", "ALTER"]) {
            let now = dangling(connection)?;
            for (table, rows) in &now {
                if self.dangling.get(table).is_none_or(|before| before < rows) {
                    broken.push(match rows {
                        1 => format!("1 row of `{table}` points to a row that is not there"),
                        _ => format!("{rows} rows of `{table}` point to rows that are not there"),
                    });
                }
            }
            self.dangling = now;
        }
        if let Some((there, before)) = self.before.take() {
            let fails_anew = |now: &BrokenStatement| {
                let before: Vec<_> = before.iter().filter(|it| it.table == now.table).collect();
                let failed = |verb| before.iter().any(|it| it.verbs.contains(verb));
                // What only the application has is asked about.
                now.missing.is_none() && there.contains(&now.table) && !now.verbs.iter().all(failed)
            };
            let now = broken_statements(connection)?;
            broken.extend(now.iter().filter(|it| fails_anew(it)).map(ToString::to_string));
        }
        Ok(broken)
    }
}

fn names_one_of(script: &str, words: &[&str]) -> bool {
    let mut all = script.split(|letter: char| !letter.is_ascii_alphanumeric());
    all.any(|word| words.iter().any(|one| one.eq_ignore_ascii_case(word)))
}

fn tables_and_views(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let select = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')";
    connection.prepare_cached(select)?.query_map([], |row| row.get(0))?.collect()
}

fn dangling(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    let select = "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1";
    let mut statement = connection.prepare_cached(select)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
