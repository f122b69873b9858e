//! A text of models while it is run: where its statements and comments are, and what is wrong with them.

use std::ops::Range;

use rusqlite::ffi;
use sqlite3_parser::lexer::Splitter as _;
use sqlite3_parser::lexer::sql::Tokenizer;

use super::failure::ModelsError;
use crate::described::SourceLine;
use crate::described::{Origin, Sql};

/// SQL that is run, a statement at a time.
pub(super) struct Script<'s> {
    origin: &'s Origin,
    /// The SQL, and a zero byte: without one at the end of what it is given, SQLite copies all of it for each
    /// statement.
    text: String,
    /// Where lines begin: to count them anew for each statement would take the square of their number.
    lines: Vec<usize>,
}

impl<'s> Script<'s> {
    /// # Errors
    /// There is a zero byte in it: SQLite would end there, and say nothing of the rest.
    pub(super) fn new(sql: &'s Sql) -> Result<Self, ModelsError> {
        let text = sql.text.trim_start_matches('\u{feff}');
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = [0].into_iter().chain(ends).collect();
        let script = Self { origin: &sql.origin, text: format!("{text}\0"), lines };
        match text.find('\0') {
            None => Ok(script),
            Some(at) => {
                let words = "there is a zero byte in it".to_owned();
                let error = ffi::Error::new(ffi::SQLITE_ERROR);
                let error = rusqlite::Error::SqliteFailure(error, Some(words));
                Err(script.refused(at, error))
            }
        }
    }

    /// The SQL.
    pub(super) fn text(&self) -> &str {
        &self.text[..self.text.len() - 1]
    }

    /// What is left behind `done`, up to and with the zero byte.
    pub(super) fn rest(&self, done: usize) -> &str {
        &self.text[done..]
    }

    /// Where the byte `offset` is.
    pub(super) fn place(&self, offset: usize) -> SourceLine {
        match self.origin {
            Origin::File(file) => SourceLine::new(file, self.line(offset)),
            Origin::Code(place) => place.clone(),
        }
    }

    /// The line of the byte `offset`, from 1.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    /// Refuses the statement at `start` unless it begins with CREATE.
    pub(super) fn require_create(&self, start: usize) -> Result<(), ModelsError> {
        let is_letter = |letter: &char| letter.is_alphanumeric() || *letter == '_';
        let word: String = self.text[start..].chars().take_while(is_letter).collect();
        if word.eq_ignore_ascii_case("CREATE") {
            return Ok(());
        }
        Err(ModelsError::NotOfASchema { place: self.place(start), word: word.to_ascii_uppercase() })
    }

    /// Where SQLite found the `error`, which has what was left of the text and a place in it, or neither; no
    /// earlier than the statement at `start`.
    pub(super) fn position(&self, error: &rusqlite::Error, start: usize) -> usize {
        match error {
            rusqlite::Error::SqlInputError { sql: left, offset, .. } => {
                let offset = usize::try_from(*offset).unwrap_or_default();
                let at = self.text.len().saturating_sub(left.len()) + offset;
                at.clamp(start, self.text().len())
            }
            _ => start,
        }
    }

    /// SQLite refuses what is at `at`: the line of it is shown.
    pub(super) fn refused(&self, at: usize, source: rusqlite::Error) -> ModelsError {
        const LENGTH: usize = 60;
        let start = self.lines.get(self.line(at).saturating_sub(1)).copied().unwrap_or_default();
        let line = self.text()[start..].lines().next().unwrap_or_default().trim();
        let printable = line.chars().filter(|letter| !letter.is_control());
        let mut shown: String = printable.take(LENGTH).collect();
        if line.chars().count() > LENGTH {
            shown.push('…');
        }
        let source = Box::new(without_the_text(source));
        ModelsError::Refused { place: self.place(at), sql: shown, source }
    }
}

/// `error` without the text that SQLite was given, which is all that was left of it.
pub(super) fn without_the_text(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { error, msg, .. } => {
            rusqlite::Error::SqliteFailure(error, Some(msg))
        }
        other => other,
    }
}

/// A comment, and what it is behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// Without the end of its line.
    pub(super) span: Range<usize>,
    /// What is before it between the brackets of the statement, since the last comma; `None`: it
    /// is in none.
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
    fn a_byte_stands_in_the_line_that_it_is_in() {
        let origin = Origin::File("schema.sql".into());
        let sql = Sql { origin, text: "\u{feff}a\r\n\nbc\n".into() };
        let script = Script::new(&sql).unwrap();
        let lines: Vec<_> = (0..=script.text().len()).map(|at| script.place(at).line).collect();
        assert_eq!(lines, [1, 1, 1, 2, 3, 3, 3, 4]);
    }

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
