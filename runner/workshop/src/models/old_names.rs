//! `-- was: old_name` in SQL, or `/* was: old_name */`: behind a column, or on a line of its own before CREATE
//! TABLE.

use std::ops::Range;

use migration_api::difference::Rename;
use migration_api::schema::Table;

use super::failure::ModelsError;
use super::script::{Comment, comments, first_statement};
use crate::described::SourceLine;

/// The old names that the comments in the statement at `span` of `text` give. `place` gives the place of an
/// offset in `text`.
///
/// # Errors
/// A comment that belongs to no table and no column.
pub(super) fn renames(
    text: &str,
    span: Range<usize>,
    place: impl Fn(usize) -> SourceLine,
) -> Result<Vec<Rename>, ModelsError> {
    let statement = &text[span.clone()];
    let mut renames = Vec::new();
    for Comment { span: comment, item } in comments(statement) {
        let Some(from) = old_name(&statement[comment.clone()]) else { continue };
        let at = span.start + comment.start;
        let lost = || ModelsError::LostWas { place: place(at), name: from.clone() };
        let table = Table::parse(statement).map_err(|_| lost())?;
        let before = text[..at].rsplit('\n').next().unwrap_or_default();
        if comment.start < first_statement(statement) {
            // Behind the statement before, it would be about that one.
            if !before.trim().is_empty() {
                return Err(lost());
            }
            renames.push(Rename::Table { from, to: table.name });
        } else {
            // On a line of its own it could be about the column above or that below.
            let item = item.filter(|_| !before.trim().is_empty()).ok_or_else(lost)?;
            let is_it = |name: &str| begins_with(&statement[item.clone()], name);
            let column = table.columns.iter().find(|column| is_it(&column.name));
            let to = column.ok_or_else(lost)?.name.clone();
            renames.push(Rename::Column { from, to, table: table.name });
        }
    }
    Ok(renames)
}

/// The name in `-- was: name` or `/* was: name */`.
fn old_name(comment: &str) -> Option<String> {
    let words = match comment.strip_prefix("/*") {
        Some(words) => words.trim_end_matches('/').trim_matches('*'),
        None => comment.trim_start_matches('-'),
    };
    let (word, name) = words.trim().split_once(':')?;
    let name = name.trim();
    (word.trim_end().eq_ignore_ascii_case("was") && !name.is_empty())
        .then(|| unquoted(name).to_owned())
}

fn unquoted(name: &str) -> &str {
    ["\"", "`", "'"]
        .iter()
        .find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(name)
}

/// Whether the first word of `item`, behind comments, is `name`, with or without quotes.
fn begins_with(item: &str, name: &str) -> bool {
    let line = &item[first_statement(item)..];
    let quoted = ["\"\"", "``", "[]", "''"].map(|quotes| {
        let (open, close) = quotes.split_at(1);
        format!("{open}{name}{close}")
    });
    let spellings = quoted.iter().map(String::as_str).chain([name]);
    spellings.into_iter().any(|spelling| {
        let begins =
            line.get(..spelling.len()).is_some_and(|start| start.eq_ignore_ascii_case(spelling));
        let ends = |next: char| !(next.is_alphanumeric() || next == '_' || next == '$');
        begins && line[spelling.len()..].chars().next().is_none_or(ends)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Result<Vec<Rename>, ModelsError> {
        let line = |at: usize| 1 + sql[..at].matches('\n').count();
        renames(sql, 0..sql.len(), |at| SourceLine::new("schema.sql", line(at)))
    }

    #[test]
    fn a_comment_tells_of_the_column_of_its_line_and_of_the_table_below() {
        let sql = "-- was: gamer
            CREATE TABLE player (
              id INTEGER PRIMARY KEY, -- the key
              name TEXT, -- was: \"nick\"
              \"a b\" TEXT -- was: ab
            )";
        let column = |from: &str, to: &str| Rename::Column {
            table: "player".into(),
            from: from.into(),
            to: to.into(),
        };
        assert_eq!(
            read(sql).unwrap(),
            [
                Rename::Table { from: "gamer".into(), to: "player".into() },
                column("nick", "name"),
                column("ab", "a b"),
            ]
        );
        assert_eq!(read("CREATE TABLE t (a -- was: b\n)").unwrap().len(), 1);
    }

    #[test]
    fn a_comment_in_a_line_is_about_the_column_that_it_stands_behind() {
        let column = |from: &str, to: &str| Rename::Column {
            table: "t".into(),
            from: from.into(),
            to: to.into(),
        };
        for (sql, renames) in [
            ("CREATE TABLE t (a, b /* was: c */)", vec![column("c", "b")]),
            (
                "CREATE TABLE t (a /* was: c */, b DECIMAL(10,2) /* Was : d */, e)",
                vec![column("c", "a"), column("d", "b")],
            ),
            ("CREATE TABLE t (\n a, b, -- was: c\n d)", vec![column("c", "b")]),
            ("CREATE TABLE t (\n a, /* was: c */\n b)", vec![column("c", "a")]),
            ("CREATE TABLE t (\n a TEXT\n  NOT NULL -- was: c\n)", vec![column("c", "a")]),
            (
                "/* was: c */ CREATE TABLE t (a)",
                vec![Rename::Table { from: "c".into(), to: "t".into() }],
            ),
        ] {
            assert_eq!(read(sql).unwrap(), renames, "{sql}");
        }
    }

    #[test]
    fn a_comment_that_belongs_to_nothing_is_refused_with_its_line() {
        for sql in [
            "CREATE TABLE t (\n a,\n CHECK (a > 0) -- was: b\n)",
            "CREATE TABLE t (\n a, b\n)\n-- was: c",
            "-- a view\n\n-- was: v\nCREATE VIEW w AS SELECT 1",
            "\n\nCREATE TABLE t (a, /* was: c */ b)",
            "\n\nCREATE TABLE t (/* was: c */ b)",
            "\n\nCREATE TABLE t /* was: c */ (b)",
            "CREATE TABLE t (\n a,\n -- was: c\n b)",
        ] {
            let error = read(sql).unwrap_err();
            assert!(
                matches!(&error, ModelsError::LostWas { place, .. } if place.line >= 3),
                "{sql}: {error}"
            );
        }
    }
}
