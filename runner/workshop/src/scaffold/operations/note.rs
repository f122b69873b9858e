//! Comments in new code.

use crate::scaffold::code::{Position, WIDTH};

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
