//! Scripts of SQL: run statement by statement, so that the one that fails is known with its place.

mod statements;

use std::error::Error;
use std::fmt;
use std::ops::Range;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection, ErrorCode};

use crate::codec::records;
use statements::{end_of_first, skip_blank, statements};

/// A statement that failed, and where it is in its script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStatement {
    /// The line of the script, from 1: that of the token that SQLite stumbled over, or else that of the
    /// statement's first word.
    pub line: u32,
    /// The column in that line, from 1, in characters.
    pub column: u32,
    /// The statement, without what is around it.
    pub sql: String,
}

records! { FailedStatement { line: required, column: required, sql: required } }

/// An error of SQLite, and the statement of a script that it is about.
#[derive(Debug)]
pub struct ScriptError {
    /// SQLite's error. Where that holds the text, it is that of the statement alone.
    pub error: rusqlite::Error,
    /// The statement, if it was found. Where an authorizer has denied it, those behind it follow that would be
    /// denied too: who has to change a script wants to know of all of them.
    pub statements: Vec<FailedStatement>,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for ScriptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// Runs the statements of `script` on `connection`, as [`Connection::execute_batch`] does.
///
/// # Errors
/// SQLite's error at the first statement that fails; the ones before it have run.
pub fn run(connection: &Connection, script: &str) -> Result<(), ScriptError> {
    run_or_else(connection, script, |_, _| false)
}

/// As [`run`]. A statement that began and failed, which then did nothing, is left to `otherwise`, with SQLite's error;
/// where that gives `true`, it has done the statement, and the next ones run.
///
/// # Errors
/// As [`run`].
pub fn run_or_else(
    connection: &Connection,
    script: &str,
    mut otherwise: impl FnMut(&rusqlite::Error, &str) -> bool,
) -> Result<(), ScriptError> {
    let mut batch = Batch::new(connection, script);
    let mut done = 0;
    loop {
        let next = batch.next().and_then(|statement| match statement {
            Some(mut statement) => {
                let ran = statement.raw_query().next().map(|_| true);
                drop(statement);
                ran.or_else(|error| match statements(script).nth(done) {
                    Some(start) if otherwise(&error, first(&script[start..])) => Ok(true),
                    _ => Err(error),
                })
            }
            None => Ok(false),
        });
        match next {
            Ok(true) => done += 1,
            Ok(false) => return Ok(()),
            Err(error) => {
                let mut error = ScriptError::of(error, script, done);
                if is_denied(&error.error) {
                    let behind = statements(script).skip(done + 1);
                    let denied =
                        behind.filter(|start| would_be_denied(connection, &script[*start..]));
                    error.statements.extend(denied.map(|start| FailedStatement::at(script, start)));
                }
                return Err(error);
            }
        }
    }
}

/// Where the statements of `script` are, each without its semicolon and the blanks and comments around it. It may hold
/// what SQLite does not understand.
pub fn spans(script: &str) -> impl Iterator<Item = Range<usize>> {
    statements(script).map(|start| start..start + first(&script[start..]).len())
}

fn is_denied(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied)
}

/// Whether the first statement of `text` is one that an authorizer denies. It is compiled and not run.
fn would_be_denied(connection: &Connection, text: &str) -> bool {
    connection.prepare(first(text)).is_err_and(|error| is_denied(&error))
}

impl FailedStatement {
    /// That which begins at the byte `start` of `script`.
    fn at(script: &str, start: usize) -> Self {
        let (line, column) = place(script, start);
        Self { line, column, sql: first(&script[start..]).to_owned() }
    }
}

/// The statements of `script`, each without what is around it, with the line that it begins in.
pub fn lines(script: &str) -> impl Iterator<Item = (u32, &str)> {
    statements(script).map(|start| (place(script, start).0, first(&script[start..])))
}

/// The first statement of `text`, without what is around it.
#[must_use]
pub fn first(text: &str) -> &str {
    let text = &text[skip_blank(text)..];
    text[..end_of_first(text)].trim_end()
}

impl ScriptError {
    /// `error` of the single statement that `sql` is.
    #[must_use]
    pub fn of_one(error: rusqlite::Error, sql: &str) -> Self {
        Self::of(error, sql, 0)
    }

    /// `error` of the statement of `script` before which `done` others have run.
    fn of(error: rusqlite::Error, script: &str, done: usize) -> Self {
        // Where SQLite stumbled over a token, rusqlite keeps the text from the statement on, which says more
        // surely where that is than our own look at the text.
        let rest = match &error {
            rusqlite::Error::SqlInputError { sql, .. } => script.strip_suffix(sql.as_str()),
            _ => statements(script).nth(done).map(|start| &script[..start]),
        };
        let Some(before) = rest.map(str::len) else {
            return Self { error, statements: Vec::new() };
        };
        let start = before + skip_blank(&script[before..]);
        let sql = first(&script[start..]);
        let (error, stumbled) = match error {
            rusqlite::Error::SqlInputError { error, msg, offset, .. } => {
                let stumbled = before + usize::try_from(offset).unwrap_or(0);
                // The end of the text, where something is missing, is behind the statement.
                let stumbled = stumbled.clamp(start, start + sql.len());
                let offset = i32::try_from(stumbled - start).unwrap_or(0);
                let sql = sql.to_owned();
                (rusqlite::Error::SqlInputError { error, msg, sql, offset }, stumbled)
            }
            error => (error, start),
        };
        let (line, column) = place(script, stumbled);
        Self { error, statements: vec![FailedStatement { line, column, sql: sql.to_owned() }] }
    }
}

/// The line and the column of the byte `at` of `text`, from 1.
fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;

    /// What fails of `script`: the error, its line and column, and the statement.
    fn failing(script: &str) -> (String, u32, u32, String) {
        let connection = Connection::open_in_memory().unwrap();
        let mut error = run(&connection, script).unwrap_err();
        let words = match &error.error {
            rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
            other => other.to_string(),
        };
        let FailedStatement { line, column, sql } = error.statements.remove(0);
        (words, line, column, sql)
    }

    #[test]
    fn the_statement_that_fails_is_told_with_its_line_and_without_its_neighbours() {
        let create = "CREATE TABLE t (a UNIQUE);\n;; -- one; two\nINSERT INTO t VALUES (1);\n";
        let no_table = "no such table: b";
        for (rest, words, line, column, sql) in [
            // While it is prepared, and SQLite names the token.
            ("SELECT 1;\nSELECT 1\n FROM b; SELECT 2", no_table, 5, 1, "SELECT 1\n FROM b"),
            ("SELECT 'é', b FROM t;", "no such column: b", 4, 13, "SELECT 'é', b FROM t"),
            ("SELECT (", "incomplete input", 4, 1, "SELECT ("),
            // While it is prepared, and no token is to blame.
            ("/* ; */ CREATE TABLE t (b);", "table t already exists", 4, 22, "CREATE TABLE t (b)"),
            // While it runs.
            ("INSERT INTO t VALUES (1); END", UNIQUE, 4, 1, "INSERT INTO t VALUES (1)"),
            (
                "CREATE TEMP TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; SELECT 2; END;\n\
                 INSERT INTO t VALUES (1)",
                UNIQUE,
                5,
                1,
                "INSERT INTO t VALUES (1)",
            ),
        ] {
            let expected = (words.to_owned(), line, column, sql.to_owned());
            assert_eq!(failing(&format!("{create}{rest}")), expected, "{rest}");
        }
    }

    const UNIQUE: &str = "UNIQUE constraint failed: t.a";

    #[test]
    fn what_is_denied_is_told_to_the_end_of_the_script() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .authorizer(Some(|context: AuthContext<'_>| match context.action {
                AuthAction::Transaction { .. } => Authorization::Deny,
                _ => Authorization::Allow,
            }))
            .unwrap();
        let script = "CREATE TABLE t (a);\nBEGIN;\nINSERT INTO t VALUES (1);\nABSURD;\n\nCOMMIT;";
        let error = run(&connection, script).unwrap_err();
        let told: Vec<_> = error.statements.iter().map(|it| (it.line, it.sql.as_str())).collect();
        assert_eq!(told, [(2, "BEGIN"), (6, "COMMIT")]);
        // Nothing behind the first of them has run.
        let rows: i64 =
            connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0);
    }

    #[test]
    fn all_statements_of_a_script_run_as_in_a_batch() {
        let script = "CREATE TABLE t (a);;\n-- nothing\nINSERT INTO t VALUES (1), (2) RETURNING a; \
                      SELECT * FROM t; PRAGMA user_version = 3; /* the end */";
        let connection = Connection::open_in_memory().unwrap();
        run(&connection, script).unwrap();
        let found: (i64, i64) = connection
            .query_row("SELECT count(*), (SELECT * FROM pragma_user_version) FROM t", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(found, (2, 3));
        run(&connection, "").unwrap();
        run(&connection, " -- nothing").unwrap();
    }
}
