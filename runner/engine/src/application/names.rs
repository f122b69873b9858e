//! The declared names, with wildcards, and where SQL uses them.

use std::fmt;

use rusqlite::ErrorCode;
use serde::{Deserialize, Serialize};

/// The names that a project declares, each of which may hold `*` for any letters. Case does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationNames {
    /// Functions: `application_functions` in `runner.toml`.
    pub functions: Vec<String>,
    /// Collations: `application_collations`.
    pub collations: Vec<String>,
    /// Tokenizers of FTS5: `application_tokenizers`.
    pub tokenizers: Vec<String>,
}

/// Something that SQLite does not find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Missing {
    /// A function.
    Function(String),
    /// A collation.
    Collation(String),
    /// A tokenizer of FTS5.
    Tokenizer(String),
    /// A module for virtual tables.
    Module(String),
}

impl ApplicationNames {
    /// Nothing is declared.
    pub const NONE: &Self =
        &Self { functions: Vec::new(), collations: Vec::new(), tokenizers: Vec::new() };

    /// Whether the function `name` is declared.
    #[must_use]
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.iter().any(|pattern| matches(pattern, name))
    }

    /// Whether the collation `name` is declared.
    #[must_use]
    pub fn has_collation(&self, name: &str) -> bool {
        self.collations.iter().any(|pattern| matches(pattern, name))
    }

    /// Whether what is missing is declared.
    #[must_use]
    pub fn have(&self, missing: &Missing) -> bool {
        match missing {
            Missing::Function(name) => self.has_function(name),
            Missing::Collation(name) => self.has_collation(name),
            Missing::Tokenizer(name) => self.tokenizers.iter().any(|one| matches(one, name)),
            Missing::Module(_) => false,
        }
    }
}

impl Missing {
    /// What SQLite's `words` say is missing; `None`: they say something else.
    #[doc(hidden)]
    pub fn in_words(words: &str) -> Option<Self> {
        let after = |start: &str| {
            let (_, name) = words.split_once(start)?;
            let end = name.find([' ', '(', '\n']).unwrap_or(name.len());
            Some(name[..end].to_owned())
        };
        after("no such function: ")
            // The other words are those for one that a definition in the schema uses.
            .or_else(|| after("unknown function: "))
            .map(Self::Function)
            .or_else(|| after("no such collation sequence: ").map(Self::Collation))
            .or_else(|| after("no such tokenizer: ").map(Self::Tokenizer))
            // FTS3 and FTS4.
            .or_else(|| after("unknown tokenizer: ").map(Self::Tokenizer))
            .or_else(|| after("no such module: ").map(Self::Module))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Function(name)
            | Self::Collation(name)
            | Self::Tokenizer(name)
            | Self::Module(name) => name,
        }
    }

    /// The hint where it is missing, if the application has it.
    #[doc(hidden)]
    pub fn next(&self) -> Option<String> {
        let key = self.key()?;
        Some(format!(
            "if the application has it on each of its connections, declare it in `runner.toml`: \
             `{key} = [{:?}]`",
            self.name()
        ))
    }

    /// The key of `runner.toml` that declares it.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self {
            Self::Function(_) => Some("application_functions"),
            Self::Collation(_) => Some("application_collations"),
            Self::Tokenizer(_) => Some("application_tokenizers"),
            Self::Module(_) => None,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(name) => write!(f, "the function `{name}`"),
            Self::Collation(name) => write!(f, "the collation `{name}`"),
            Self::Tokenizer(name) => write!(f, "the tokenizer `{name}`"),
            Self::Module(name) => write!(f, "the module `{name}`"),
        }
    }
}

/// Whether SQLite cannot compile a statement because it lacks something that the application has: a
/// collation, a function, a module, a tokenizer.
pub fn lacks(error: &rusqlite::Error) -> bool {
    match error {
        // It says where in the statement.
        rusqlite::Error::SqlInputError { .. } => true,
        error => error.sqlite_error_code() == Some(ErrorCode::Unknown),
    }
}

/// Whether `name` is spelled as `pattern` says, where `*` stands for any letters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern.eq_ignore_ascii_case(name);
    };
    let begins = name.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    begins
        && name[start.len()..]
            .char_indices()
            .map(|(at, _)| at)
            .chain([name.len() - start.len()])
            .any(|at| matches(rest, &name[start.len() + at..]))
}

/// The words of `sql` that may be names, also those in a string or a comment.
pub(crate) fn words(sql: &str) -> impl Iterator<Item = &str> {
    let is_apart = |letter: char| letter.is_ascii() && !letter.is_ascii_alphanumeric();
    sql.split(move |letter| is_apart(letter) && letter != '_' && letter != '$')
        .filter(|word| !word.is_empty())
}

/// Whether `name` is one of the words of `sql`.
pub(crate) fn mentions(sql: &str, name: &str) -> bool {
    words(sql).any(|word| word.eq_ignore_ascii_case(name))
}

/// Whether `sql` has the word `name` with a parenthesis behind it.
pub(crate) fn calls(sql: &str, name: &str) -> bool {
    words(sql).filter(|word| word.eq_ignore_ascii_case(name)).any(|word| {
        // A word is a piece of the text.
        let end = word.as_ptr() as usize - sql.as_ptr() as usize + word.len();
        sql[end..].trim_start_matches(['"', '`', ']']).trim_start().starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_any_letters() {
        for (pattern, name, expected) in [
            ("slug", "SLUG", true),
            ("slug", "slugs", false),
            ("geo_*", "geo_distance", true),
            ("geo_*", "geo_", true),
            ("geo_*", "geo", false),
            ("*", "anything", true),
            ("*_de", "sort_de", true),
            ("*_de", "sort_de_x", false),
            ("a*b*c", "aXbYbZc", true),
            ("ä*", "äöü", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_sqlite_does_not_find_is_read_from_its_words() {
        let missing = |words| Missing::in_words(words).map(|missing| missing.to_string());
        assert_eq!(
            missing("no such function: slug in INSERT INTO t at offset 3").as_deref(),
            Some("the function `slug`")
        );
        assert_eq!(
            missing("no such collation sequence: de").as_deref(),
            Some("the collation `de`")
        );
        assert_eq!(
            missing("error in tokenizer constructor: no such tokenizer: stem").as_deref(),
            Some("the tokenizer `stem`")
        );
        assert_eq!(missing("unknown function: lower()").as_deref(), Some("the function `lower`"));
        assert_eq!(missing("no such table: main.a"), None);
    }

    #[test]
    fn names_are_words_of_their_own() {
        assert!(mentions("CREATE INDEX i ON t (Slug(a))", "slug"));
        assert!(!mentions("CREATE INDEX slug_of ON t (a)", "slug"));
        assert!(calls("CREATE INDEX i ON t (a, \"Slug\" (a))", "slug"));
        assert!(!calls("CREATE TABLE t (slug TEXT, a DEFAULT (1))", "slug"));
    }
}
