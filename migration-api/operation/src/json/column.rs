//! A column of a table and a column of an index, as JSON.

use serde::{Deserialize, Serialize};

use crate::{Check, Column, Generated, IndexColumn, Indexed, KeyColumn, Reference, Storage};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnWire {
    name: String,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    declared_type: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not_null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unique: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary_key: Option<KeyWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<CheckWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generated: Option<GeneratedWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    references: Option<Reference>,
}

/// `true`, or `{"autoincrement": true}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KeyWire {
    Plain(bool),
    Object(KeyObject),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyObject {
    autoincrement: bool,
}

/// The expression alone, or with the constraint's name.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CheckWire {
    Expression(String),
    Named(Check),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GeneratedWire {
    expr: String,
    stored: bool,
}

impl From<ColumnWire> for Column {
    fn from(wire: ColumnWire) -> Self {
        Self {
            name: wire.name,
            declared_type: wire.declared_type,
            not_null: wire.not_null,
            default: wire.default,
            unique: wire.unique,
            primary_key: wire.primary_key.and_then(|key| match key {
                KeyWire::Plain(is_key) => is_key.then_some(KeyColumn::Plain),
                KeyWire::Object(KeyObject { autoincrement: true }) => {
                    Some(KeyColumn::Autoincrement)
                }
                KeyWire::Object(KeyObject { autoincrement: false }) => Some(KeyColumn::Plain),
            }),
            collate: wire.collate,
            check: wire.check.map(|check| match check {
                CheckWire::Expression(expression) => Check::new(expression),
                CheckWire::Named(check) => check,
            }),
            generated: wire.generated.map(|GeneratedWire { expr, stored }| Generated {
                expression: expr,
                storage: if stored { Storage::Stored } else { Storage::Virtual },
            }),
            references: wire.references,
        }
    }
}

impl From<Column> for ColumnWire {
    fn from(column: Column) -> Self {
        Self {
            name: column.name,
            declared_type: column.declared_type,
            not_null: column.not_null,
            default: column.default,
            unique: column.unique,
            primary_key: column.primary_key.map(|key| match key {
                KeyColumn::Plain => KeyWire::Plain(true),
                KeyColumn::Autoincrement => KeyWire::Object(KeyObject { autoincrement: true }),
            }),
            collate: column.collate,
            check: column.check.map(|check| match check.name {
                None => CheckWire::Expression(check.expression),
                Some(_) => CheckWire::Named(check),
            }),
            generated: column.generated.map(|generated| GeneratedWire {
                expr: generated.expression,
                stored: generated.storage == Storage::Stored,
            }),
            references: column.references,
        }
    }
}

/// A column's name alone, or an object that says more.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum IndexColumnWire {
    Name(String),
    Object(IndexColumnObject),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IndexColumnObject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expr: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    desc: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collate: Option<String>,
}

impl TryFrom<IndexColumnWire> for IndexColumn {
    type Error = &'static str;

    fn try_from(wire: IndexColumnWire) -> Result<Self, Self::Error> {
        let object = match wire {
            IndexColumnWire::Name(name) => return Ok(Self::new(name)),
            IndexColumnWire::Object(object) => object,
        };
        let indexed = match (object.column, object.expr) {
            (Some(column), None) => Indexed::Column(column),
            (None, Some(expression)) => Indexed::Expression(expression),
            _ => return Err("a column of an index has either `column` or `expr`"),
        };
        Ok(Self { indexed, descending: object.desc, collate: object.collate })
    }
}

impl From<IndexColumn> for IndexColumnWire {
    fn from(IndexColumn { indexed, descending, collate }: IndexColumn) -> Self {
        let (column, expr) = match indexed {
            Indexed::Column(name) if !descending && collate.is_none() => return Self::Name(name),
            Indexed::Column(name) => (Some(name), None),
            Indexed::Expression(expression) => (None, Some(expression)),
        };
        Self::Object(IndexColumnObject { column, expr, desc: descending, collate })
    }
}
