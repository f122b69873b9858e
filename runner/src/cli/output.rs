//! Writes to the terminal. A reader that went away is no error: a migration must not stop because
//! somebody piped its output into `head`.

use std::io::Write as _;
use std::path::Path;

use super::failure::Failure;

/// A line on standard output; colours are taken out where nobody can see them.
pub(super) fn line(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// Text with line ends of its own on standard output.
pub(super) fn text(text: &str) {
    let _ = write!(anstream::stdout(), "{text}");
}

/// Writes `text` to a file.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::of_system(&format!("cannot write `{}`", path.display()), &error))
}

/// A line on standard error.
pub(super) fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// One JSON document on standard output.
pub(super) fn json(document: &serde_json::Value) {
    line(&format!("{document:#}"));
}

/// `path` as a person in the current folder would write it.
pub(super) fn short(path: &Path) -> String {
    let here = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// A moment, as people read it.
pub(super) fn time(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 migration`, `2 migrations`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
