//! Takes statements out of a script, so that all others stay in their lines.

use std::ops::Range;

/// `script`, with a comment in the place of each of the statements `gone`, which ascend.
pub(super) fn take_out(script: &str, gone: &[Range<usize>]) -> String {
    let mut text = String::with_capacity(script.len());
    let mut done = 0;
    for span in gone {
        let end = span.end + semicolon(&script[span.end..]);
        let statement = &script[span.start..end];
        text.push_str(&script[done..span.start]);
        // A comment ends at the first end of one, and the statement may have one in it.
        let shown = statement.replace("*/", "* /");
        text.push_str(&format!("/* taken out by `runner import`: {shown} */"));
        done = end;
    }
    text.push_str(&script[done..]);
    text
}

/// The length of what is up to a semicolon, if there is one behind nothing but blanks.
fn semicolon(behind: &str) -> usize {
    let blanks = behind.len() - behind.trim_start().len();
    if behind[blanks..].starts_with(';') { blanks + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_is_a_comment_and_the_rest_stays_in_its_line() {
        let script = "BEGIN; CREATE TABLE a (b);\nPRAGMA /* x */\n foreign_keys = ON ;\nCOMMIT";
        let spans: Vec<_> = migration_api::operation::script::spans(script).collect();
        let gone = [spans[0].clone(), spans[2].clone(), spans[3].clone()];
        assert_eq!(
            take_out(script, &gone),
            "/* taken out by `runner import`: BEGIN; */ CREATE TABLE a (b);\n\
             /* taken out by `runner import`: PRAGMA /* x * /\n foreign_keys = ON ; */\n\
             /* taken out by `runner import`: COMMIT */"
        );
    }
}
