//! The tokens of TypeScript, as far as a migration of TypeORM has them.

/// A token, and the line that it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    Sign(char),
    /// A text whose value is known.
    Text(String),
    /// A text into which something is put.
    Computed,
}

/// The tokens of `source`, without its comments.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (kind, length) = match first {
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => {
                (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
            }
            '\'' | '"' | '`' => text(rest, first),
            _ if is_of_a_word(first) => {
                let length = rest.find(|letter| !is_of_a_word(letter)).unwrap_or(rest.len());
                (Some(Kind::Word(rest[..length].to_owned())), length)
            }
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ => (Some(Kind::Sign(first)), first.len_utf8()),
        };
        tokens.extend(kind.map(|kind| Token { line, kind }));
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// The text that `rest` begins with, and its length with both quotes.
fn text(rest: &str, quote: char) -> (Option<Kind>, usize) {
    let mut value = String::new();
    let mut is_known = true;
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => {
                let kind = if is_known { Kind::Text(value) } else { Kind::Computed };
                return (Some(kind), at + quote.len_utf8());
            }
            '\\' => match letters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                // A line that goes on in the next one.
                Some('\n') => {}
                Some(escaped @ ('\'' | '"' | '`' | '\\' | '$' | '{')) => value.push(escaped),
                _ => is_known = false,
            },
            '$' if quote == '`' && letters.peek().is_some_and(|(_, next)| *next == '{') => {
                is_known = false;
            }
            // However the lines of the file end, those of a text end with a line feed.
            '\r' => {
                letters.next_if(|(_, next)| *next == '\n');
                value.push('\n');
            }
            _ => value.push(letter),
        }
    }
    (Some(Kind::Computed), rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_values_and_comments_are_no_tokens() {
        let source = "up( // 'no'\n/* `no` */ 'it\\'s', \"a\\n\", `b\r\n\\`c\\``, `${d}`);";
        let found: Vec<_> = tokens(source).into_iter().map(|it| (it.line, it.kind)).collect();
        let text = |text: &str| Kind::Text(text.to_owned());
        assert_eq!(
            found,
            [
                (1, Kind::Word("up".to_owned())),
                (1, Kind::Sign('(')),
                (2, text("it's")),
                (2, Kind::Sign(',')),
                (2, text("a\n")),
                (2, Kind::Sign(',')),
                (2, text("b\n`c`")),
                (3, Kind::Sign(',')),
                (3, Kind::Computed),
                (3, Kind::Sign(')')),
                (3, Kind::Sign(';')),
            ]
        );
    }
}
