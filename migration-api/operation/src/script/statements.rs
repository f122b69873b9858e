//! Where the statements of a script begin and end, by its tokens alone: it may hold what SQLite does not
//! understand (<https://sqlite.org/c3ref/complete.html>).

/// Where the statements of `script` begin, each at its first word.
pub(super) fn statements(script: &str) -> impl Iterator<Item = usize> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let start = done + skip_blank(&script[done..]);
        done = start + end_of_first(&script[start..]);
        // A semicolon by itself is behind it, and belongs to no statement.
        (start < script.len()).then_some(start)
    })
}

/// The length of the blanks, comments and lonely semicolons that `text` begins with.
pub(super) fn skip_blank(text: &str) -> usize {
    let mut at = 0;
    while let Some((Token::Blank | Token::Semicolon, length)) = token(&text[at..]) {
        at += length;
    }
    at
}

/// The length of the statement that `text` begins with, without its semicolon.
pub(super) fn end_of_first(text: &str) -> usize {
    let mut at = 0;
    let (mut head, mut last) = (Head::Begin, [Token::Blank; 2]);
    while let Some((token, length)) = token(&text[at..]) {
        match token {
            Token::Blank => {}
            // The body of a trigger ends with a semicolon, END, and a semicolon.
            Token::Semicolon if head != Head::Trigger || last == [Token::Semicolon, Token::End] => {
                return at;
            }
            _ => {
                head = head.after(token);
                last = [last[1], token];
            }
        }
        at += length;
    }
    at
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Blank,
    Semicolon,
    Explain,
    Create,
    Temporary,
    Trigger,
    End,
    Other,
}

/// What the first words of a statement make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Begin,
    Explain,
    Create,
    Trigger,
    Other,
}

impl Head {
    fn after(self, token: Token) -> Self {
        match (self, token) {
            (Self::Begin, Token::Explain) => Self::Explain,
            (Self::Begin | Self::Explain, Token::Create) => Self::Create,
            // EXPLAIN QUERY PLAN.
            (Self::Explain, Token::Other) => Self::Explain,
            (Self::Create, Token::Temporary) => Self::Create,
            (Self::Create, Token::Trigger) | (Self::Trigger, _) => Self::Trigger,
            _ => Self::Other,
        }
    }
}

/// The token that `text` begins with, and its length.
fn token(text: &str) -> Option<(Token, usize)> {
    let bytes = text.as_bytes();
    let upto = |end: Option<usize>, more: usize| end.map_or(text.len(), |end| end + more);
    Some(match bytes.first()? {
        b'-' if bytes.get(1) == Some(&b'-') => (Token::Blank, upto(text.find('\n'), 1)),
        b'/' if bytes.get(1) == Some(&b'*') => {
            (Token::Blank, upto(text[2..].find("*/").map(|end| end + 2), 2))
        }
        b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => (Token::Blank, 1),
        // SQLite reads a byte order mark as a blank.
        _ if text.starts_with('\u{feff}') => (Token::Blank, '\u{feff}'.len_utf8()),
        b';' => (Token::Semicolon, 1),
        // A quote that is doubled ends one and begins the next.
        &quote @ (b'\'' | b'"' | b'`') => {
            let end = bytes[1..].iter().position(|byte| *byte == quote);
            (Token::Other, upto(end.map(|end| end + 1), 1))
        }
        b'[' => (Token::Other, upto(text.find(']'), 1)),
        byte if is_of_a_word(*byte) => {
            let length = bytes.iter().position(|byte| !is_of_a_word(*byte)).unwrap_or(text.len());
            (word(&text[..length]), length)
        }
        _ => (Token::Other, 1),
    })
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

fn word(word: &str) -> Token {
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    match () {
        () if is("EXPLAIN") => Token::Explain,
        () if is("CREATE") => Token::Create,
        () if is("TEMP") || is("TEMPORARY") => Token::Temporary,
        () if is("TRIGGER") => Token::Trigger,
        () if is("END") => Token::End,
        () => Token::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_cut_where_sqlite_cuts_it() {
        for (script, expected) in [
            ("", &[][..]),
            (" ; -- a;\n;/* b; */", &[]),
            (
                "SELECT 1; SELECT ';', \";\", `;`, [;] -- ;\n; SELECT 'it''s;'",
                &["SELECT 1", "SELECT ';', \";\", `;`, [;] -- ;\n", "SELECT 'it''s;'"],
            ),
            ("\u{feff}SELECT 1;\u{e9};x", &["SELECT 1", "é", "x"]),
            (
                "create trigger a AFTER INSERT ON b BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END; SELECT 1",
                &[
                    "create trigger a AFTER INSERT ON b BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END",
                    "SELECT 1",
                ],
            ),
            (
                "EXPLAIN QUERY PLAN CREATE TEMP TRIGGER a DELETE ON b BEGIN SELECT 1; END; x",
                &["EXPLAIN QUERY PLAN CREATE TEMP TRIGGER a DELETE ON b BEGIN SELECT 1; END", "x"],
            ),
            (
                "CREATE TABLE \"trigger\" (a); CREATE VIEW trigger AS SELECT 1; END",
                &["CREATE TABLE \"trigger\" (a)", "CREATE VIEW trigger AS SELECT 1", "END"],
            ),
            ("SELECT 'open; SELECT 2", &["SELECT 'open; SELECT 2"]),
            ("SELECT /* open; SELECT 2", &["SELECT /* open; SELECT 2"]),
        ] {
            let found: Vec<&str> = statements(script)
                .map(|start| &script[start..][..end_of_first(&script[start..])])
                .collect();
            assert_eq!(found, expected, "{script}");
        }
    }
}
