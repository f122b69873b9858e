//! Blanks and comments in SQL (<https://sqlite.org/lang_comment.html>): what the tokenizer of the parser finds
//! between tokens.

use std::ops::Range;

use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::Tokenizer;

/// The `--` comments of `sql`, without the ends of their lines.
pub(super) fn comments(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let (piece, end) = piece(sql, at);
        let text = &sql[at..end];
        if piece == Piece::Between && text.starts_with("--") {
            found.push(at..at + text.trim_end_matches(['\n', '\r']).len());
        }
        at = end;
    }
    found
}

/// Where in `sql` the first statement begins that is one: before it, there may be semicolons.
pub(super) fn first_statement(sql: &str) -> usize {
    let mut at = 0;
    while at < sql.len() {
        let (piece, end) = piece(sql, at);
        if piece == Piece::Token && &sql[at..end] != ";" {
            break;
        }
        at = end;
    }
    at
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Token,
    /// A blank or a comment.
    Between,
}

/// What begins at `at`, and where it ends: a literal that is not ended, at the end of all; of what else the
/// tokenizer does not read, each letter is a token.
fn piece(sql: &str, at: usize) -> (Piece, usize) {
    /// Blanks to SQLite, and not to the tokenizer.
    const BLANKS: [char; 2] = ['\u{b}', '\u{feff}'];
    const QUOTES: [char; 4] = ['\'', '"', '`', '['];
    let rest = &sql[at..];
    let Some(first) = rest.chars().next() else { return (Piece::Between, at) };
    if BLANKS.contains(&first) {
        return (Piece::Between, at + first.len_utf8());
    }
    match Tokenizer::new().split(rest.as_bytes()) {
        Ok((None, length)) if length > 0 => (Piece::Between, at + length),
        Ok((Some(_), length)) if length > 0 => (Piece::Token, at + length),
        _ if QUOTES.contains(&first) => (Piece::Token, sql.len()),
        _ => (Piece::Token, at + first.len_utf8()),
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
    fn the_first_statement_is_behind_blanks_comments_and_semicolons() {
        for (sql, at) in [
            ("a", 0),
            ("\u{feff} -- x\n/* y */ a", 17),
            ("\u{b}\u{c} a", 3),
            ("-- x", 4),
            (" ;; -- x;\n; a", 12),
            (";", 1),
        ] {
            assert_eq!(first_statement(sql), at, "{sql}");
        }
    }
}
