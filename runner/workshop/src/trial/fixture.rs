//! The author's rows: `fixture.sql` in the crate of a migration.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Batch, Connection, Statement, fallible_iterator::FallibleIterator as _};

use super::problem::Problem;
use crate::discover::FIXTURE;
use runner_engine::regular_file;

/// The tables that a fixture writes to, in lower case: their rows are the author's concern alone.
pub(crate) type Tables = BTreeSet<String>;

/// Runs the fixture in the crate `folder`, if there is one, with foreign keys enforced.
pub(crate) fn run(connection: &mut Connection, folder: &Path) -> Result<Tables, Problem> {
    let text = match regular_file::read_text(&folder.join(FIXTURE), regular_file::TEXT) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Tables::new()),
        Err(error) => return Err(at(0, error.to_string())),
    };
    let tables = watch(connection).map_err(Problem::scratch("watch the fixture"))?;
    let ran = statements(connection, &text);
    let unwatched = connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>);
    unwatched.map_err(Problem::scratch("watch the fixture"))?;
    ran?;
    let tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(tables.clone())
}

/// Notes which tables statements write to, those of triggers not among them, and lets no statement reach
/// another file.
fn watch(connection: &mut Connection) -> rusqlite::Result<Arc<Mutex<Tables>>> {
    let tables = Arc::new(Mutex::new(Tables::new()));
    let noted = Arc::clone(&tables);
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        match context.action {
            AuthAction::Attach { .. } => return Authorization::Deny,
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. }
                if context.accessor.is_none() =>
            {
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert(table_name.to_ascii_lowercase());
            }
            _ => {}
        }
        Authorization::Allow
    }))?;
    Ok(tables)
}

fn statements(connection: &Connection, text: &str) -> Result<(), Problem> {
    let mut batch = Batch::new(connection, text);
    let mut offset = 0;
    loop {
        let line = line_of_next(text, offset);
        let failed = |error: rusqlite::Error| at(line, words(&error));
        let Some(mut statement) = batch.next().map_err(failed)? else { break };
        // It has no parameters, so it is expanded to its own text, from the end of the one before.
        offset += statement.expanded_sql().map_or(0, |sql| sql.len());
        run_to_end(&mut statement).map_err(failed)?;
    }
    if connection.is_autocommit() {
        Ok(())
    } else {
        Err(at(text.lines().count(), "a transaction is left open".to_owned()))
    }
}

fn run_to_end(statement: &mut Statement<'_>) -> rusqlite::Result<()> {
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// The line of the first word after `offset`, with blanks and comments before it.
fn line_of_next(text: &str, offset: usize) -> usize {
    let mut rest = text.get(offset..).unwrap_or_default().trim_start();
    loop {
        let end = match rest.get(..2) {
            Some("--") => rest.find('\n'),
            Some("/*") => rest.find("*/").map(|end| end + 2),
            _ => break,
        };
        rest = rest[end.unwrap_or(rest.len())..].trim_start();
    }
    text[..text.len() - rest.len()].matches('\n').count() + 1
}

fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

fn at(line: usize, message: String) -> Problem {
    Problem::Fixture { line, message }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn ran(text: &str) -> Result<Tables, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FIXTURE), text).unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE a (x NOT NULL UNIQUE); CREATE TABLE b (y REFERENCES a(x)); CREATE TABLE log (z);
                 CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.x); END;",
            )
            .unwrap();
        run(&mut connection, folder.path()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_tables_that_it_writes_to_are_told_and_those_of_triggers_are_not() {
        let tables =
            ran("BEGIN; INSERT INTO A VALUES (1);\nUPDATE b SET y = NULL; COMMIT;").unwrap();
        assert_eq!(tables.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(ran("").unwrap().is_empty());
    }

    #[test]
    fn an_error_names_the_line_of_its_statement() {
        for (text, line) in [
            ("INSERT INTO a VALUES (NULL)", 1),
            ("INSERT INTO a VALUES (1);\n\n-- none\nINSERT INTO a\nVALUES (NULL);", 4),
            ("INSERT INTO a VALUES (1); /* b */\n\nINSRT INTO a VALUES (2)", 3),
            ("\nATTACH 'elsewhere.db' AS x", 2),
            ("BEGIN;\nINSERT INTO a VALUES (1);\n", 2),
        ] {
            let message = ran(text).unwrap_err();
            assert!(message.contains(&format!("line {line}: ")), "{text}\n{message}");
        }
    }
}
