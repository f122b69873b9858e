//! A table that has a column more than before: only the new column is parsed. To parse a table of a thousand
//! columns takes the parser a million comparisons of names, and columns may come one by one.

use super::column::Column;
use super::layout::ColumnLayout;
use super::sql::{self, Span};
use super::table::Table;

const BEFORE: &str = "CREATE TABLE x(";

/// What [`Table::parse`] gives for `sql`, without indexes, if that is the text of `table` with a column more
/// where SQLite's own ADD COLUMN puts it: behind the last one, before what ends the list of columns
/// (`sqlite3AlterFinishAddColumn` in its alter.c).
pub(super) fn with_added_column(table: &Table, sql: &str) -> Option<Table> {
    let last = table.layout.columns.last()?.whole.end;
    // A comma before the table's constraints, or the parenthesis that closes the list.
    let at = last + sql::tokens(&table.sql[last..]).ok()?.first()?.span.start;
    let (before, after) = table.sql.split_at(at);
    let added = sql.strip_prefix(before)?.strip_suffix(after)?;
    let start = at + 2;
    let mut column = only_column(added.strip_prefix(", ")?)?;
    move_column(&mut column, |place| place + start - BEFORE.len());
    let mut grown = table.clone();
    sql.clone_into(&mut grown.sql);
    grown.indexes.clear();
    grown.shadow = false;
    let behind = |place: usize| place + added.len();
    grown.layout.columns.push(column.layout.clone());
    grown.columns.push(column);
    grown.layout.close = behind(grown.layout.close);
    grown.layout.constraints.iter_mut().for_each(|span| move_span(span, behind));
    grown.constraints.iter_mut().for_each(|constraint| move_span(&mut constraint.span, behind));
    Some(grown)
}

/// The column that `text` defines, if that is all that it is.
fn only_column(text: &str) -> Option<Column> {
    // The line ends a comment at its end, which would take along the parenthesis otherwise.
    let table = Table::parse(&format!("{BEFORE}{text}\n)")).ok()?;
    let is_all =
        table.constraints.is_empty() && table.layout.close == BEFORE.len() + text.len() + 1;
    let [column] = <[Column; 1]>::try_from(table.columns).ok().filter(|_| is_all)?;
    Some(column)
}

fn move_column(column: &mut Column, to: impl Fn(usize) -> usize + Copy) {
    let ColumnLayout { whole, name, declared_type, clauses } = &mut column.layout;
    let own = [whole, name].into_iter().chain(declared_type).chain(clauses);
    own.for_each(|span| move_span(span, to));
    column.clauses.iter_mut().for_each(|clause| move_span(&mut clause.span, to));
}

fn move_span(span: &mut Span, to: impl Fn(usize) -> usize) {
    *span = to(span.start)..to(span.end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_more_is_what_the_whole_text_says() {
        for (before, after) in [
            ("(a", ")"),
            ("(a INT PRIMARY KEY /* c */ ", ") STRICT, WITHOUT ROWID"),
            ("(a -- c\n", ", CONSTRAINT k CHECK (a > 0), PRIMARY KEY (a))"),
            (
                "(\"b c\"VARCHAR(5)NOT NULL DEFAULT('x')",
                ",UNIQUE(\"b c\"), FOREIGN KEY (\"b c\") REFERENCES t)",
            ),
        ] {
            let table = Table::parse(&format!("CREATE TABLE t{before}{after}")).unwrap();
            for added in [
                "n",
                "n INTEGER NOT NULL DEFAULT -1 CHECK (n < 0)",
                "\"n m\" TEXT COLLATE NOCASE CONSTRAINT r REFERENCES p (id) DEFERRABLE",
                "n DOUBLE PRECISION AS (a || ')') VIRTUAL -- c",
            ] {
                for end in ["", "\n"] {
                    let sql = format!("CREATE TABLE t{before}, {added}{end}{after}");
                    // A comment may have taken along the rest.
                    if let Ok(whole) = Table::parse(&sql) {
                        assert_eq!(with_added_column(&table, &sql), Some(whole), "{sql}");
                    }
                }
            }
            for other in ["n, m", "n, CHECK (n > 0)", "n) STRICT --", ""] {
                let sql = format!("CREATE TABLE t{before}, {other}{after}");
                assert_eq!(with_added_column(&table, &sql), None, "{sql}");
            }
        }
    }
}
