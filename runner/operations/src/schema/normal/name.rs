//! A name, compared as SQLite does.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use sqlite3_parser::dialect::TokenType;

use crate::schema::expression::Expression;
use crate::schema::name::{same, spell};
use crate::schema::sql;

/// A name: kept as it is spelled, and the same whatever the case of its ASCII letters. `Display` writes
/// it as SQL, in quotes where it needs them.
#[derive(Debug, Clone)]
pub struct Name(String);

impl Name {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name itself, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `other`, whatever the case.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        same(&self.0, other)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(&self.0))
    }
}

impl From<&Name> for String {
    fn from(name: &Name) -> Self {
        name.0.clone()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let [one, other] = [&self.0, &other.0].map(|name| name.bytes());
        one.map(|byte| byte.to_ascii_lowercase()).cmp(other.map(|byte| byte.to_ascii_lowercase()))
    }
}

/// Whether a name needs no quotes to be read as a name and as nothing else.
pub(super) fn means_the_same_bare(name: &str) -> bool {
    let is_truth = ["true", "false"].iter().any(|word| same(word, name));
    let tokens = sql::tokens(name).unwrap_or_default();
    let [only] = tokens.as_slice() else { return false };
    let is_whole = only.span == (0..name.len()) && !name.starts_with(['"', '[', '`', '\'']);
    let is_word = || {
        only.kind == TokenType::TK_ID
            || (name.starts_with(|first: char| first.is_ascii_alphabetic())
                && Expression::parse(name).is_ok_and(|read| read.mentions(name)))
    };
    is_whole && !is_truth && is_word()
}
