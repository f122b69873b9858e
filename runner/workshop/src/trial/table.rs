//! Rows and values of tables, as people are told of them.

use rusqlite::types::Value;

pub(crate) use crate::lineage::Table;

impl Table {
    /// What a row is called: "`player` 3", or where there is no key "row 3 of `player`".
    pub(crate) fn title(&self, key: &[Value]) -> String {
        let shown: Vec<_> = key.iter().map(show).collect();
        match (&self.key[..], key) {
            ([], [Value::Integer(place)]) => format!("row {} of `{}`", place + 1, self.name),
            _ => format!("`{}` {}", self.name, shown.join(", ")),
        }
    }
}

/// A value as SQL writes it, not at full length.
pub(crate) fn show(value: &Value) -> String {
    const LONGEST: usize = 40;
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) if text.chars().count() > LONGEST => {
            let start: String = text.chars().take(LONGEST).collect();
            format!("'{}…'", start.replace('\n', "\\n"))
        }
        Value::Text(text) => format!("'{}'", text.replace('\'', "''").replace('\n', "\\n")),
        Value::Blob(bytes) => {
            let digits: String =
                bytes.iter().take(LONGEST).map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}
