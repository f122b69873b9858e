//! Errors in words, as reports have them.

use serde::{Deserialize, Serialize};

use crate::apply::FailedStatement;
use crate::error::Error;
use crate::exit::Exit;
use crate::explain::Code;

/// An error in words, as reports have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorText {
    /// The exit code that it has alone.
    pub exit: Exit,
    /// Its code, for `runner explain`.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// The errors behind it, the nearest first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The statement of SQL that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Box<FailedStatement>>,
}

impl From<Error> for ErrorText {
    fn from(error: Error) -> Self {
        Self {
            exit: error.exit(),
            code: error.code(),
            message: error.to_string(),
            causes: error.causes(),
            hint: error.hint().map(|hint| hint.to_string()),
            statement: error.statement().cloned().map(Box::new),
        }
    }
}

impl ErrorText {
    /// How many bytes of each text are kept.
    const KEPT: usize = 4096;

    /// How many of the errors behind it are kept.
    const CAUSES: usize = 8;

    /// This, as a report keeps it that has a line for each of many databases.
    pub(super) fn kept(mut self) -> Self {
        let shorten = |text: &mut String| *text = shortened(std::mem::take(text), Self::KEPT);
        shorten(&mut self.message);
        self.causes.truncate(Self::CAUSES);
        self.causes.iter_mut().for_each(shorten);
        self.hint.iter_mut().for_each(shorten);
        if let Some(statement) = &mut self.statement {
            shorten(&mut statement.sql);
            statement.detail.iter_mut().for_each(shorten);
        }
        self
    }
}

/// The beginning of `text`, with a word about the rest, if it has more bytes than `kept`.
fn shortened(mut text: String, kept: usize) -> String {
    let length = text.len();
    if length > kept {
        text.truncate(text.floor_char_boundary(kept));
        text += &format!("... (cut off here, of {length} bytes)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_to_be_kept_says_how_long_it_was() {
        assert_eq!(shortened("short".into(), 5), "short");
        assert_eq!(shortened("wüst".into(), 2), "w... (cut off here, of 5 bytes)");
    }
}
