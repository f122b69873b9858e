//! A column as a field.

use migration_api::schema::Affinity;
use migration_api::schema::normal::{Column, Table, Words};

/// Whether the field is an `Option`: the column may be NULL.
pub(crate) fn is_option(table: &Table, column: &Column) -> bool {
    let name = column.name.as_str();
    let is_rowid = table.primary_key.as_ref().is_some_and(|key| key.is_rowid);
    let is_never_null_key = table.is_key(name) && (is_rowid || table.strict || table.without_rowid);
    column.not_null.is_none() && !is_never_null_key
}

/// The type of the field, and whether it implies the declared type.
pub(crate) fn field_type(declared: &str) -> (&'static str, bool) {
    let plain = match declared {
        "INTEGER" => Some("i64"),
        "REAL" => Some("f64"),
        "TEXT" => Some("String"),
        "BLOB" => Some("Vec<u8>"),
        _ => None,
    };
    if let Some(plain) = plain {
        return (plain, true);
    }
    let field = match Affinity::of(declared) {
        _ if declared.contains("BOOL") => "bool",
        Affinity::Integer => "i64",
        Affinity::Real => "f64",
        Affinity::Blob => "Vec<u8>",
        Affinity::Numeric if !declared.contains("DATE") && !declared.contains("TIME") => "f64",
        _ => "String",
    };
    (field, false)
}

/// The text behind `default =`.
pub(super) fn default(words: &Words, field: &str) -> String {
    let text = words.as_str();
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let has_digits_alone = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_float = digits.split('.').all(|part| !part.is_empty());
        has_digits_alone && is_float && (text.parse::<i64>().is_ok() || digits.contains('.'))
    };
    let string = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match string {
        Some(inner) if !inner.replace("''", "").contains('\'') => {
            format!("{:?}", inner.replace("''", "'"))
        }
        _ if field == "bool" && ["true", "false"].contains(&&*text.to_ascii_lowercase()) => {
            text.to_ascii_lowercase()
        }
        _ if is_number(text) && text.matches('.').count() < 2 => text.to_owned(),
        _ => format!("sql({text:?})"),
    }
}
