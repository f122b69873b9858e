//! A text of models while it is run: where its statements are, and what is wrong with them.

use rusqlite::ffi;

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

    /// Where the byte `offset` stands.
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

    /// SQLite refuses what stands at `at`: the line of it is shown.
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
}
