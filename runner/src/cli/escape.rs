//! Text that is not the runner's own, on its way to a terminal: what migrations say, and names and values out
//! of databases. It can neither move the cursor nor turn the direction of writing, and begins no line that
//! could be taken for one of the runner's.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with all that a terminal would obey, or not show, written out. Ends of lines and tabs stay.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| matches!(letter, '\n' | '\t') || is_visible(letter);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_plain(letter) {
            escaped.push(letter);
        } else {
            escaped.extend(letter.escape_default());
        }
    }
    Cow::Owned(escaped)
}

/// The same, where lines after the first begin with `start`.
pub(super) fn continued(text: &str, start: &str) -> String {
    escape(text.trim_end_matches('\n')).replace('\n', &format!("\n{start}"))
}

/// The same, where lines after the first are indented: together, unless all of them are already.
pub(super) fn indented(text: &str) -> String {
    const INDENT: &str = "    ";
    const ITEM: &str = "  - ";
    let escaped = escape(text);
    let is_indented =
        |line: &str| line.is_empty() || line.starts_with(INDENT) || line.starts_with(ITEM);
    if escaped.split('\n').skip(1).all(is_indented) {
        return escaped.into_owned();
    }
    escaped.replace('\n', &format!("\n{INDENT}"))
}

/// A JSON document, in which such letters stand as their numbers: it means the same.
pub(super) fn json(document: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii() || is_visible(letter);
    if document.chars().all(is_plain) {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len());
    for letter in document.chars() {
        if is_plain(letter) {
            escaped.push(letter);
            continue;
        }
        // All that JSON has besides ASCII is in strings, and is written there in UTF-16.
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    Cow::Owned(escaped)
}

/// Whether a letter is shown, where it is. Others are controls, change the direction of what is
/// written (<https://www.unicode.org/reports/tr9/>), end a line, or take no room.
fn is_visible(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_written_out() {
        assert_eq!(escape("plain\ttext,\nünïcödé 漢字 🙂"), "plain\ttext,\nünïcödé 漢字 🙂");
        for (text, expected) in [
            ("a\r\nb", "a\\r\nb"),
            ("\u{1b}[31mred\u{9b}0m\u{7}", "\\u{1b}[31mred\\u{9b}0m\\u{7}"),
            ("a\u{0}\u{8}\u{7f}", "a\\u{0}\\u{8}\\u{7f}"),
            ("\u{202e}txt\u{2066}\u{200f}\u{61c}", "\\u{202e}txt\\u{2066}\\u{200f}\\u{61c}"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\\u{2028}b\\u{2029}c\\u{85}d"),
            ("a\u{200b}b\u{feff}c\u{2060}d\u{ad}e", "a\\u{200b}b\\u{feff}c\\u{2060}d\\u{ad}e"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn no_line_of_it_begins_where_a_line_of_the_runner_begins() {
        assert_eq!(continued("one\nerror: two\n\n", "name: "), "one\nname: error: two");
        let list = "one\n    two\n\n  - three";
        assert_eq!(indented(list), list);
        assert_eq!(
            indented("one\nhint: two\n    three\n  caused by: four"),
            "one\n    hint: two\n        three\n      caused by: four"
        );
    }

    #[test]
    fn a_json_document_means_the_same() {
        let text = "a\u{202e}\r\u{7f}\u{e0041}ü\u{feff}";
        let document = serde_json::json!({ "log": text }).to_string();
        let escaped = json(&document);
        assert_eq!(escaped, "{\"log\":\"a\\u202e\\r\u{7f}\\udb40\\udc41ü\\ufeff\"}");
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["log"], text);
    }
}
