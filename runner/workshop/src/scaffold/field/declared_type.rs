//! The type of a column, as people write it.

use runner_operations::suggest::near;

use super::Reason;
use super::value::{self, Words};

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredType {
    pub(super) declared: String,
    /// What a default value without quotes is that looks like nothing else.
    pub(super) words: Words,
}

/// The types that SQLite stores. `any` is a type of STRICT tables.
pub(super) const STORED: [&str; 5] = ["integer", "text", "real", "blob", "any"];

/// What other tools call them.
const ALIASES: [(&str, &str); 5] = [
    ("int", "INTEGER"),
    ("string", "TEXT"),
    ("float", "REAL"),
    ("double", "REAL"),
    ("bool", "BOOLEAN"),
];

/// The types of the SQL standard and of other tools that SQLite keeps as they are written: what is stored
/// follows from the affinity that it reads out of the name (<https://sqlite.org/datatype3.html>, 3.1).
/// Some take a number or two in brackets.
pub(super) const KEPT: [(&str, Words); 12] = [
    ("bigint", Words::Refused),
    ("smallint", Words::Refused),
    ("boolean", Words::Refused),
    ("decimal", Words::Refused),
    ("numeric", Words::Refused),
    ("char", Words::All),
    ("varchar", Words::All),
    ("date", Words::Others),
    ("time", Words::Others),
    ("datetime", Words::Others),
    ("timestamp", Words::Others),
    ("json", Words::Others),
];

impl DeclaredType {
    pub(super) fn read(given: &str) -> Result<Self, Reason> {
        if given.is_empty() {
            return Err(Reason::NoType);
        }
        if let Some(declared) = value::unquoted(given) {
            if !value::is_declared_type(&declared) {
                return Err(Reason::DeclaredType(declared));
            }
            return Ok(Self { declared, words: Words::Others });
        }
        let is_given = |name: &str| name.eq_ignore_ascii_case(given);
        if let Some((_, stored)) = ALIASES.into_iter().find(|(name, _)| is_given(name)) {
            return Ok(Self { declared: stored.to_owned(), words: words_of(stored) });
        }
        if STORED.into_iter().any(is_given) {
            let declared = given.to_ascii_uppercase();
            return Ok(Self { words: words_of(&declared), declared });
        }
        let name = given.split('(').next().unwrap_or_default();
        match KEPT.into_iter().find(|(kept, _)| kept.eq_ignore_ascii_case(name)) {
            Some((_, words)) if value::is_declared_type(given) => {
                Ok(Self { declared: given.to_ascii_uppercase(), words })
            }
            Some(_) => Err(Reason::DeclaredType(given.to_owned())),
            None => Err(Reason::Type(given.to_owned())),
        }
    }
}

fn words_of(stored: &str) -> Words {
    match stored {
        "TEXT" => Words::All,
        "INTEGER" | "REAL" | "BOOLEAN" => Words::Refused,
        _ => Words::Others,
    }
}

/// What may have been meant by a word that is no type.
pub(super) fn nearest(given: &str) -> Option<String> {
    let aliases = ALIASES.into_iter().map(|(name, _)| name);
    let known = STORED.into_iter().chain(aliases).chain(KEPT.into_iter().map(|(name, _)| name));
    near(given.split('(').next().unwrap_or_default(), known).into_iter().next()
}
