//! Why a field is refused, and what is allowed.

use runner_engine::hint::Hint;

use super::declared_type::{self, KEPT, STORED};

/// A field that is not right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field `{}` is not right: {reason}", shown(field))]
pub struct FieldError {
    field: String,
    reason: Reason,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::scaffold) enum Reason {
    #[error("`{}` is no name for a column", shown(.0))]
    Name(String),
    #[error("it has no type")]
    NoType,
    #[error("there is no type `{}`", shown(.0))]
    Type(String),
    #[error("`{}` is no declared type", shown(.0))]
    DeclaredType(String),
    #[error("there is no modifier `{}`", shown(.0))]
    Modifier(String),
    #[error("`{0}` is there twice")]
    ModifierTwice(String),
    #[error("`null` and `not_null` contradict each other")]
    NullOrNot,
    #[error("`default` has no value")]
    NoValue,
    #[error("`{}` is no expression that SQLite takes for a default", shown(.0))]
    Expression(String),
    #[error("`{}` is no number", shown(.0))]
    NoNumber(String),
    #[error("`references` is not followed by `=table.column`")]
    References,
    #[error("a quote is not closed, or text follows it")]
    Quote,
    #[error("there is another field of this name")]
    NameTwice,
    #[error("an index takes the bare names of its columns")]
    NotBare,
    #[error("a new NOT NULL column needs a default for the rows that are there")]
    NeedsDefault,
}

impl FieldError {
    pub(in crate::scaffold) fn new(field: &str, reason: Reason) -> Self {
        Self { field: field.to_owned(), reason }
    }

    /// What is allowed.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match &self.reason {
            Reason::Name(_) => {
                "a name has letters, digits and `_`, and begins with no digit".into()
            }
            Reason::Type(given) if let Some(near) = declared_type::nearest(given) => {
                format!("did you mean `{near}`? In quotes it is taken as it stands").into()
            }
            Reason::NoType | Reason::Type(_) | Reason::DeclaredType(_) => format!(
                "a type is {}, {}, or another in quotes, as in `'price:\"UNSIGNED BIG INT\"'`",
                STORED.join(", "),
                KEPT.map(|(name, _)| name).join(", ")
            )
            .into(),
            Reason::Modifier(_) | Reason::ModifierTwice(_) => {
                "after the type may follow, once each: not_null or null, unique, primary_key, \
                 default=VALUE, references=table.column; a value with a `:` needs quotes"
                    .into()
            }
            Reason::NoValue | Reason::NoNumber(_) => {
                "a value is a number, true, false, null, or text; \
                 quotes make text of anything: `default='1'`"
                    .into()
            }
            Reason::NullOrNot => "say one of them; a column may be NULL unless it says `not_null`".into(),
            Reason::Expression(_) => {
                "it stands in brackets and names no column: `\"at:datetime:default=(datetime('now'))\"`"
                    .into()
            }
            Reason::References => "for example `room_id:integer:references=room.id`".into(),
            Reason::Quote => "a quote within quotes is written twice; \
                 the shell takes one pair of quotes away: `\"name:text:default='a:b'\"`"
                .into(),
            Reason::NameTwice => "SQLite reads capital and small letters as the same".into(),
            Reason::NotBare => "for example `add_index_to_player name score`".into(),
            Reason::NeedsDefault => {
                "add `default=VALUE`, or leave `not_null` out, fill the rows, and use \
                 `set_not_null`"
                    .into()
            }
        })
    }
}

/// The text with what a terminal would obey written out.
fn shown(text: &str) -> String {
    text.escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for FieldError {
        fn examples() -> Vec<Self> {
            let texts = [
                "2nd:integer",
                "level",
                "level:strng",
                "level:'INTEGER NOT NULL'",
                "level:integer:uniqe",
                "level:integer:unique:unique",
                "level:integer:null:not_null",
                "level:integer:default=",
                "level:integer:default=(now()",
                "level:integer:default=many",
                "room_id:integer:references=room",
                "level:text:default='1",
                "level:integer",
                "level:integer",
                "level:integer:not_null",
            ];
            let reasons = Reason::examples().into_iter();
            reasons.zip(texts).map(|(reason, text)| Self::new(text, reason)).collect()
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            each_variant!(Reason:
                Name("2nd".into()),
                NoType,
                Type("strng".into()),
                DeclaredType("INTEGER NOT NULL".into()),
                Modifier("uniqe".into()),
                ModifierTwice("unique".into()),
                NullOrNot,
                NoValue,
                Expression("(now()".into()),
                NoNumber("many".into()),
                References,
                Quote,
                NameTwice,
                NotBare,
                NeedsDefault,
            )
        }
    }
}
