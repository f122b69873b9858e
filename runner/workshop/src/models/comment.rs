//! Blanks and comments in SQL (<https://sqlite.org/lang_comment.html>): what the tokenizer of the parser finds
//! between tokens.

use std::ops::Range;

use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::Tokenizer;

/// A comment, and what it stands behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// Without the end of its line.
    pub(super) span: Range<usize>,
    /// What stands before it between the brackets of the statement, since the last comma; `None`: it
    /// stands in none.
    pub(super) item: Option<Range<usize>>,
}

/// The comments of `sql`. One that ends a line is about the item before the comma in that line.
pub(super) fn comments(sql: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let (mut at, mut depth) = (0, 0_i32);
    let (mut item, mut ended) = (0, None);
    while at < sql.len() {
        let (piece, end) = piece(sql, at);
        let text = &sql[at..end];
        let is_comment = text.starts_with("--") || text.starts_with("/*");
        if piece == Piece::Between && is_comment {
            let span = at..at + text.trim_end_matches(['\n', '\r']).len();
            let follows = sql[span.end..].lines().next().unwrap_or_default();
            let is_empty = sql[item..at].trim().is_empty();
            let item = match &ended {
                Some(ended) if is_empty && follows.trim().is_empty() => Range::clone(ended),
                _ => item..at,
            };
            found.push(Comment { span, item: (depth == 1).then_some(item) });
        }
        if piece == Piece::Token {
            match text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            match text {
                "(" if depth == 1 => (item, ended) = (end, None),
                "," if depth == 1 => (item, ended) = (end, Some(item..at)),
                _ => {}
            }
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
        let texts: Vec<_> = comments(sql).into_iter().map(|comment| &sql[comment.span]).collect();
        assert_eq!(texts, ["-- one", "/* -- no */", "--two"]);
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
