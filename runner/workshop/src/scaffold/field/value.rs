//! The parts of a field: quotes, declared types and default values.

use migration_api::operation::Literal;

use super::Reason;

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

/// The SQL of what is after `default=`.
pub(super) fn default(given: &str, words: Words) -> Result<String, Reason> {
    if given.is_empty() {
        return Err(Reason::NoValue);
    }
    if let Some(text) = unquoted(given) {
        return Ok(Literal::Text(text).to_string());
    }
    if given.starts_with('(') {
        return expression(given);
    }
    if let Some(now) = NOW.iter().find(|now| now.eq_ignore_ascii_case(given)) {
        return Ok((*now).to_owned());
    }
    let literal = match given.to_ascii_lowercase().as_str() {
        "null" => Literal::Null,
        _ if words == Words::All => Literal::from(given),
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        _ => match number(given) {
            Some(number) => number,
            None if words == Words::Refused => return Err(Reason::NoNumber(given.to_owned())),
            None => Literal::from(given),
        },
    };
    Ok(literal.to_string())
}

/// An expression in brackets, as SQLite takes it for a default: it names no column, and ends where it ends.
fn expression(given: &str) -> Result<String, Reason> {
    let refused = || Reason::Expression(given.to_owned());
    let scratch = rusqlite::Connection::open_in_memory().map_err(|_| refused())?;
    // Within brackets of ours it is one expression, or an error: no clause may follow it.
    let tables = [given.to_owned(), format!("({given})")]
        .map(|default| format!("CREATE TABLE t{} (c DEFAULT {default})", default.len()));
    let is_taken = |table: &String| scratch.execute(table, ()).is_ok();
    let ends = given.ends_with(')');
    if ends && tables.iter().all(is_taken) { Ok(given.to_owned()) } else { Err(refused()) }
}

/// A number; `inf` and `nan`, which Rust reads as some, are words.
fn number(given: &str) -> Option<Literal> {
    let digits = given.strip_prefix(['-', '+']).unwrap_or(given);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if let Ok(integer) = given.parse() {
        return Some(Literal::Integer(integer));
    }
    given.parse().ok().filter(|real: &f64| real.is_finite()).map(Literal::Real)
}

/// Parts the text at each `:` outside quotes and brackets.
pub(super) fn split(text: &str) -> Result<Vec<&str>, Reason> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut open = None;
    let mut depth = 0_usize;
    let mut before = ':';
    for (at, character) in text.char_indices() {
        match open {
            Some(quote) if character == quote => open = None,
            Some(_) => {}
            None if character == ':' && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            // A quote begins a type or a value, or is the second of a pair, or is in an expression; within
            // a word it is text.
            None if matches!(character, '\'' | '"')
                && (depth > 0 || matches!(before, ':' | '=' | '\'' | '"')) =>
            {
                open = Some(character);
            }
            // An expression begins a value; within a word a bracket is text.
            None if character == '(' && (depth > 0 || before == '=') => depth += 1,
            None if character == ')' => depth = depth.saturating_sub(1),
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
        for (given, expected) in [
            ("1", "1"),
            ("-7", "-7"),
            ("+7", "7"),
            ("9223372036854775808", "9.223372036854776e18"),
            ("1.5", "1.5"),
            (".5e3", "500.0"),
            ("TRUE", "TRUE"),
            ("false", "FALSE"),
            ("null", "NULL"),
            ("'null'", "'null'"),
            ("\"1\"", "'1'"),
            ("''", "''"),
            ("nan", "'nan'"),
            ("1e999", "'1e999'"),
            ("it's", "'it''s'"),
            ("current_date", "CURRENT_DATE"),
        ] {
            assert_eq!(default(given, Words::Others).unwrap(), expected, "{given}");
        }
        assert_eq!(default("(1 + 1)", Words::Refused).unwrap(), "(1 + 1)");
        for bad in [
            "(",
            "(1",
            "(1) + (1)",
            "(1))",
            "(1); DROP",
            "(other_column)",
            "(1) NOT NULL",
            "(1) CHECK (1)",
        ] {
            assert_eq!(default(bad, Words::All), Err(Reason::Expression(bad.to_owned())), "{bad}");
        }
        assert_eq!(default("007", Words::All).unwrap(), "'007'");
        assert_eq!(default("null", Words::All).unwrap(), "NULL");
    }

    #[test]
    fn parts_are_separated_outside_quotes_only() {
        assert_eq!(split("a:'b:c':d=\"e:f\"").unwrap(), ["a", "'b:c'", "d=\"e:f\""]);
        assert_eq!(split("a:d=it's:e").unwrap(), ["a", "d=it's", "e"]);
        assert_eq!(split("a:d='''':e").unwrap(), ["a", "d=''''", "e"]);
        assert_eq!(split("a:d=(b(':)', 1:2)):e").unwrap(), ["a", "d=(b(':)', 1:2))", "e"]);
        assert_eq!(split("a:varchar(2):e").unwrap(), ["a", "varchar(2)", "e"]);
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
