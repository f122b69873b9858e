//! What a migration takes away, by name: a table, or a column of one.

use std::fmt;
use std::str::FromStr;

use migration_api::schema::quote;
use serde::{Deserialize, Serialize};

/// A table whose rows a migration takes away, or a column whose values it does, by the names before it. Displays as
/// `table` or `table.column`; a name with a dot or a quote in it is quoted as in SQL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LossName {
    table: String,
    column: Option<String>,
}

impl LossName {
    /// The rows of `table`.
    pub fn of_table(table: impl Into<String>) -> Self {
        Self { table: table.into(), column: None }
    }

    /// The values of `column` of `table`.
    pub fn of_column(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self { table: table.into(), column: Some(column.into()) }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The column; `None`: rows are meant.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    fn key(&self) -> (String, Option<String>) {
        (self.table.to_ascii_lowercase(), self.column.as_deref().map(str::to_ascii_lowercase))
    }
}

/// As SQLite does, without regard to the case of ASCII letters.
impl PartialEq for LossName {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for LossName {}

impl Ord for LossName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for LossName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for LossName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spelled = |name: &str| match name.is_empty() || name.contains(['.', '"']) {
            true => quote(name),
            false => name.to_owned(),
        };
        f.write_str(&spelled(&self.table))?;
        match &self.column {
            Some(column) => write!(f, ".{}", spelled(column)),
            None => Ok(()),
        }
    }
}

/// Text that names neither a table nor a column of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is neither `table` nor `table.column`")]
pub struct InvalidLossName(());

impl FromStr for LossName {
    type Err = InvalidLossName;

    fn from_str(text: &str) -> Result<Self, InvalidLossName> {
        let (table, rest) = name(text)?;
        let Some(rest) = rest else { return Ok(Self::of_table(table)) };
        match name(rest)? {
            (column, None) => Ok(Self::of_column(table, column)),
            _ => Err(InvalidLossName(())),
        }
    }
}

/// The name that `text` begins with, and what is behind the dot after it.
fn name(text: &str) -> Result<(String, Option<&str>), InvalidLossName> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (name, rest) = match text.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        return match name.is_empty() || name.contains('"') {
            true => Err(InvalidLossName(())),
            false => Ok((name.to_owned(), rest)),
        };
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"').ok_or(InvalidLossName(()))?;
        name += part;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None if after.is_empty() => return Ok((name, None)),
            None => {
                return match after.strip_prefix('.') {
                    Some(after) => Ok((name, Some(after))),
                    None => Err(InvalidLossName(())),
                };
            }
        }
    }
}

impl TryFrom<String> for LossName {
    type Error = InvalidLossName;

    fn try_from(text: String) -> Result<Self, InvalidLossName> {
        text.parse()
    }
}

impl From<LossName> for String {
    fn from(name: LossName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
impl InvalidLossName {
    pub(crate) fn example() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back_from_its_text() {
        for name in ["player", "Old Log", "a.b", "a\"b", "", "\"", ".", "täglich"] {
            for loss in [LossName::of_table(name), LossName::of_column(name, name)] {
                let read: LossName = loss.to_string().parse().unwrap();
                assert_eq!((read.table(), read.column()), (loss.table(), loss.column()));
            }
        }
        assert_eq!(LossName::of_column("a.b", "c").to_string(), "\"a.b\".c");
    }

    #[test]
    fn names_are_compared_as_sqlite_does() {
        assert_eq!(LossName::of_column("Player", "NOTE"), LossName::of_column("player", "note"));
        assert_ne!(LossName::of_table("Ä"), LossName::of_table("ä"));
    }

    #[test]
    fn what_names_no_table_is_refused() {
        for text in ["", ".", "a.", ".b", "a.b.c", "a\"b", "\"a", "\"a\"b", "\"a\".b.c"] {
            assert!(text.parse::<LossName>().is_err(), "{text}");
        }
    }
}
