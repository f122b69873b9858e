//! The parts of a field: quotes, declared types and default values.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote};

use super::Reason;

/// The value that a row gets where none is given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Default {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    /// `CURRENT_TIMESTAMP` and its like.
    Now(&'static str),
}

/// Which values that are not in quotes are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// Numbers too: for a text column, `default=007` keeps its zeros.
    All,
    /// What is nothing else.
    Others,
    /// None: for a column of numbers, `ture` is a slip.
    Refused,
}

const NOW: [&str; 3] = ["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"];

impl Default {
    /// Reads what stands after `default=`.
    pub(super) fn read(given: &str, words: Words) -> Result<Self, Reason> {
        if given.is_empty() {
            return Err(Reason::NoValue);
        }
        if let Some(text) = unquoted(given) {
            return Ok(Self::Text(text));
        }
        if let Some(now) = NOW.iter().find(|now| now.eq_ignore_ascii_case(given)) {
            return Ok(Self::Now(now));
        }
        Ok(match given.to_ascii_lowercase().as_str() {
            "null" => Self::Null,
            _ if words == Words::All => Self::Text(given.to_owned()),
            "true" => Self::Boolean(true),
            "false" => Self::Boolean(false),
            _ => match number(given) {
                Some(number) => number,
                None if words == Words::Refused => return Err(Reason::NoNumber(given.to_owned())),
                None => Self::Text(given.to_owned()),
            },
        })
    }

    /// `.default(1)`.
    pub(super) fn method(&self) -> TokenStream {
        let value = match self {
            Self::Null => quote!(Literal::Null),
            Self::Boolean(value) => value.to_token_stream(),
            Self::Integer(value) => match i32::try_from(*value) {
                Ok(small) => Literal::i32_unsuffixed(small).into_token_stream(),
                Err(_) => value.to_token_stream(),
            },
            Self::Real(value) => real(*value).into_token_stream(),
            Self::Text(value) => value.to_token_stream(),
            Self::Now(now) => return quote!(.default_sql(#now)),
        };
        quote!(.default(#value))
    }
}

/// Such as `1e300`, which [`Literal::f64_unsuffixed`] would write with all its zeros.
fn real(value: f64) -> Literal {
    format!("{value:?}").parse().unwrap_or_else(|_| Literal::f64_unsuffixed(value))
}

/// A number; `inf` and `nan`, which Rust reads as some, are words.
fn number(given: &str) -> Option<Default> {
    let digits = given.strip_prefix(['-', '+']).unwrap_or(given);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if let Ok(integer) = given.parse() {
        return Some(Default::Integer(integer));
    }
    given.parse().ok().filter(|real: &f64| real.is_finite()).map(Default::Real)
}

/// Parts the text at each `:` outside quotes.
pub(super) fn split(text: &str) -> Result<Vec<&str>, Reason> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut open = None;
    let mut before = ':';
    for (at, character) in text.char_indices() {
        match open {
            Some(quote) if character == quote => open = None,
            Some(_) => {}
            None if character == ':' => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            // A quote begins a type or a value, or is the second of a pair; within a word it is text.
            None if matches!(character, '\'' | '"') && matches!(before, ':' | '=' | '\'' | '"') => {
                open = Some(character);
            }
            None => {}
        }
        before = character;
    }
    if open.is_some() {
        return Err(Reason::Quote);
    }
    parts.push(&text[start..]);
    let value = |part: &&str| part.split_once('=').map_or(*part, |(_, value)| value).to_owned();
    if parts
        .iter()
        .map(value)
        .any(|value| value.starts_with(['\'', '"']) && unquoted(&value).is_none())
    {
        return Err(Reason::Quote);
    }
    Ok(parts)
}

/// The text within quotes, in which two quotes stand for one.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let twice = [quote, quote].iter().collect::<String>();
    let rest = inner.replace(&twice, "");
    (!rest.contains(quote)).then(|| inner.replace(&twice, &quote.to_string()))
}

/// Words that would end the type and begin a clause.
const CLAUSES: [&str; 12] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "always",
    "as",
];

/// Whether SQLite reads the text as a type: words, and perhaps one or two numbers in brackets.
pub(super) fn is_declared_type(text: &str) -> bool {
    let (words, numbers) = match text.split_once('(') {
        None => (text, None),
        Some((words, rest)) => match rest.strip_suffix(')') {
            Some(numbers) => (words, Some(numbers)),
            None => return false,
        },
    };
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !CLAUSES.contains(&word.to_ascii_lowercase().as_str())
    };
    let number = |number: &str| number.trim().parse::<i64>().is_ok();
    !words.trim().is_empty()
        && words.split(' ').filter(|part| !part.is_empty()).all(word)
        && numbers.is_none_or(|list| list.split(',').count() <= 2 && list.split(',').all(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_read_as_what_it_looks_like() {
        let read = |given| Default::read(given, Words::Others).unwrap();
        for (given, expected) in [
            ("1", Default::Integer(1)),
            ("-7", Default::Integer(-7)),
            ("9223372036854775808", Default::Real(9_223_372_036_854_775_808.0)),
            ("1.5", Default::Real(1.5)),
            (".5e3", Default::Real(500.0)),
            ("TRUE", Default::Boolean(true)),
            ("false", Default::Boolean(false)),
            ("null", Default::Null),
            ("'null'", Default::Text("null".into())),
            ("\"1\"", Default::Text("1".into())),
            ("''", Default::Text(String::new())),
            ("nan", Default::Text("nan".into())),
            ("1e999", Default::Text("1e999".into())),
            ("it's", Default::Text("it's".into())),
            ("current_date", Default::Now("CURRENT_DATE")),
        ] {
            assert_eq!(read(given), expected, "{given}");
        }
        assert_eq!(Default::read("007", Words::All), Ok(Default::Text("007".into())));
        assert_eq!(Default::read("null", Words::All), Ok(Default::Null));
    }

    #[test]
    fn parts_are_separated_outside_quotes_only() {
        assert_eq!(split("a:'b:c':d=\"e:f\"").unwrap(), ["a", "'b:c'", "d=\"e:f\""]);
        assert_eq!(split("a:d=it's:e").unwrap(), ["a", "d=it's", "e"]);
        assert_eq!(split("a:d='''':e").unwrap(), ["a", "d=''''", "e"]);
        assert_eq!(split("a:'b").unwrap_err(), Reason::Quote);
        assert_eq!(split("a:'b'c").unwrap_err(), Reason::Quote);
    }

    #[test]
    fn a_declared_type_has_no_clause_in_it() {
        for good in ["VARCHAR(10)", "DECIMAL(10, 2)", "unsigned big int", "datetime"] {
            assert!(is_declared_type(good), "{good}");
        }
        for bad in ["", " ", "INT NOT NULL", "INT, b", "INT)", "INT(", "INT(1,2,3)", "2d", "a;b"] {
            assert!(!is_declared_type(bad), "{bad}");
        }
    }
}
