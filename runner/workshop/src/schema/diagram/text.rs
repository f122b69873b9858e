//! Text in the picture. The font is monospaced, so that its width is known without it.

/// The size of the font.
pub(super) const SIZE: i32 = 12;

/// The width of a character. Monospaced fonts have 0.55 to 0.61 of their size.
const CHARACTER: f64 = 7.4;

/// What is longer is cut short.
const LONGEST: usize = 34;

/// How wide the text is at most.
pub(super) fn width(text: &str) -> i32 {
    let columns: u32 = text.chars().map(|c| if u32::from(c) < 0x1100 { 1 } else { 2 }).sum();
    (f64::from(columns) * CHARACTER).ceil() as i32
}

/// The text, or its beginning with an ellipsis.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", begin.trim_end())
}

/// The text as XML has it. What XML has no way to write becomes a replacement character.
pub(super) fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}'.to_string(),
        c if c.is_control() => '\u{fffd}'.to_string(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
