//! The statement of SQL that failed, and where it is.

use serde::{Deserialize, Serialize};

use crate::ffi::PluginStatement;

/// A statement of SQL that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedStatement {
    /// The file that it is in, from the folder of the migration on; `None`: it is not known.
    pub file: Option<String>,
    /// The line where SQLite stumbled, from 1: in the file, or in the text that the migration ran. `None`: it
    /// is not known.
    pub line: Option<u32>,
    /// The column in the line, from 1.
    pub column: Option<u32>,
    /// The statement.
    pub sql: String,
    /// What the database says of its failure, as the values that are in the way of a unique index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl FailedStatement {
    /// Whether its file and its line are known.
    pub(super) fn is_placed(&self) -> bool {
        self.file.is_some() && self.line.is_some()
    }

    /// Its file and its line, if both are known; its line in the text that the migration ran.
    pub(in crate::apply) fn place(&self) -> Option<String> {
        let line = self.line?;
        Some(match &self.file {
            Some(file) => format!("{file}:{line}"),
            None => format!("line {line} of its SQL"),
        })
    }

    /// `words`, SQLite's, with the place and the statement.
    pub(super) fn located(&self, words: &str) -> String {
        let Self { file, line, sql, detail, .. } = self;
        let mut sql = shortened(sql);
        if let Some(detail) = detail {
            sql = format!("{sql}\n{detail}");
        }
        match (file, line) {
            (Some(file), Some(line)) => format!("{file}:{line}: {words}\n{sql}"),
            _ => format!("{words}\n{sql}"),
        }
    }
}

impl From<PluginStatement> for FailedStatement {
    fn from(statement: PluginStatement) -> Self {
        let PluginStatement { file, place, sql, detail, .. } = statement;
        let (line, column) = (place.map(|(line, _)| line), place.map(|(_, column)| column));
        Self { file, line, column, sql, detail }
    }
}

/// A statement as a person reads it: it may hold a thousand rows.
fn shortened(sql: &str) -> String {
    const LINES: usize = 12;
    const CHARACTERS: usize = 1000;
    let end = sql.match_indices('\n').nth(LINES - 1).map_or(sql.len(), |(at, _)| at);
    let end = sql.char_indices().nth(CHARACTERS).map_or(end, |(at, _)| end.min(at));
    let cut = if end < sql.len() { " ..." } else { "" };
    format!("{}{cut}", &sql[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_cut() {
        assert_eq!(shortened("SELECT 1"), "SELECT 1");
        assert_eq!(shortened(&"a\n".repeat(12)), format!("{}a ...", "a\n".repeat(11)));
        assert_eq!(shortened(&"é".repeat(1001)), format!("{} ...", "é".repeat(1000)));
    }
}
