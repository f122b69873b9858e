//! The text of a statement without its values: `?` in place of each literal, one blank between two words.

/// So much of a text is kept, in bytes.
const LONGEST: usize = 1000;

/// `sql` without literals, comments and line breaks; cut if it is long. What is quoted with `"` counts as a name, as
/// SQL has it.
pub(super) fn normal(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len().min(LONGEST + 64));
    let mut rest = sql;
    let mut blank = false;
    while let Some(first) = rest.bytes().next() {
        if text.len() > LONGEST {
            break;
        }
        let (length, piece) = piece(rest, first);
        let whole = &rest[..length];
        rest = &rest[length..];
        match piece {
            Piece::Blank => blank = true,
            Piece::Literal | Piece::Other => {
                if std::mem::take(&mut blank) && !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(if piece == Piece::Literal { "?" } else { whole });
            }
        }
    }
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text.truncate(text.trim_end_matches([';', ' ']).len());
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Blank,
    Literal,
    Other,
}

/// How long the piece is that `sql` begins with, and what it is. One that does not end goes to the end.
fn piece(sql: &str, first: u8) -> (usize, Piece) {
    let to = |end: &str, from: usize| {
        sql.get(from..)
            .and_then(|rest| rest.find(end))
            .map_or(sql.len(), |at| from + at + end.len())
    };
    let second = sql.as_bytes().get(1).copied();
    match (first, second) {
        (b'\'', _) => (quoted(sql, '\'', 0), Piece::Literal),
        (b'x' | b'X', Some(b'\'')) => (quoted(sql, '\'', 1), Piece::Literal),
        (b'"', _) => (quoted(sql, '"', 0), Piece::Other),
        (b'`', _) => (quoted(sql, '`', 0), Piece::Other),
        (b'[', _) => (to("]", 1), Piece::Other),
        (b'-', Some(b'-')) => (to("\n", 2), Piece::Blank),
        (b'/', Some(b'*')) => (to("*/", 2), Piece::Blank),
        (b'0'..=b'9', _) | (b'.', Some(b'0'..=b'9')) => (number(sql), Piece::Literal),
        (b'?' | b'$' | b'@' | b':' | b'#', _) => (1 + word(&sql[1..]), Piece::Other),
        (first, _) if first.is_ascii_whitespace() => {
            (sql.len() - sql.trim_ascii_start().len(), Piece::Blank)
        }
        _ => (word(sql).max(sql.chars().next().map_or(1, char::len_utf8)), Piece::Other),
    }
}

/// How long the name, number or keyword is that `sql` begins with; 0: it begins with none.
fn word(sql: &str) -> usize {
    sql.find(|it: char| it.is_ascii() && !it.is_ascii_alphanumeric() && it != '_' && it != '$')
        .unwrap_or(sql.len())
}

/// As [`word`], with the point and the sign that a number may have.
fn number(sql: &str) -> usize {
    let bytes = sql.as_bytes();
    let is_hex = bytes.len() > 1 && bytes[1].eq_ignore_ascii_case(&b'x');
    let goes_on = |at: usize| match bytes[at] {
        b'+' | b'-' => !is_hex && at > 0 && bytes[at - 1].eq_ignore_ascii_case(&b'e'),
        byte => byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_',
    };
    (0..bytes.len()).find(|at| !goes_on(*at)).unwrap_or(bytes.len())
}

/// How long the quoted piece is whose quote opens at `from`, with quotes in it that stand twice.
fn quoted(sql: &str, quote: char, from: usize) -> usize {
    let mut at = from + 1;
    while let Some(found) = sql.get(at..).and_then(|rest| rest.find(quote)) {
        at += found + 1;
        if !sql[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    sql.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_left_out_and_the_rest_stays() {
        for (sql, expected) in [
            (
                "UPDATE t SET a = 'it''s', b=1.5e-3 WHERE id = ?1;",
                "UPDATE t SET a = ?, b=? WHERE id = ?1",
            ),
            (
                "INSERT INTO t2 VALUES (x'00ff', -7, .5, 0x1F, NULL)",
                "INSERT INTO t2 VALUES (?, -?, ?, ?, NULL)",
            ),
            (
                "  SELECT \"a 1\", [b 2], `c 3`\n\tFROM t -- all 5\n /* or 'six' */ WHERE x1=:x1 ; ",
                "SELECT \"a 1\", [b 2], `c 3` FROM t WHERE x1=:x1",
            ),
            ("SELECT 'open", "SELECT ?"),
            ("SELECT 1-2, a1-2e5, 'x'||\"y\"", "SELECT ?-?, a1-?, ?||\"y\""),
            ("SELECT größe FROM straße WHERE ö='ü'", "SELECT größe FROM straße WHERE ö=?"),
            ("", ""),
            (";", ""),
            ("'", "?"),
            ("x'", "?"),
            ("\"a", "\"a"),
            ("/*", ""),
            ("?", "?"),
        ] {
            assert_eq!(normal(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let sql = format!("SELECT {}", "ü, ".repeat(2000));
        let text = normal(&sql);
        assert!(text.len() < LONGEST + 10 && text.ends_with('…'), "{text}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_normal_form(sql in "[-'\"`\\[\\]x0-9eE.+/* \n;?a-zü]{0,60}") {
            let text = normal(&sql);
            proptest::prop_assert_eq!(normal(&text), text);
        }
    }
}
