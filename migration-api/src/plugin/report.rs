//! Reports to the host why a migration failed.

use std::error::Error as StdError;
use std::iter;

use migration_operation::script::first;

use super::abi::{self, Call, Failure, Text};
use crate::Error;
use crate::panic::{self, Panicked, Place};

/// The migration returned `error`.
pub(super) fn error(call: &Call, error: &Error) -> u32 {
    let kind = if error.is_irreversible() { abi::KIND_IRREVERSIBLE } else { abi::KIND_ERROR };
    chain(call, kind, error)
}

/// The host's SQLite could not be taken over.
pub(super) fn setup(call: &Call, error: &Error) -> u32 {
    chain(call, abi::KIND_SETUP, error)
}

/// The migration panicked.
pub(super) fn panic(call: &Call, message: &str, place: Option<&Place>) -> u32 {
    let words = Words { message: message.to_owned(), causes: Vec::new() };
    send(call, abi::KIND_PANIC, &words, place, 0, &[])
}

fn chain(call: &Call, kind: u32, error: &Error) -> u32 {
    let panicked = panic::last();
    let words = |error: &(dyn StdError + 'static)| words(error, panicked.as_ref());
    let outermost: &(dyn StdError + 'static) = error.source();
    // rusqlite puts the bare code behind the error that says the same in words.
    let chain: Vec<_> = iter::successors(Some(outermost), |cause| StdError::source(*cause))
        .filter(|cause| !cause.is::<rusqlite::ffi::Error>())
        .collect();
    let mut words = chain.iter().map(|cause| words(*cause));
    let words = Words { message: words.next().unwrap_or_default(), causes: words.collect() };
    let place = Place {
        file: error.location().file().to_owned(),
        line: error.location().line(),
        column: error.location().column(),
    };
    let at = chain.iter().position(|cause| cause.is::<rusqlite::Error>());
    let lent = |line, column, sql| abi::Statement {
        size: size_of::<abi::Statement>() as u32,
        cause: at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0),
        line,
        column,
        file: Text::lend(error.file().unwrap_or_default()),
        sql: Text::lend(sql),
    };
    let mut statements: Vec<_> =
        error.statements().iter().map(|it| lent(it.line, it.column, it.sql.as_str())).collect();
    // It ran on the connection itself: rusqlite keeps the text from the statement on.
    if let (true, Some(at)) = (statements.is_empty(), at)
        && let Some(rusqlite::Error::SqlInputError { sql, .. }) = chain[at].downcast_ref()
    {
        statements.push(lent(0, 0, first(sql)));
    }
    let code = error.sqlite_code().unwrap_or(0);
    send(call, kind, &words, Some(&place), code, &statements)
}

/// What went wrong, and the errors behind it, the nearest first.
struct Words {
    message: String,
    causes: Vec<String>,
}

/// What `error` says: of SQLite's own without the text that it is about, which is told apart. A function of the
/// migration that panics is caught by rusqlite, which says that much and no more.
fn words(error: &(dyn StdError + 'static), panicked: Option<&Panicked>) -> String {
    let text = match error.downcast_ref() {
        Some(rusqlite::Error::SqlInputError { msg, .. }) => msg.clone(),
        _ => error.to_string(),
    };
    match panicked {
        Some(Panicked { message, place }) if text == PANICKED.to_string() => {
            let place = place.as_ref().map_or_else(String::new, |Place { file, line, column }| {
                format!(" at {file}:{line}:{column}")
            });
            format!("a function that SQLite called panicked{place}: {message}")
        }
        _ => text,
    }
}

/// What SQLite has as the words of it is all that arrives.
const PANICKED: rusqlite::Error = rusqlite::Error::UnwindingPanic;

fn send(
    call: &Call,
    kind: u32,
    words: &Words,
    place: Option<&Place>,
    sqlite_code: i32,
    statements: &[abi::Statement],
) -> u32 {
    let causes: Vec<Text> = words.causes.iter().map(|cause| Text::lend(cause)).collect();
    let failure = Failure {
        size: size_of::<Failure>() as u32,
        kind,
        message: Text::lend(&words.message),
        causes: causes.as_ptr(),
        cause_count: causes.len(),
        file: Text::lend(place.map_or("", |place| &place.file)),
        line: place.map_or(0, |place| place.line),
        column: place.map_or(0, |place| place.column),
        sqlite_code,
        statements: statements.as_ptr(),
        statement_count: statements.len(),
    };
    // SAFETY: `context` is the host's own, and everything lent in `failure` outlives the function.
    unsafe { (call.fail)(call.context, &raw const failure) };
    abi::FAILED
}
