//! Changes parts of the text of a table, and keeps the rest byte for byte.

mod items;

use super::SyntaxError;
use super::column::{Clause, Column};
use super::sql::{self, Span};
use super::table::Table;

/// The text of a table with some places to change.
#[derive(Debug)]
pub(crate) struct Draft<'t> {
    table: &'t Table,
    edits: Vec<(Span, String)>,
}

impl<'t> Draft<'t> {
    /// The text of `table`, to be changed.
    pub(crate) fn of(table: &'t Table) -> Self {
        Self { table, edits: Vec::new() }
    }

    fn text(&self) -> &'t str {
        &self.table.sql
    }

    fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.edits.push((span, text.into()));
    }

    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// The changed text.
    pub(crate) fn finish(mut self) -> String {
        // From the back, so that positions before an edit stay true; at the same place, in the order
        // in which they were asked for.
        self.edits.reverse();
        self.edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = self.text().to_owned();
        for (span, replacement) in self.edits {
            text.replace_range(span, &replacement);
        }
        text
    }

    /// The table that the changed text makes.
    pub(crate) fn table(self) -> Result<Table, SyntaxError> {
        Table::parse(&self.finish())
    }

    /// Adds `clause` after the other clauses of `column`.
    pub(crate) fn add_clause(&mut self, column: &Column, clause: &str) {
        self.insert(column.layout.whole.end, format!(" {clause}"));
    }

    /// Removes `clause`, with the blanks before it.
    pub(crate) fn remove_clause(&mut self, clause: &Clause) {
        self.remove_with_blanks(clause.span.clone());
    }

    /// Replaces `clause` by `text`.
    pub(crate) fn replace_clause(&mut self, clause: &Clause, text: &str) {
        self.replace_words(clause.span.clone(), text);
    }

    /// Gives `column` another type, or none if `declared_type` is empty.
    pub(crate) fn set_type(&mut self, column: &Column, declared_type: &str) {
        match (&column.layout.declared_type, declared_type) {
            (None, "") => {}
            (None, new) => {
                let end = column.layout.name.end;
                self.insert(end, format!(" {new}{}", self.blank_after(end)));
            }
            (Some(old), "") => self.remove_with_blanks(old.clone()),
            (Some(old), new) => self.replace_words(old.clone(), new),
        }
    }

    fn remove_with_blanks(&mut self, span: Span) {
        let start = self.text()[..span.start].trim_end().len();
        // A comment may run to the end of the line before; that end must stay.
        let start = if self.text()[start..span.start].contains('\n') { span.start } else { start };
        self.replace(start..span.end, self.blank_after(span.end));
    }

    /// Replaces `span` by `text`, and separates it from the words before and after it.
    fn replace_words(&mut self, span: Span, text: &str) {
        let glued = self.text()[..span.start].ends_with(joins);
        let before = if glued { " " } else { "" };
        let after = self.blank_after(span.end);
        self.replace(span, format!("{before}{text}{after}"));
    }

    fn blank_after(&self, at: usize) -> &'static str {
        if self.text()[at..].starts_with(joins) { " " } else { "" }
    }

    /// Sets the options after the list: STRICT, WITHOUT ROWID.
    pub(crate) fn set_options(&mut self, strict: bool, without_rowid: bool) {
        let options: Vec<_> = [(strict, "STRICT"), (without_rowid, "WITHOUT ROWID")]
            .into_iter()
            .filter_map(|(on, words)| on.then_some(words))
            .collect();
        let options = options.join(", ");
        let behind = self.table.layout.close + 1;
        let tokens = sql::tokens(&self.text()[behind..]).unwrap_or_default();
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => {
                self.replace(behind + first.span.start..behind + last.span.end, options);
            }
            _ if options.is_empty() => {}
            _ => self.insert(behind, format!(" {options}")),
        }
    }

    /// Replaces the name of the table by `spelled`.
    pub(crate) fn rename(&mut self, spelled: &str) {
        self.replace_words(self.table.layout.name.clone(), spelled);
    }

    /// Removes the name of the table before its columns: `t.a` becomes `a`.
    pub(crate) fn unqualify(&mut self) {
        let name = self.table.layout.name.end;
        for span in sql::qualifiers(self.text(), &self.table.name) {
            if span.start > name {
                self.replace(span, "");
            }
        }
    }
}

/// Whether two words that meet at this character could be read as one.
fn joins(character: char) -> bool {
    character.is_alphanumeric() || "_$\"'`]".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(sql: &str, edit: impl FnOnce(&mut Draft<'_>, &Table)) -> String {
        let table = Table::parse(sql).unwrap();
        let mut draft = Draft::of(&table);
        edit(&mut draft, &table);
        let text = draft.finish();
        Table::parse(&text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        text
    }

    const LINES: &str = "CREATE TABLE t(\n  a INT, -- the a, (really)\n  -- about b\n  b TEXT \
                         /* , */ UNIQUE, /* two\n lines */\n  c -- the last\n)";

    #[test]
    fn a_column_goes_with_the_comment_behind_it_and_leaves_the_comment_above_the_next() {
        assert_eq!(
            edited(LINES, |draft, _| draft.remove_column(0)),
            "CREATE TABLE t(\n  -- about b\n  b TEXT /* , */ UNIQUE, /* two\n lines */\n  c -- the \
             last\n)"
        );
        assert_eq!(
            edited(LINES, |draft, _| draft.remove_column(2)),
            "CREATE TABLE t(\n  a INT, -- the a, (really)\n  -- about b\n  b TEXT /* , */ UNIQUE \
             /* two\n lines */ -- the last\n)"
        );
        assert_eq!(
            edited("CREATE TABLE t(a,b,c)", |draft, _| draft.remove_column(1)),
            "CREATE TABLE t(a,c)"
        );
        assert_eq!(
            edited("CREATE TABLE t(a, b)", |draft, _| draft.remove_column(1)),
            "CREATE TABLE t(a)"
        );
    }

    #[test]
    fn what_is_added_stands_on_a_line_of_its_own_where_the_others_do() {
        assert_eq!(
            edited("CREATE TABLE t(\n  a -- x, (y)\n)", |draft, _| draft.add_column("b INT")),
            "CREATE TABLE t(\n  a, -- x, (y)\n  b INT\n)"
        );
        assert_eq!(
            edited("CREATE TABLE t(a, UNIQUE(a))", |draft, _| {
                draft.add_column("b");
                draft.add_constraint("CHECK (b > 0)");
            }),
            "CREATE TABLE t(a, b, UNIQUE(a), CHECK (b > 0))"
        );
        assert_eq!(
            edited("CREATE TABLE t(\n\ta,\n\tb)", |draft, _| draft.add_column_at(1, "x")),
            "CREATE TABLE t(\n\ta,\n\tx,\n\tb)"
        );
    }

    #[test]
    fn types_and_clauses_change_without_a_blank_to_stand_on() {
        let sql = "CREATE TABLE t(\"a\"TEXT,[b]INT NOT NULL DEFAULT(1)UNIQUE,c)STRICT";
        assert_eq!(
            edited(sql, |draft, table| {
                draft.set_type(&table.columns[0], "ANY");
                draft.set_type(&table.columns[1], "");
                draft.remove_clause(&table.columns[1].clauses[0]);
                draft.replace_clause(&table.columns[1].clauses[1], "DEFAULT 2");
                draft.set_type(&table.columns[2], "REAL");
                draft.add_clause(&table.columns[2], "NOT NULL");
                draft.set_options(false, true);
            }),
            "CREATE TABLE t(\"a\" ANY,[b] DEFAULT 2 UNIQUE,c REAL NOT NULL)WITHOUT ROWID"
        );
    }

    #[test]
    fn under_another_name_a_table_does_not_call_itself_by_the_old_one() {
        assert_eq!(
            edited("CREATE TABLE t(a CHECK(T.a > 't.'), UNIQUE(a))", |draft, _| {
                draft.rename("\"x\"");
                draft.unqualify();
            }),
            "CREATE TABLE \"x\"(a CHECK(a > 't.'), UNIQUE(a))"
        );
    }
}
