//! Writes to the terminal, and no more than was meant: text that is not the runner's own is escaped here
//! ([`escape`]), unless what is written was put together with colours. A reader that went away is no
//! error: a migration must not stop because somebody piped its output into `head`.

use std::io::{self, IsTerminal as _, Write as _, stdout};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anstyle::Style;
use runner::explain::{self, Code};
use runner::{exit, hint, whole_file};

use super::escape::{self, escape};
use super::failure::Failure;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loudness {
    /// Errors, and documents that were asked for.
    Quiet,
    /// What was done, too.
    Plain,
    /// What is being done, too.
    Verbose,
}

/// It is the same for the whole process, as its terminal is.
static LOUDNESS: OnceLock<Loudness> = OnceLock::new();

/// Sets how much is told, once.
pub(super) fn be(loudness: Loudness) {
    let _ = LOUDNESS.set(loudness);
}

pub(super) fn loudness() -> Loudness {
    LOUDNESS.get().copied().unwrap_or(Loudness::Plain)
}

/// Tells something: a line on standard output, unless nothing is to be told. If it has more lines, they are
/// indented.
pub(super) fn line(text: &str) {
    composed(&escape::indented(text));
}

/// The same, of lines with colours, which are taken out where nobody can see them. Whatever is not the
/// runner's own in it is [escaped](escape).
pub(super) fn composed(text: &str) {
    if loudness() != Loudness::Quiet {
        let _ = writeln!(anstream::stdout(), "{text}");
    }
}

/// Tells what is being done, where that is wanted: a line on standard error.
pub(super) fn detail(text: &str) {
    const FAINT: Style = Style::new().dimmed();
    if loudness() == Loudness::Verbose {
        error(&format!("{FAINT}{}{FAINT:#}", escape::indented(text)));
    }
}

/// Tells what somebody should know though nothing failed: a line on standard error.
pub(super) fn note(text: &str) {
    if loudness() != Loudness::Quiet {
        error(&format!("note: {}", escape::indented(text)));
    }
}

/// Why a document that was asked for is not on standard output.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a document that was asked for. What it costs to lose it is said [at the end](require_written): the work
/// itself is done.
fn document(out: &mut impl io::Write, text: &[u8]) {
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => drop(LOST.set(error)),
        _ => {}
    }
}

/// Refuses to call a command done whose document was lost.
///
/// # Errors
/// It was.
pub(super) fn require_written() -> Result<(), Failure> {
    match LOST.get() {
        Some(error) => Err(unwritable("cannot write to standard output", error)),
        None => Ok(()),
    }
}

fn unwritable(message: &str, error: &io::Error) -> Failure {
    Failure {
        exit: exit::of_writing(error),
        code: explain::of_io(error, Code::UnwritableFile),
        hint: hint::writing(error).map(|hint| hint.to_string()),
        ..Failure::of_system(message, error)
    }
}

/// What was asked for as a document, with line ends of its own, on standard output: to the byte, unless
/// that is a terminal.
pub(super) fn text(text: &str) {
    let text = if stdout().is_terminal() { escape(text) } else { text.into() };
    document(&mut stdout(), text.as_bytes());
}

/// A page of the runner's own on standard output, with colours, which are taken out where nobody can see them.
pub(super) fn page(text: &str) {
    document(&mut anstream::stdout(), text.as_bytes());
}

/// Text for a program on standard output, as it is.
pub(super) fn script(text: &str) {
    document(&mut stdout(), text.as_bytes());
}

/// Writes `text` to a file, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    whole_file::write(path, text.as_bytes())
        .map_err(|error| unwritable(&format!("cannot write `{}`", path.display()), &error))
}

/// A line on standard error, as [`composed`].
pub(super) fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// One JSON document on standard output.
pub(super) fn json(document: &serde_json::Value) {
    let text = format!("{document:#}\n");
    self::document(&mut stdout(), escape::json(&text).as_bytes());
}

/// `path` as a person in the current folder would write it.
pub(super) fn short(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// A duration, as people read it.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// A moment, as people read it.
pub(super) fn time(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 migration`, `2 migrations`.
pub(super) fn count(number: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {noun}s"),
    }
}
