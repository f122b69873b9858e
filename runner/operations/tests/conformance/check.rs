//! A check of a case, run on the database after the migration.

use serde_json::Value;

use crate::case::{Check, Row};
use crate::database::Database;

/// What is wrong, if anything is.
pub(crate) fn fault(database: &Database, check: &Check) -> Option<String> {
    match &check.exec {
        Some(script) => in_savepoint(database, || executed(database, script, check)),
        None => match &check.query {
            Some(query) => queried(database, query, check),
            None => Some("a check has neither `exec` nor `query`".to_owned()),
        },
    }
}

fn executed(database: &Database, script: &str, check: &Check) -> Option<String> {
    match (database.run(script), &check.error_contains) {
        (Err(message), Some(parts)) => lacking("exec", script, &message, parts),
        (Err(message), None) => Some(format!("exec failed: {message} in {script}")),
        (Ok(()), Some(_)) => Some(format!("exec should have failed: {script}")),
        (Ok(()), None) => check.query.as_ref().and_then(|query| compared(database, query, check)),
    }
}

fn queried(database: &Database, query: &str, check: &Check) -> Option<String> {
    match (database.rows(query), &check.error_contains) {
        (Err(message), Some(parts)) => lacking("query", query, &message, parts),
        (Ok(_), Some(_)) => Some(format!("query should have failed: {query}")),
        (_, None) => compared(database, query, check),
    }
}

fn compared(database: &Database, query: &str, check: &Check) -> Option<String> {
    let Some(wanted) = &check.rows else {
        return Some(format!("no `rows` to compare {query} with"));
    };
    match database.rows(query) {
        Err(message) => Some(format!("query failed: {message} in {query}")),
        Ok(got) if same_rows(&got, wanted) => None,
        Ok(got) => Some(format!("{query}\n        got  {got:?}\n        want {wanted:?}")),
    }
}

fn lacking(what: &str, sql: &str, message: &str, parts: &[String]) -> Option<String> {
    let missing = missing(message, parts);
    (!missing.is_empty())
        .then(|| format!("{what} failed with {message:?}, lacks {missing:?}: {sql}"))
}

/// The parts that a message does not hold, whatever their case.
pub(crate) fn missing<'p>(message: &str, parts: &'p [String]) -> Vec<&'p str> {
    let message = message.to_lowercase();
    parts
        .iter()
        .map(String::as_str)
        .filter(|part| !message.contains(&part.to_lowercase()))
        .collect()
}

/// Whether rows are the same, in order; 1 and 1.0 are not. A boolean of JSON is SQLite's 0 or 1.
pub(crate) fn same_rows(got: &[Row], wanted: &[Row]) -> bool {
    let number = |value: &Value| match value {
        Value::Bool(truth) => Value::from(i64::from(*truth)),
        other => other.clone(),
    };
    got.len() == wanted.len()
        && got.iter().zip(wanted).all(|(got, wanted)| {
            got.len() == wanted.len()
                && got.iter().zip(wanted).all(|(got, wanted)| *got == number(wanted))
        })
}

/// Runs a check and takes back what it did. Where no transaction is open the savepoint opens one, so
/// deferred foreign keys are not checked.
fn in_savepoint(database: &Database, run: impl FnOnce() -> Option<String>) -> Option<String> {
    if let Err(message) = database.run("SAVEPOINT conf_check") {
        return Some(format!("no savepoint: {message}"));
    }
    let fault = run();
    if database.in_transaction()
        && database.run("ROLLBACK TO conf_check; RELEASE conf_check").is_err()
        && let Err(message) = database.run("ROLLBACK")
    {
        return Some(format!("a check could not be taken back: {message}"));
    }
    fault
}
