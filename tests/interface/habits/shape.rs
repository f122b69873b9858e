//! The shape of a JSON document: which fields it has, and what kind of value is in each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The kinds of the values at each path: `steps[].id`.
pub(crate) type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// The shape of the documents in `text`, which may follow each other.
pub(crate) fn of(text: &str) -> Shape {
    let mut shape = Shape::new();
    for document in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        add(&mut shape, "", &document.unwrap_or_else(|error| panic!("{error} in\n{text}")));
    }
    shape
}

fn add(shape: &mut Shape, path: &str, value: &Value) {
    if !path.is_empty() {
        shape.entry(path.to_owned()).or_default().insert(kind(value));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| add(shape, &format!("{path}[]"), item)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                add(shape, &path, field);
            }
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a row of a table about `field` tells of `path`: `*.id` tells of `repaired.id`.
pub(crate) fn tells_of(field: &str, path: &str) -> bool {
    match field.strip_prefix('*') {
        Some(end) => path.ends_with(end),
        None => field == path,
    }
}
