//! Tells the host why a migration failed.

use std::error::Error as StdError;
use std::iter;

use super::abi::{self, Call, Failure, Text};
use super::panic::{self, Panicked, Place};
use crate::Error;

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
pub(super) fn panic(call: &Call, message: &str, place: Option<Place>) -> u32 {
    send(call, abi::KIND_PANIC, message, &[], place.as_ref(), 0)
}

fn chain(call: &Call, kind: u32, error: &Error) -> u32 {
    let panicked = panic::last();
    let words = |error: &dyn StdError| words(error, panicked.as_ref());
    let outermost: &(dyn StdError + 'static) = error.source();
    let causes: Vec<String> =
        iter::successors(outermost.source(), |cause| StdError::source(*cause))
            // rusqlite puts the bare code behind the error that says the same in words.
            .filter(|cause| !cause.is::<rusqlite::ffi::Error>())
            .map(|cause| words(cause))
            .collect();
    let place = Place {
        file: error.location().file().to_owned(),
        line: error.location().line(),
        column: error.location().column(),
    };
    let code = error.sqlite_code().unwrap_or(0);
    send(call, kind, &words(outermost), &causes, Some(&place), code)
}

/// What `error` says. A function of the migration that panics is caught by rusqlite, which says that much and
/// no more.
fn words(error: &dyn StdError, panicked: Option<&Panicked>) -> String {
    let text = error.to_string();
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
    message: &str,
    causes: &[String],
    place: Option<&Place>,
    sqlite_code: i32,
) -> u32 {
    let causes: Vec<Text> = causes.iter().map(|cause| Text::lend(cause)).collect();
    let failure = Failure {
        size: size_of::<Failure>() as u32,
        kind,
        message: Text::lend(message),
        causes: causes.as_ptr(),
        cause_count: causes.len(),
        file: Text::lend(place.map_or("", |place| &place.file)),
        line: place.map_or(0, |place| place.line),
        column: place.map_or(0, |place| place.column),
        sqlite_code,
    };
    // SAFETY: `context` is the host's own, and everything lent in `failure` outlives the function.
    unsafe { (call.fail)(call.context, &raw const failure) };
    abi::FAILED
}
