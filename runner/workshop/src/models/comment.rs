//! Blanks and comments in SQL (<https://sqlite.org/lang_comment.html>).

use std::ops::Range;

/// The `--` comments of `sql`, without the ends of their lines.
pub(super) fn comments(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let (kind, end) = piece(sql, at);
        if kind == Kind::LineComment {
            found.push(at..end);
        }
        at = end;
    }
    found
}

/// Where in `sql` something stands that is neither blank nor comment.
fn start(sql: &str) -> usize {
    let mut at = 0;
    while at < sql.len() {
        let (kind, end) = piece(sql, at);
        if kind == Kind::Text {
            return at;
        }
        at = end;
    }
    at
}

/// Where in `sql` the first statement begins that is one: before it, there may be semicolons.
pub(super) fn first_statement(sql: &str) -> usize {
    let mut at = start(sql);
    while sql[at..].starts_with(';') {
        at += 1;
        at += start(&sql[at..]);
    }
    at
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    LineComment,
    BlockComment,
    Text,
}

/// What begins at `at`, and where it ends: a comment, a blank, a literal, a name in quotes, a letter.
fn piece(sql: &str, at: usize) -> (Kind, usize) {
    let rest = &sql[at..];
    let up_to = |end: Option<usize>| at + end.unwrap_or(rest.len());
    let Some(first) = rest.chars().next() else { return (Kind::Blank, at) };
    match first {
        _ if rest.starts_with("--") => (Kind::LineComment, up_to(rest.find(['\n', '\r']))),
        _ if rest.starts_with("/*") => {
            (Kind::BlockComment, up_to(rest[2..].find("*/").map(|end| end + 4)))
        }
        // A quote that is doubled inside ends one literal and begins the next, which is as good.
        '\'' | '"' | '`' => (Kind::Text, up_to(rest[1..].find(first).map(|end| end + 2))),
        '[' => (Kind::Text, up_to(rest.find(']').map(|end| end + 1))),
        _ if first.is_whitespace() || first == '\u{feff}' => (Kind::Blank, at + first.len_utf8()),
        _ => (Kind::Text, at + first.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_those_in_texts_and_names() {
        let sql = "a -- one\n'-- no' \"-- no\" `-- no` [-- no] /* -- no */ 'it''s -- no'--two";
        let texts: Vec<_> = comments(sql).into_iter().map(|range| &sql[range]).collect();
        assert_eq!(texts, ["-- one", "--two"]);
        assert!(comments("'never ends -- no").is_empty());
    }

    #[test]
    fn the_start_is_behind_blanks_and_comments() {
        for (sql, at) in [("a", 0), ("\u{feff} -- x\n/* y */ a", 17), ("-- x", 4), ("/* never", 8)]
        {
            assert_eq!(start(sql), at, "{sql}");
        }
        assert_eq!(first_statement(" ;; -- x;\n; a"), 12);
        assert_eq!(first_statement(";"), 1);
    }
}
