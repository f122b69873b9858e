//! The name that an author gives to a migration.

use heck::{ToSnakeCase, ToUpperCamelCase};
use runner_engine::hint::Hint;

/// A name for a migration, in the forms that a template needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

/// The longest name; with its timestamp it is still a file name everywhere.
const LONGEST: usize = 100;

impl Name {
    /// Reads `add_level` or `AddLevel`.
    pub(crate) fn parse(text: &str) -> Result<Self, NameError> {
        let refuse = |reason| NameError { text: text.to_owned(), reason };
        if text.is_empty() {
            return Err(refuse(Reason::Empty));
        }
        let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if !text.chars().all(word) {
            return Err(refuse(Reason::Characters));
        }
        let snake = text.to_snake_case();
        if !snake.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(refuse(Reason::FirstCharacter));
        }
        if snake.len() > LONGEST {
            return Err(refuse(Reason::TooLong));
        }
        if RESERVED.contains(&snake.as_str()) {
            return Err(refuse(Reason::Reserved));
        }
        Ok(Self(snake))
    }

    /// The name that is nearest to `text`, which may be anything; `None`: there is no letter of a name in it.
    pub(crate) fn adapted(text: &str) -> Option<Self> {
        let word = |character: char| match character.is_ascii_alphanumeric() {
            true => character,
            false => '_',
        };
        let mut snake = text.chars().map(word).collect::<String>().to_snake_case();
        if snake.is_empty() {
            return None;
        }
        if !snake.starts_with(|first: char| first.is_ascii_lowercase()) {
            snake.insert_str(0, "imported_");
        }
        if RESERVED.contains(&snake.as_str()) {
            snake.insert_str(0, "imported_");
        }
        snake.truncate(LONGEST);
        Self::parse(snake.trim_end_matches('_')).ok()
    }

    /// `add_level`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// `AddLevel`.
    pub(crate) fn type_name(&self) -> String {
        self.0.to_upper_camel_case()
    }

    /// `Add level`.
    pub(crate) fn sentence(&self) -> String {
        let words = self.0.replace('_', " ");
        let (first, rest) = words.split_at(1);
        first.to_ascii_uppercase() + rest
    }
}

/// Rust's keywords, strict and reserved, and names that the first lines of a migration need for
/// something else, the builders of operations among them.
const RESERVED: [&str; 77] = [
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "default",
    "err",
    "error",
    "migration",
    "migrator",
    "none",
    "ok",
    "option",
    "result",
    "rusqlite",
    "some",
    "string",
    "action",
    "check",
    "column",
    "conflict",
    "foreign_key",
    "index",
    "index_column",
    "literal",
    "operation",
    "primary_key",
    "table",
    "table_options",
    "unique",
    "which_constraint",
];

/// Text that is no name for a migration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be the name of a migration: {reason}", text.escape_debug())]
pub struct NameError {
    text: String,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("it is empty")]
    Empty,
    #[error("it may hold only the letters a to z, digits and `_`")]
    Characters,
    #[error("it must begin with a letter")]
    FirstCharacter,
    #[error("it is longer than {LONGEST} characters")]
    TooLong,
    #[error("Rust or `migration-api` uses that word")]
    Reserved,
}

impl NameError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        const ANY: &str = "add_level_to_player";
        let try_this = match self.reason {
            Reason::TooLong => {
                return Some("write the rest as a comment into the migration".into());
            }
            Reason::Characters => match Name::parse(&self.text.to_snake_case()) {
                Ok(name) => name.0,
                Err(_) => ANY.into(),
            },
            Reason::Reserved => format!("add_{}", self.text.to_snake_case()),
            Reason::Empty | Reason::FirstCharacter => ANY.into(),
        };
        Some(format!("for example `{try_this}`").into())
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for NameError {
        fn examples() -> Vec<Self> {
            Reason::examples()
                .into_iter()
                .zip(["", "add level", "2nd", "add_ever_so_many_columns", "struct"])
                .map(|(reason, text)| Self { text: text.to_owned(), reason })
                .collect()
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            each_variant!(Reason: Empty, Characters, FirstCharacter, TooLong, Reserved)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use runner_engine::MigrationId;

    #[test]
    fn snake_case_and_camel_case_are_one_name() {
        for text in ["add_level_to_player", "AddLevelToPlayer", "addLevelToPlayer"] {
            let name = Name::parse(text).unwrap();
            assert_eq!(name.as_str(), "add_level_to_player");
            assert_eq!(name.type_name(), "AddLevelToPlayer");
            assert_eq!(name.sentence(), "Add level to player");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_reason_and_a_way_out() {
        let long = "a".repeat(101);
        for (text, reason, hint) in [
            ("", Reason::Empty, Some("for example `add_level_to_player`")),
            ("../evil", Reason::Characters, Some("for example `evil`")),
            ("a/b", Reason::Characters, Some("for example `a_b`")),
            ("add level", Reason::Characters, Some("for example `add_level`")),
            ("größe", Reason::Characters, Some("for example `add_level_to_player`")),
            ("a\0b", Reason::Characters, Some("for example `a_b`")),
            ("2nd", Reason::FirstCharacter, Some("for example `add_level_to_player`")),
            ("___", Reason::FirstCharacter, Some("for example `add_level_to_player`")),
            ("struct", Reason::Reserved, Some("for example `add_struct`")),
            ("Self", Reason::Reserved, Some("for example `add_self`")),
            ("migration", Reason::Reserved, Some("for example `add_migration`")),
            (
                long.as_str(),
                Reason::TooLong,
                Some("write the rest as a comment into the migration"),
            ),
        ] {
            let error = Name::parse(text).unwrap_err();
            assert_eq!(error.reason, reason, "{text}");
            assert_eq!(error.hint(), hint.map(Hint::from), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_name_that_is_let_through_makes_an_id(text in ".{0,40}") {
            if let Ok(name) = Name::parse(&text) {
                let id: MigrationId = format!("20250101_000000_{}", name.as_str()).parse().unwrap();
                prop_assert_eq!(id.name(), name.as_str());
                prop_assert!(name.type_name().starts_with(|c: char| c.is_ascii_uppercase()));
            }
        }
    }
}
