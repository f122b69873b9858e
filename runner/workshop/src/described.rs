//! What models describe: SQL, and where it comes from.

use std::fmt::{self, Display, Formatter};

use migration_api::difference::Rename;
use serde::{Deserialize, Serialize};

/// What models say, before anything was run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// SQL, in the order in which it is to be run.
    pub sql: Vec<Sql>,
    /// What was called otherwise before.
    pub renames: Vec<Rename>,
}

/// SQL, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sql {
    /// Where it comes from.
    pub origin: Origin,
    /// One statement or more.
    pub text: String,
}

/// What SQL comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A file that holds it from its first line on, by its name.
    File(String),
    /// Source code that it is made from.
    Code(SourceLine),
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl SourceLine {
    pub(crate) fn new(file: &str, line: usize) -> Self {
        Self { file: file.to_owned(), line }
    }
}

impl Display for SourceLine {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of `{}`", self.line, self.file)
    }
}
