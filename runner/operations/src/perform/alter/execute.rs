//! Runs a script.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{Cmd, Name, Stmt};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use crate::operation::Refusal;
use crate::operation::script::{self, ScriptError};
use crate::perform::session::{Result, Session};
use crate::schema::name::unquote;

impl Session<'_> {
    pub(in crate::perform) fn execute(&mut self, sql: &str) -> Result {
        // A script may read and write whatever it likes, so every row must be in its place.
        self.finish_rebuilds()?;
        let words = transaction_control(sql);
        if !words.is_empty() {
            return Err(Refusal::TransactionControl(words.join(", ").into()));
        }
        let settings = self.settings()?;
        let done = script::run(self.connection, sql);
        // It may have rolled back to a savepoint of its own, and so have been anywhere.
        self.distrust_schema();
        self.put_settings_back(settings)?;
        if let Err(ScriptError { error, statements }) = done {
            self.failed = statements.into_iter().next();
            return Err(error.into());
        }
        if self.connection.is_autocommit() {
            return Err(Refusal::TransactionControl("the transaction was ended".into()));
        }
        Ok(())
    }

    fn settings(&self) -> Result<[i64; SETTINGS.len()]> {
        let mut values = [0; SETTINGS.len()];
        for (value, setting) in values.iter_mut().zip(SETTINGS) {
            *value = self.ask(&format!("PRAGMA {setting}"), [])?;
        }
        Ok(values)
    }

    fn put_settings_back(&self, before: [i64; SETTINGS.len()]) -> Result {
        for ((setting, before), now) in SETTINGS.iter().zip(before).zip(self.settings()?) {
            if before != now {
                self.run(&format!("PRAGMA {setting} = {before}"))?;
            }
        }
        Ok(())
    }
}

/// Settings of the connection that a script can change and that no rollback restores.
const SETTINGS: [&str; 6] = [
    "ignore_check_constraints",
    "legacy_alter_table",
    "recursive_triggers",
    "reverse_unordered_selects",
    "trusted_schema",
    "writable_schema",
];

/// The words of `sql` that begin or end a transaction, or end a savepoint of the caller: if that is the outermost
/// one, RELEASE commits. What does not parse is left to SQLite.
fn transaction_control(sql: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let arena = Bump::new();
    let mut own = BTreeSet::new();
    let folded = |name: &Name<'_>| unquote(name.0).to_ascii_lowercase();
    let mut parser = Parser::new(&arena, sql.as_bytes());
    while let Ok(Some(command)) = parser.next() {
        let Cmd::Stmt(statement) = command else { continue };
        let words = match statement {
            Stmt::Begin(..) => "BEGIN",
            Stmt::Commit(_) => "COMMIT",
            Stmt::Rollback { savepoint_name: None, .. } => "ROLLBACK",
            Stmt::Release(name) if !own.contains(&folded(&name)) => "RELEASE",
            Stmt::Rollback { savepoint_name: Some(name), .. } if !own.contains(&folded(&name)) => {
                "ROLLBACK TO"
            }
            Stmt::Attach { .. } => "ATTACH",
            Stmt::Detach(_) => "DETACH",
            Stmt::Savepoint(name) => {
                own.insert(folded(&name));
                continue;
            }
            _ => continue,
        };
        if !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::operation::Operation;
    use migration_api::Migrator;

    #[test]
    fn settings_are_as_before_whether_a_script_fails_or_not() {
        let connection = Connection::open_in_memory().unwrap();
        let all = || {
            SETTINGS.map(|name| -> i64 {
                connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
            })
        };
        let before = all();
        let change: String = SETTINGS
            .iter()
            .zip(before)
            .map(|(name, value)| format!("PRAGMA {name} = {};", 1 - value))
            .collect();
        let mut migrator = Migrator::new(&connection);
        migrator.run([Operation::execute(change.clone())]).unwrap();
        assert_eq!(all(), before);
        migrator.run([Operation::execute(change + "INSERT INTO absent VALUES (1)")]).unwrap_err();
        assert_eq!(all(), before);
    }

    #[test]
    fn a_savepoint_of_somebody_else_stays_theirs() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("SAVEPOINT theirs; CREATE TABLE t (a)").unwrap();
        let mut migrator = Migrator::new(&connection);
        for sql in ["RELEASE theirs", "ROLLBACK TO theirs"] {
            migrator.run([Operation::execute(sql)]).unwrap_err();
        }
        assert!(!connection.is_autocommit());
        connection.execute_batch("ROLLBACK TO theirs; RELEASE theirs").unwrap();
    }

    #[test]
    fn words_that_begin_or_end_a_transaction_are_found_and_no_others() {
        for (sql, words) in [
            ("DELETE FROM t; COMMIT", &["COMMIT"][..]),
            ("end transaction", &["COMMIT"][..]),
            ("BEGIN; DELETE FROM t; COMMIT; BEGIN", &["BEGIN", "COMMIT"]),
            ("ROLLBACK;", &["ROLLBACK"][..]),
            ("begin immediate", &["BEGIN"][..]),
            ("SAVEPOINT a; ROLLBACK TO A; RELEASE \"a\"", &[]),
            ("SAVEPOINT a; RELEASE b", &["RELEASE"][..]),
            ("ROLLBACK TO b", &["ROLLBACK TO"][..]),
            ("SELECT 'COMMIT'; -- COMMIT\n", &[]),
            ("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", &[]),
        ] {
            assert_eq!(transaction_control(sql), words, "{sql}");
        }
    }
}
