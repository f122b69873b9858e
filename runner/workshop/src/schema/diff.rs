//! The difference of two schemas, line by line of their normalised SQL.

use std::fmt;

use migration_api::schema::normal::{ColumnOrder, Normal, line_meaning};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use super::{Blueprint, SchemaError};

/// The difference of two schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Whose schema the first is.
    pub from: String,
    /// Whose the second is.
    pub to: String,
    /// The lines that differ, with those around them.
    pub lines: Vec<Line>,
}

/// A line of one schema or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Which of the schemas has it.
    pub side: Side,
    /// The line, without its end.
    pub text: String,
}

/// Which of the schemas has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// In the first schema alone.
    From,
    /// In the second alone.
    To,
    /// In both.
    Both,
    /// In neither: equal lines are left out here.
    Gap,
}

impl Side {
    /// What it is marked with.
    #[must_use]
    pub fn mark(self) -> char {
        match self {
            Self::From => '-',
            Self::To => '+',
            Self::Both => ' ',
            Self::Gap => '@',
        }
    }
}

impl Diff {
    /// How many equal lines are shown around those that differ.
    const CONTEXT: usize = 3;

    /// Compares what the schemas mean, whatever their spelling. `None`: they are the same.
    ///
    /// # Errors
    /// A schema that cannot be read.
    pub fn between(
        from: &Blueprint,
        to: &Blueprint,
        order: ColumnOrder,
    ) -> Result<Option<Self>, SchemaError> {
        let (before, after) = (from.schema()?.normal(), to.schema()?.normal());
        Ok(Self::of(from.of(), &before, to.of(), &after, order))
    }

    /// The same, of schemas that are read already: `before` is that of `from`, `after` that of `to`.
    pub(crate) fn of(
        from: &str,
        before: &Normal,
        to: &str,
        after: &Normal,
        order: ColumnOrder,
    ) -> Option<Self> {
        if before.same_as(after, order) {
            return None;
        }
        let lines = lines(&before.to_string(), &after.to_string());
        Some(Self { from: from.to_owned(), to: to.to_owned(), lines })
    }
}

/// The lines that differ, with those around them: lines that mean the same are equal, unless all are.
fn lines(before: &str, after: &str) -> Vec<Line> {
    let by_meaning = lines_by(before, after, line_meaning);
    if by_meaning.is_empty() { lines_by(before, after, str::to_owned) } else { by_meaning }
}

/// The lines of two texts that differ, with those around them.
pub(crate) fn text_lines(before: &str, after: &str) -> Vec<Line> {
    lines_by(before, after, str::to_owned)
}

fn lines_by(before: &str, after: &str, meaning: fn(&str) -> String) -> Vec<Line> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let [old_meanings, new_meanings] =
        [&old, &new].map(|lines| lines.iter().map(|line| meaning(line)).collect::<Vec<_>>());
    let [old_keys, new_keys] = [&old_meanings, &new_meanings]
        .map(|lines| lines.iter().map(String::as_str).collect::<Vec<_>>());
    let diff = TextDiff::from_slices(&old_keys, &new_keys);
    let mut lines = Vec::new();
    for (number, group) in diff.grouped_ops(Diff::CONTEXT).iter().enumerate() {
        if number > 0 {
            lines.push(Line { side: Side::Gap, text: String::new() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let side = match change.tag() {
                ChangeTag::Delete => Side::From,
                ChangeTag::Insert => Side::To,
                ChangeTag::Equal => Side::Both,
            };
            let text = match (change.new_index(), change.old_index()) {
                (Some(at), _) => new[at],
                (None, Some(at)) => old[at],
                (None, None) => continue,
            };
            lines.push(Line { side, text: text.to_owned() });
        }
    }
    lines
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (-) and {} (+) differ:", self.from, self.to)?;
        for Line { side, text } in &self.lines {
            write!(f, "\n{}", format!("{} {text}", side.mark()).trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl crate::messages::Examples for Diff {
    fn examples() -> Vec<Self> {
        let before = "CREATE TABLE player (\n  id INTEGER PRIMARY KEY\n);\n";
        let after = "CREATE TABLE player (\n  id INTEGER PRIMARY KEY,\n  name TEXT\n);\n";
        let of = |name: &str| format!("the {name}");
        vec![Self { from: of("migrations"), to: of("models"), lines: lines(before, after) }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blueprint(of: &str, sql: &str) -> Blueprint {
        let blueprint = Blueprint::empty(of).unwrap();
        blueprint.connection().execute_batch(sql).unwrap();
        blueprint
    }

    #[test]
    fn spelling_is_no_difference_and_meaning_is() {
        let between = |a: &str, b: &str| {
            let (a, b) = (blueprint("a", a), blueprint("b", b));
            Diff::between(&a, &b, ColumnOrder::Any).unwrap()
        };
        assert_eq!(between("CREATE TABLE t (a INT, b)", "create table T(b, \"a\" int)"), None);
        let told = between("CREATE TABLE t (a)", "CREATE TABLE t (a NOT NULL)").unwrap();
        let only = |side| told.lines.iter().filter(move |line| line.side == side).count();
        assert_eq!((only(Side::From), only(Side::To)), (1, 1));
        assert!(told.to_string().starts_with("a (-) and b (+) differ:\n"));
    }

    #[test]
    fn a_line_that_means_the_same_is_not_shown_as_changed() {
        let of = |a: &str, b: &str| {
            let (a, b) = (blueprint("a", a), blueprint("b", b));
            Diff::between(&a, &b, ColumnOrder::Any).unwrap().map(|diff| {
                let changed = diff.lines.iter().filter(|line| line.side != Side::Both);
                changed.map(|line| format!("{}{}", line.side.mark(), line.text)).collect::<Vec<_>>()
            })
        };
        let before = "CREATE TABLE t (a INTEGER DEFAULT FALSE, b TEXT COLLATE NOCASE, c);
                      CREATE VIEW v AS SELECT a FROM t;";
        let after = "CREATE TABLE T (A INTEGER DEFAULT false, b TEXT COLLATE nocase, c";
        let view = "CREATE VIEW v AS SELECT \"a\" FROM t;";
        assert_eq!(of(before, &format!("{after}, d); {view}")).unwrap(), ["+  d"]);
        for same in ["FALSE", "0", "(false)", "(0)"] {
            assert_eq!(of(before, &format!("{after}); {view}").replace("false", same)), None);
        }
        let text = of(before, &format!("{after}); {view}").replace("false", "'false'")).unwrap();
        assert_eq!(text, ["-  a INTEGER DEFAULT FALSE,", "+  A INTEGER DEFAULT 'false',"]);
        // What SQLite knows of a key without its being said.
        let key =
            |not_null: &str| format!("CREATE TABLE t (a{not_null} PRIMARY KEY) WITHOUT ROWID");
        assert_eq!(of(&key(""), &key(" NOT NULL")), None);
        // Lines in a text that is longer than a line are parts of it.
        let text = |word: &str| format!("CREATE VIEW v AS SELECT 'one\n{word}\n'");
        assert_eq!(of(&text("two"), &text("TWO")).unwrap(), ["-two", "+TWO"]);
    }

    #[test]
    fn lines_far_from_a_difference_are_left_out() {
        let text = |end: &str| (0..20).map(|n| format!("{n}\n")).collect::<String>() + end;
        let lines = lines(&text("x\n"), &text("y\n"));
        assert_eq!(lines.len(), Diff::CONTEXT + 2);
    }
}
