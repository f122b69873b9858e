//! A file as its tokens, without comments and without what is there for tests alone.

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

/// A token, and the line that it begins on, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) is_name: bool,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    fn opens(&self) -> bool {
        matches!(self.text.as_str(), "(" | "[" | "{")
    }

    fn closes(&self) -> bool {
        matches!(self.text.as_str(), ")" | "]" | "}")
    }
}

/// The tokens of the product's own code in `source`. `::` is one token.
pub(crate) fn of_product(source: &str) -> Vec<Token> {
    let tokens = all(source);
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = attribute_end(&tokens, at) {
            if is_for_tests(&tokens[at..end]) {
                if tokens[at + 1].is("!") {
                    return Vec::new();
                }
                at = item_end(&tokens, end);
                continue;
            }
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn all(source: &str) -> Vec<Token> {
    let skipped = strip_shebang(source).unwrap_or(0);
    let (mut tokens, mut offset, mut line) = (Vec::<Token>::new(), skipped, 1);
    let mut touches = false;
    for token in tokenize(&source[skipped..], FrontmatterAllowed::No) {
        let text = &source[offset..offset + token.len as usize];
        offset += text.len();
        match token.kind {
            TokenKind::Whitespace
            | TokenKind::LineComment { .. }
            | TokenKind::BlockComment { .. } => touches = false,
            TokenKind::Colon if touches && tokens.last().is_some_and(|last| last.is(":")) => {
                tokens.last_mut().unwrap().text = "::".to_owned();
            }
            kind => {
                let is_name = matches!(kind, TokenKind::Ident | TokenKind::RawIdent);
                let text = text.strip_prefix("r#").filter(|_| is_name).unwrap_or(text);
                tokens.push(Token { text: text.to_owned(), is_name, line });
                touches = true;
            }
        }
        line += text.matches('\n').count();
    }
    tokens
}

/// Where the attribute ends that begins at `at`, if one does.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let bracket = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is("!")));
    let begins = tokens[at].is("#") && tokens.get(bracket).is_some_and(|token| token.is("["));
    begins.then(|| group_end(tokens, bracket))
}

/// Whether it is `#[test]`, or a `cfg` that asks for `test`, by itself or with more.
fn is_for_tests(attribute: &[Token]) -> bool {
    let words: Vec<_> = attribute.iter().map(|token| token.text.as_str()).collect();
    let words = words.strip_prefix(&["#"]).unwrap();
    match words.strip_prefix(&["!"]).unwrap_or(words) {
        ["[", "test", "]"] | ["[", "cfg", "(", "test", ")", "]"] => true,
        ["[", "cfg", "(", "all", "(", rest @ ..] => {
            let mut depth = 0;
            rest.iter().any(|word| {
                depth += i32::from(*word == "(") - i32::from(*word == ")");
                depth == 0 && *word == "test"
            })
        }
        _ => false,
    }
}

/// Where the item, the field or the statement ends that begins at `at`, with its further attributes.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    const ITEMS: [&str; 14] = [
        "async",
        "const",
        "enum",
        "extern",
        "fn",
        "impl",
        "macro_rules",
        "mod",
        "pub",
        "static",
        "struct",
        "trait",
        "unsafe",
        "use",
    ];
    while at < tokens.len() {
        let Some(end) = attribute_end(tokens, at) else { break };
        at = end;
    }
    let first = tokens.get(at).map_or("", |token| token.text.as_str());
    // A field may be `pub` too.
    let is_field = first == "pub" && {
        let name = at + 1;
        let name = if tokens[name].is("(") { group_end(tokens, name) } else { name };
        tokens.get(name + 1).is_some_and(|token| token.is(":"))
    };
    let (item, statement) = (ITEMS.contains(&first) && !is_field, first == "let");
    while at < tokens.len() && !tokens[at].closes() {
        if tokens[at].opens() {
            let block = tokens[at].is("{");
            at = group_end(tokens, at);
            if item && block {
                return at;
            }
        } else {
            let ends = tokens[at].is(";") || (tokens[at].is(",") && !item && !statement);
            at += 1;
            if ends {
                return at;
            }
        }
    }
    at
}

/// Where the group ends that opens at `at`.
pub(crate) fn group_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}
