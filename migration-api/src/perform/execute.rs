//! Runs a script.

use sqlite3_parser::ast::{Cmd, Stmt};
use sqlite3_parser::lexer::sql::Parser;
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::refusal::Refusal;
use super::session::{Outcome, Session};

impl Session<'_> {
    pub(super) fn execute(&mut self, sql: &str) -> Outcome {
        // A script may read and write whatever it likes, so every row must be in its place.
        self.settle()?;
        if let Some(words) = transaction_control(sql) {
            return Err(Refusal::TransactionControl(words));
        }
        self.run(sql)?;
        if self.connection.is_autocommit() {
            return Err(Refusal::TransactionControl("the transaction was ended"));
        }
        Ok(())
    }
}

/// The first words of `sql` that begin or end a transaction. What does not parse is left to SQLite's
/// own judgement.
fn transaction_control(sql: &str) -> Option<&'static str> {
    let arena = Bump::new();
    let mut parser = Parser::new(&arena, sql.as_bytes());
    while let Ok(Some(command)) = parser.next() {
        let Cmd::Stmt(statement) = command else { continue };
        match statement {
            Stmt::Begin(..) => return Some("BEGIN"),
            Stmt::Commit(_) => return Some("COMMIT"),
            Stmt::Rollback { savepoint_name: None, .. } => return Some("ROLLBACK"),
            Stmt::Attach { .. } => return Some("ATTACH"),
            Stmt::Detach(_) => return Some("DETACH"),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_begin_or_end_a_transaction_are_found_and_no_others() {
        for (sql, words) in [
            ("DELETE FROM t; COMMIT", Some("COMMIT")),
            ("end transaction", Some("COMMIT")),
            ("ROLLBACK;", Some("ROLLBACK")),
            ("begin immediate", Some("BEGIN")),
            ("SAVEPOINT a; ROLLBACK TO a; RELEASE a", None),
            ("SELECT 'COMMIT'; -- COMMIT\n", None),
            ("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END", None),
        ] {
            assert_eq!(transaction_control(sql), words, "{sql}");
        }
    }
}
