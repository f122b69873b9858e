//! In what the rows of a query are not those that are expected.

use std::fmt;

use serde::Serialize;

use crate::discover::EXPECTED;
use crate::schema::{Line, Side, text_lines};

/// When a query is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After the way forward.
    Forward,
    /// After the way back.
    Backward,
}

impl Moment {
    /// What its part of the file begins with, after `-- `.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Forward => "after forward",
            Self::Backward => "after backward",
        }
    }
}

/// A query that gave other rows than those that stand below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowsDiffer {
    /// The line of the file on which it begins.
    pub line: usize,
    /// When it ran.
    pub after: Moment,
    /// The query.
    pub query: String,
    /// The lines that differ, with those around them: expected, given, or both.
    pub lines: Vec<Line>,
    /// Whether the rows are the same and only their order is another.
    pub reordered: bool,
}

/// So many lines of a difference are shown.
const SHOWN: usize = 40;

impl RowsDiffer {
    /// What differs between two results, each a heading and a line for each row; `None`: nothing.
    pub(super) fn between(expected: &[String], given: &[String]) -> Option<(Vec<Line>, bool)> {
        if expected == given {
            return None;
        }
        let [mut one, mut other] = [expected, given].map(|lines| lines.iter().collect::<Vec<_>>());
        one.sort_unstable();
        other.sort_unstable();
        Some((text_lines(&expected.join("\n"), &given.join("\n")), one == other))
    }
}

impl fmt::Display for RowsDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{EXPECTED}:{}, {}: {query}", self.line, self.after.mark())?;
        for Line { side, text } in self.lines.iter().take(SHOWN) {
            let between = if *side == Side::Gap { "" } else { " " };
            write!(f, "\n{}{between}{text}", side.mark())?;
        }
        match self.lines.len().saturating_sub(SHOWN) {
            0 => {}
            more => write!(f, "\n… and {more} more lines")?,
        }
        if self.reordered {
            f.write_str(
                "\nthe rows are the same in another order: `ORDER BY` says which is meant",
            )?;
        }
        Ok(())
    }
}
