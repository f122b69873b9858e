//! Values to try, from the literals in a text of SQL.

use migration_api::schema::literals;
use rusqlite::Connection;
use rusqlite::types::Value;

/// Moments as SQLite's date functions read them.
pub(super) const MOMENTS: [&str; 4] =
    ["2025-01-06", "2024-02-29 23:59:59", "1969-12-31", "2038-01-19T03:14:08Z"];

/// Longer texts than this are not made to please a `length(..)`.
const LONGEST: i64 = 400;

/// Values that make the condition `text` true or false by a hair: its literals, the numbers beside them,
/// texts of these lengths, and texts that its patterns describe.
pub(super) fn suggested(connection: &Connection, text: &str) -> Vec<Value> {
    let lower = text.to_ascii_lowercase();
    let mut values = Vec::new();
    for literal in literals(text) {
        match evaluated(connection, literal) {
            Some(Value::Integer(number)) => {
                let near = [number, number.saturating_add(1), number.saturating_sub(1)];
                values.extend(near.map(Value::Integer));
                values.push(Value::Integer(number.saturating_neg()));
                if lower.contains("length") {
                    let lengths = near.into_iter().filter(|length| (0..=LONGEST).contains(length));
                    values.extend(lengths.map(of_length));
                }
            }
            Some(Value::Real(number)) => {
                values.extend([number, number + 0.5, number - 0.5, -number].map(Value::Real));
            }
            Some(Value::Text(text)) => {
                if lower.contains("like") || lower.contains("glob") {
                    values.push(Value::Text(matching(&text)));
                }
                values.push(Value::Text(text));
            }
            Some(other) => values.push(other),
            None => {}
        }
    }
    if lower.contains("json") {
        values.extend(["{}", "[]", "{\"a\": [1, null]}"].map(|json| Value::Text(json.into())));
    }
    if ["date", "time", "julianday"].iter().any(|word| lower.contains(word)) {
        values.extend(MOMENTS.map(|moment| Value::Text(moment.into())));
    }
    values
}

/// The value of an expression without columns.
pub(super) fn evaluated(connection: &Connection, expression: &str) -> Option<Value> {
    connection.query_row(&format!("SELECT ({expression})"), [], |row| row.get(0)).ok()
}

fn of_length(length: i64) -> Value {
    let length = usize::try_from(length).unwrap_or(0);
    Value::Text("1234567890".chars().cycle().take(length).collect())
}

/// A text that the LIKE or GLOB `pattern` describes
/// (<https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>): nothing for
/// what may be nothing, a letter for what must be one, and of a class its first member.
fn matching(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern.chars();
    while let Some(sign) = rest.next() {
        match sign {
            '%' | '*' => {}
            '_' | '?' => text.push('x'),
            '[' => {
                let class: String = rest.by_ref().take_while(|sign| *sign != ']').collect();
                text.push(match class.strip_prefix('^') {
                    Some(not) => {
                        ['x', '0', '-'].into_iter().find(|c| !not.contains(*c)).unwrap_or('_')
                    }
                    None => class.chars().next().unwrap_or('['),
                });
            }
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_gives_a_text_that_it_matches() {
        let connection = Connection::open_in_memory().unwrap();
        for (operator, pattern) in
            [("LIKE", "%@%.%"), ("LIKE", "a_c"), ("GLOB", "[0-9][0-9]-[A-Z]*"), ("GLOB", "[^0-9]?")]
        {
            let sql = format!("SELECT ?1 {operator} ?2");
            let text = matching(pattern);
            let is_match: bool =
                connection.query_row(&sql, [&text, pattern], |row| row.get(0)).unwrap();
            assert!(is_match, "`{text}` {operator} `{pattern}`");
        }
    }
}
