//! A default as SQL writes it: bare where SQLite takes it so.

use std::fmt::{self, Display, Formatter};

use crate::enclosed::Enclosed;

/// A default as it is behind DEFAULT: in round brackets, unless it is a literal.
pub struct DefaultValue<'d>(pub &'d str);

impl Display for DefaultValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_bare(self.0.trim()) { f.write_str(self.0) } else { Enclosed(self.0).fmt(f) }
    }
}

/// Whether SQLite takes this default without round brackets. In doubt it gets them: they change
/// nothing.
fn is_bare(default: &str) -> bool {
    let number = default.strip_prefix(['+', '-']).unwrap_or(default);
    let is_number = number.starts_with(|first: char| first.is_ascii_digit())
        && number.parse::<f64>().is_ok_and(f64::is_finite);
    let is_keyword = ["NULL", "TRUE", "FALSE", "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"]
        .iter()
        .any(|keyword| default.eq_ignore_ascii_case(keyword));
    is_number || is_keyword || is_quoted(default, '\'') || is_blob(default) || is_enclosed(default)
}

/// Whether one pair of round brackets holds the whole text. Where a comment could hide one, it is in
/// doubt.
fn is_enclosed(text: &str) -> bool {
    if text.contains("--") || text.contains("/*") || !text.starts_with('(') {
        return false;
    }
    let (mut depth, mut quote) = (0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(end), _) if character == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '[') => quote = Some(']'),
            (None, '(') => depth += 1,
            (None, ')') if depth == 1 => return at + 1 == text.len(),
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    false
}

fn is_quoted(text: &str, quote: char) -> bool {
    let inside = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inside.is_some_and(|inside| !inside.replace("''", "").contains(quote))
}

fn is_blob(text: &str) -> bool {
    text.strip_prefix(['x', 'X']).is_some_and(|text| is_quoted(text, '\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_literals_are_bare_behind_default() {
        for bare in [
            "0",
            "-1",
            "+2.5",
            "1e5",
            "'it''s'",
            "x'00ff'",
            "NULL",
            "true",
            "current_date",
            "(1)",
            "((1) + (')'))",
        ] {
            assert_eq!(DefaultValue(bare).to_string(), bare);
        }
        for expression in
            ["1 + 1", "'a' || 'b'", "abs(-1)", "(1) + (2)", "(1", "\"a\"", "inf", "- 1", "'"]
        {
            assert_eq!(DefaultValue(expression).to_string(), format!("({expression})"));
        }
        assert_eq!(DefaultValue("1 -- one").to_string(), "(1 -- one\n)");
    }
}
