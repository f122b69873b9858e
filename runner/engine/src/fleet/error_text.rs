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
