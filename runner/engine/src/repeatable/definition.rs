//! A view or a trigger, as a file defines it.

use std::fmt;

use runner_operations::schema::Program;
use serde::{Deserialize, Serialize};

/// What a file may define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramKind {
    /// A view. It comes before triggers: some are on views.
    View,
    /// A trigger.
    Trigger,
}

impl ProgramKind {
    /// As `sqlite_schema` calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Trigger => "trigger",
        }
    }

    /// That which `sqlite_schema` calls so.
    pub(crate) fn named(word: &str) -> Option<Self> {
        [Self::View, Self::Trigger].into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for ProgramKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A view or a trigger, as a file defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The file.
    pub file: String,
    /// The line that it begins in.
    pub line: u32,
    /// What it is.
    pub kind: ProgramKind,
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub sql: String,
}

impl Definition {
    pub(super) fn of(file: &str, line: u32, program: Program, sql: &str) -> Self {
        let (kind, name) = match program {
            Program::View { name } => (ProgramKind::View, name),
            Program::Trigger { name, .. } => (ProgramKind::Trigger, name),
        };
        Self { file: file.to_owned(), line, kind, name, sql: sql.to_owned() }
    }

    /// Whether it is the `kind` of this name, in whatever case it is written.
    #[must_use]
    pub fn is(&self, kind: ProgramKind, name: &str) -> bool {
        self.kind == kind && self.name.eq_ignore_ascii_case(name)
    }
}
