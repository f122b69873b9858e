//! Names as SQL writes them.

/// `name` in double quotes, as SQL writes it: always a name, never a keyword
/// (<https://sqlite.org/lang_keywords.html>).
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
