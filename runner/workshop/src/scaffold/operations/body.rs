//! The body of a method that runs operations.
//!
//! Tokens have no comments, so each operation is laid out by itself and the comments go between.

use proc_macro2::TokenStream;

use super::call::{Call, Written};
use crate::scaffold::code::{self, Position, WIDTH};

/// The calls, without the spaces before the first line. One operation is a method of the migrator,
/// several are one run: they share a rebuild.
pub(in crate::scaffold) fn body(operations: &[Written]) -> String {
    match operations {
        [] => format!("let _ = migrator;\n{}Ok(())", Position::Body.indent()),
        [only] => piece(only, Position::Body, Call::of_migrator),
        several => {
            let indent = Position::Element.indent();
            let elements = several.iter().map(|written| {
                let piece = piece(written, Position::Element, Call::of_operation);
                format!("{indent}{piece},\n")
            });
            let elements: String = elements.collect();
            format!("migrator.run([\n{elements}{}])", Position::Body.indent())
        }
    }
}

/// The comment and the code of one operation.
fn piece(written: &Written, place: Position, spelled: impl Fn(&Call) -> TokenStream) -> String {
    let code = code::expression(&spelled(&Call::of(written)), place);
    let lines = written.notes.iter().flat_map(|note| comment(note, place));
    lines.chain([code]).collect::<Vec<_>>().join(&format!("\n{}", place.indent()))
}

/// `note` as lines of comment, broken between words. A name in it may hold anything, and must not end
/// the comment.
pub(in crate::scaffold) fn comment(note: &str, place: Position) -> Vec<String> {
    let visible = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.into() };
    let note: String = note.chars().map(visible).collect();
    let width = WIDTH - place.indent().len();
    let mut lines = vec!["//".to_owned()];
    for word in note.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > "//".len() && line + 1 + word.chars().count() > width {
            lines.push("//".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_broken_between_words_and_stays_a_comment() {
        assert_eq!(comment("Loses `a\nb`.", Position::Body), ["// Loses `a\\nb`."]);
        let long = "word ".repeat(30);
        let lines = comment(&long, Position::Element);
        assert_eq!(lines.len(), 2);
        assert!(
            lines.iter().all(|line| line.starts_with("// word") && line.len() <= 88),
            "{lines:?}"
        );
        assert_eq!(comment(&"x".repeat(200), Position::Body).len(), 1);
    }
}
