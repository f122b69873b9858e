//! A row as one line of text: its values as SQL writes them, with a bar between.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};

use crate::sql_literal::visible_literal;

const BETWEEN: &str = " | ";

/// What stands in the place of rows where there are none.
pub(super) const NO_ROWS: &str = "(no rows)";

/// The names of the columns that `statement` gives.
pub(super) fn heading(statement: &Statement<'_>) -> String {
    // One without `AS` is called like its expression, which may be on several lines.
    let on_a_line = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ");
    normal(&statement.column_names().map(on_a_line).collect::<Vec<_>>().join(BETWEEN))
}

/// A row of `width` values.
pub(super) fn row(
    connection: &Connection,
    row: &Row<'_>,
    width: usize,
) -> rusqlite::Result<String> {
    let value = |place: usize| visible_literal(connection, row.get_ref(place)?);
    let values: Vec<String> = (0..width).map(value).collect::<rusqlite::Result<_>>()?;
    Ok(values.join(BETWEEN))
}

/// How many bytes the values of a row have.
pub(super) fn size(row: &Row<'_>, width: usize) -> rusqlite::Result<usize> {
    let bytes = |value: ValueRef<'_>| match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => size_of::<i64>(),
    };
    (0..width).map(|place| Ok(bytes(row.get_ref(place)?))).sum()
}

/// A line as it is written here, whoever has aligned its values.
pub(super) fn normal(line: &str) -> String {
    let mut normal = String::with_capacity(line.len());
    let (mut in_text, mut is_apart) = (false, false);
    let mut letters = line.trim().chars().peekable();
    while let Some(letter) = letters.next() {
        let is_bar = letter == '|' && !in_text;
        if letter.is_whitespace() && !in_text {
            is_apart = true;
            continue;
        }
        if (is_apart || is_bar) && !normal.is_empty() {
            normal.push(' ');
        }
        normal.push(letter);
        // Two are the operator between the parts of a text.
        if is_bar && letters.next_if_eq(&'|').is_some() {
            normal.push('|');
        }
        is_apart = is_bar;
        in_text ^= letter == '\'';
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_between_values_does_not_count_and_that_in_a_text_does() {
        for (line, expected) in [
            ("id|name", "id | name"),
            ("  1   |  'a  |b '  ", "1 | 'a  |b '"),
            ("'it''s  |' |2", "'it''s  |' | 2"),
            ("'a'||char(10)  || 'b'", "'a' || char(10) || 'b'"),
            ("", ""),
            ("|", "|"),
        ] {
            assert_eq!(normal(line), expected, "{line}");
            assert_eq!(normal(expected), expected, "{line}");
        }
    }
}
