//! In what a schema is another than the runner left it.

use runner_operations::schema::Table;
use serde::Serialize;

use crate::record::SchemaText;
use crate::schema_objects::Object;

/// An object of the schema that is another than the runner left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaChange {
    /// `table`, `index`, `trigger` or `view`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The statement that made it, as the runner left it; `None`: there was none.
    pub before: Option<String>,
    /// The statement that made it, as it is now; `None`: it is gone.
    pub after: Option<String>,
}

impl SchemaChange {
    /// How many lines a person reads in an error.
    const ENOUGH: usize = 24;

    /// The objects that are not the same in two schemas that the log has.
    #[must_use]
    pub fn between_logged(before: &SchemaText, after: &SchemaText) -> Vec<Self> {
        fn alone<'s>(one: &'s SchemaText, other: &'s SchemaText) -> Vec<Object<'s>> {
            one.texts_beside(other).map(Object::read).collect()
        }
        Self::between(&alone(before, after), &alone(after, before))
    }

    /// The objects that are not the same in both.
    pub(crate) fn between(before: &[Object<'_>], after: &[Object<'_>]) -> Vec<Self> {
        let find = |among: &[Object<'_>], object: &Object<'_>| {
            let same = |it: &&Object<'_>| it.kind() == object.kind() && it.name() == object.name();
            among.iter().find(same).map(|it| it.sql().to_owned())
        };
        let new = after.iter().filter(|object| find(before, object).is_none());
        let mut changes: Vec<Self> = before
            .iter()
            .chain(new)
            .map(|object| Self {
                kind: object.kind().to_owned(),
                name: object.name().to_owned(),
                before: find(before, object),
                after: find(after, object),
            })
            .filter(|change| change.before != change.after)
            .collect();
        changes.sort_by(|a, b| a.name.cmp(&b.name));
        changes
    }

    /// The statements with `-` before those that are gone and `+` before those that are new; of a table
    /// that has both, its columns and constraints.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if let Some(items) = self.items() {
            let title = format!("in the {} `{}`:", self.kind, self.name);
            return std::iter::once(title).chain(items).collect();
        }
        let marked = |mark: char, sql: &Option<String>| -> Vec<String> {
            let lines = sql.iter().flat_map(|sql| sql.lines());
            lines.map(|line| format!("{mark} {}", line.trim_end())).collect()
        };
        [marked('-', &self.before), marked('+', &self.after)].concat()
    }

    /// The parts of a table that are in one of its two texts alone, if that is all in which they differ.
    fn items(&self) -> Option<Vec<String>> {
        let [before, after] = [&self.before, &self.after]
            .map(|sql| sql.as_ref().and_then(|sql| Table::parse(sql).ok()));
        let (before, after) = (before?, after?);
        let (old, new): (Vec<_>, Vec<_>) = (before.items().collect(), after.items().collect());
        let of = |mark: char, items: &[&str], others: &[&str]| -> Vec<String> {
            let alone = items.iter().filter(|item| !others.contains(item));
            alone.map(|item| format!("  {mark} {}", words(item))).collect()
        };
        let items = [of('-', &old, &new), of('+', &new, &old)].concat();
        let same_options =
            (before.strict, before.without_rowid) == (after.strict, after.without_rowid);
        (same_options && !items.is_empty()).then_some(items)
    }
}

/// All lines of `changes`, as many as a person reads.
pub(crate) fn lines(changes: &[SchemaChange]) -> Vec<String> {
    let mut lines: Vec<_> = changes.iter().flat_map(SchemaChange::lines).collect();
    let more = lines.len().saturating_sub(SchemaChange::ENOUGH);
    if more > 0 {
        lines.truncate(SchemaChange::ENOUGH);
        lines.push(format!("... and {more} more lines"));
    }
    lines
}

/// `text` on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, after: &str) -> SchemaChange {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (kind, name) = ("table".to_owned(), "t".to_owned());
        SchemaChange { kind, name, before: some(before), after: some(after) }
    }

    #[test]
    fn of_a_table_its_columns_are_told_and_all_of_it_where_they_are_not_all() {
        let before = "CREATE TABLE t (a, b TEXT,\n  CHECK (a > 0))";
        let lines = |after: &str| change(before, after).lines();
        let after = "CREATE TABLE \"t\" (a, b TEXT NOT\n NULL, c, CHECK (a > 0))";
        assert_eq!(
            lines(after),
            ["in the table `t`:", "  - b TEXT", "  + b TEXT NOT NULL", "  + c"]
        );
        let whole = ["- CREATE TABLE t (a, b TEXT,", "-   CHECK (a > 0))"];
        let strict = "CREATE TABLE t (a, b TEXT, CHECK (a > 0)) WITHOUT ROWID";
        assert_eq!(lines(strict), [&whole[..], &[&format!("+ {strict}")]].concat());
        assert_eq!(lines(""), whole);
        let many = vec![change("", &"x\n".repeat(SchemaChange::ENOUGH + 3))];
        assert_eq!(super::lines(&many).last().unwrap(), "... and 3 more lines");
    }
}
