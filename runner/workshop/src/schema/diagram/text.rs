//! Text in the picture. The font is monospaced, so that its width is known without it.

use std::collections::BTreeMap;

/// The size of the font.
pub(super) const SIZE: i32 = 12;

/// The width of a character. Monospaced fonts have 0.55 to 0.61 of their size.
const CHARACTER: f64 = 7.4;

/// What is longer loses its middle.
const LONGEST: usize = 34;

/// How much of its end stays.
const END: usize = 14;

/// How wide the text is at most.
pub(super) fn width(text: &str) -> i32 {
    let columns: u32 = text.chars().map(|c| if u32::from(c) < 0x1100 { 1 } else { 2 }).sum();
    (f64::from(columns) * CHARACTER).ceil() as i32
}

/// The text, or its beginning and its end with an ellipsis between them.
pub(super) fn shortened(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(LONGEST - 1 - END).collect();
    let end: String = text.chars().skip(length - END).collect();
    format!("{}…{}", begin.trim_end(), end.trim_start())
}

/// The names as they are shown beside each other: shortened, unless two would look alike.
pub(super) fn labels(names: &[&str]) -> Vec<String> {
    let short: Vec<String> = names.iter().map(|name| shortened(name)).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for label in &short {
        *times.entry(label).or_default() += 1;
    }
    let label = |(name, short): (&&str, &String)| match times[short.as_str()] {
        1 => short.clone(),
        _ => (*name).to_owned(),
    };
    names.iter().zip(&short).map(label).collect()
}

/// The text as XML and HTML have it. What XML has no way to write becomes a replacement character.
pub fn escaped(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_their_ends_and_never_look_alike() {
        let long = |end: &str| format!("{}_{end}", "the_same_beginning".repeat(3));
        let (one, two) = (long("of_one"), long("of_two"));
        let labels = labels(&[&one, &two, "id"]);
        assert!(labels[0].ends_with("of_one") && labels[1].ends_with("of_two"), "{labels:?}");
        assert!(labels.iter().all(|label| label.chars().count() <= LONGEST));
        let middle = |word: &str| format!("{0}{word}{0}", "x".repeat(LONGEST));
        let (one, two) = (middle("a"), middle("b"));
        assert_eq!(super::labels(&[&one, &two]), [one, two]);
    }
}
