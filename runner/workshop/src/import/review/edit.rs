//! Edits a script so that all statements that stay are in the lines that they were in.

use std::ops::Range;

/// What is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// The statement here is a comment now.
    TakeOut(Range<usize>),
    /// This statement comes before the one that begins here.
    Insert { at: usize, sql: String },
}

impl Edit {
    fn start(&self) -> usize {
        match self {
            Self::TakeOut(span) => span.start,
            Self::Insert { at, .. } => *at,
        }
    }
}

/// `script` with all of `edits`.
pub(super) fn edited(script: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(Edit::start);
    let mut text = String::with_capacity(script.len());
    let mut done = 0;
    for edit in edits {
        text.push_str(&script[done..edit.start()]);
        done = match edit {
            Edit::TakeOut(span) => {
                let end = span.end + semicolon(&script[span.end..]);
                // A comment ends at the first end of one, and the statement may have one in it.
                let shown = script[span.start..end].replace("*/", "* /");
                text.push_str(&format!("/* taken out by `runner import`: {shown} */"));
                end
            }
            Edit::Insert { at, sql } => {
                text.push_str(&format!("{sql}; /* added by `runner import` */ "));
                at
            }
        };
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
    fn what_is_taken_out_or_added_leaves_the_rest_in_its_line() {
        let script = "BEGIN; CREATE TABLE a (b);\nPRAGMA /* x */\n foreign_keys = ON ;\nCOMMIT";
        let spans: Vec<_> = migration_api::operation::script::spans(script).collect();
        let gone = [3, 0, 2].map(|at| Edit::TakeOut(spans[at].clone()));
        let added = Edit::Insert { at: spans[1].start, sql: "DROP INDEX c".to_owned() };
        let edits = gone.into_iter().chain([added]).collect();
        assert_eq!(
            edited(script, edits),
            "/* taken out by `runner import`: BEGIN; */ DROP INDEX c; /* added by `runner import` */ CREATE TABLE a (b);\n\
             /* taken out by `runner import`: PRAGMA /* x * /\n foreign_keys = ON ; */\n\
             /* taken out by `runner import`: COMMIT */"
        );
    }
}
