//! Blanks and line ends between tokens.

use sqlite3_parser::dialect::TokenType;

use super::name::means_the_same_bare;

/// The words in a line.
pub(super) fn line(words: &[(TokenType, String)]) -> String {
    let mut text = String::new();
    for (at, (_, word)) in words.iter().enumerate() {
        if at > 0 && has_blank(&words[..at], &words[at]) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The words of a trigger: its body begins on a line of its own.
pub(super) fn lines(words: &[(TokenType, String)]) -> String {
    let Some(begin) = words.iter().position(|(kind, _)| *kind == TokenType::TK_BEGIN) else {
        return line(words);
    };
    let (head, body) = words.split_at(begin);
    let statements = body[1..].split(|(kind, _)| *kind == TokenType::TK_SEMI);
    let mut text = format!("{}\nBEGIN", line(head));
    let mut statements = statements.peekable();
    while let Some(statement) = statements.next() {
        text += &match statements.peek() {
            Some(_) => format!("\n  {};", line(statement)),
            None => format!("\n{}", line(statement)),
        };
    }
    text
}

fn has_blank(before: &[(TokenType, String)], (kind, _): &(TokenType, String)) -> bool {
    use TokenType as T;
    let Some((last, _)) = before.last() else { return false };
    let is_sign = |kind: &T| matches!(kind, T::TK_MINUS | T::TK_PLUS | T::TK_BITNOT);
    let is_operand = |kind: &T| {
        matches!(
            kind,
            T::TK_ID
                | T::TK_STRING
                | T::TK_INTEGER
                | T::TK_FLOAT
                | T::TK_BLOB
                | T::TK_RP
                | T::TK_NULL
        )
    };
    let is_unary = is_sign(last)
        && before.len().checked_sub(2).is_none_or(|at| {
            let (kind, word) = &before[at];
            !is_operand(kind) && !means_the_same_bare(word)
        });
    match (last, kind) {
        (T::TK_LP | T::TK_DOT, _) | (_, T::TK_RP | T::TK_COMMA | T::TK_DOT | T::TK_SEMI) => false,
        (T::TK_ID | T::TK_CAST | T::TK_RAISE | T::TK_REPLACE, T::TK_LP) => false,
        (_, next) if is_unary => is_sign(next),
        _ => true,
    }
}
