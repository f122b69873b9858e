//! The fields of what operations are made of: their names in JSON and on the wire, and which may be
//! left out. Those of operations themselves are in [`crate::operation`].

use super::codec::{Field, Record, map_of, maps, optional, record_in, records, variants, words};
use super::value::{Map, Unreadable, Value};
use super::{
    Action, AddedColumn, Check, Column, Conflict, Constraint, Deferrable, ForeignKey, Generated,
    Index, IndexColumn, Indexed, KeyColumn, Place, PrimaryKey, Reference, Storage, Table,
    TableOptions, Unique, WhichConstraint,
};

records! {
    Table {
        name as "table": required,
        columns: required,
        primary_key: optional,
        constraints: optional,
        strict: optional,
        without_rowid: optional,
        if_not_exists: optional,
    }
    TableOptions { strict: optional, without_rowid: optional }
    AddedColumn { column: required, place: flat, backfill: optional }
    Column {
        name: required,
        declared_type as "type": optional,
        not_null: optional,
        default: optional,
        unique: optional,
        primary_key: unless_false,
        collate: optional,
        check: optional,
        generated: optional,
        references: optional,
    }
    Generated { expression as "expr": required, storage as "stored": required }
    Reference { table: required, column: required, on_delete: optional, on_update: optional }
    Index {
        table: required,
        columns: required,
        name: optional,
        unique: optional,
        condition as "where": optional,
        if_not_exists: optional,
    }
    Unique { columns: required, name: optional, on_conflict: optional }
    Check { name: optional, expression as "expr": required }
    ForeignKey {
        columns: required,
        ref_table: required,
        ref_columns: required,
        name: optional,
        on_delete: optional,
        on_update: optional,
        deferrable: optional,
    }
    PrimaryKey { columns: required, name: optional, autoincrement: optional }
}

variants! { Constraint by "kind":
    "unique" = Unique(unique: flat),
    "check" = Check(check: flat),
    "foreign_key" = ForeignKey(foreign_key: flat),
}

words! {
    Action {
        "CASCADE" = Cascade,
        "SET NULL" = SetNull,
        "SET DEFAULT" = SetDefault,
        "RESTRICT" = Restrict,
        "NO ACTION" = NoAction,
    }
    Conflict {
        "ROLLBACK" = Rollback,
        "ABORT" = Abort,
        "FAIL" = Fail,
        "IGNORE" = Ignore,
        "REPLACE" = Replace,
    }
    Deferrable { "initially_deferred" = InitiallyDeferred }
}

maps! { Table Column Generated Reference Index Unique ForeignKey Constraint }

/// `after` a column, or `before` one.
impl Record for Option<Place> {
    #[inline]
    fn write(&self, map: &mut Map) {
        match self {
            Some(Place::After(column)) => map.put("after", column.to_value()),
            Some(Place::Before(column)) => map.put("before", column.to_value()),
            None => {}
        }
    }

    #[inline]
    fn read(map: &mut Map) -> Result<Self, Unreadable> {
        match (optional::read(map, "after")?, optional::read(map, "before")?) {
            (None::<String>, None::<String>) => Ok(None),
            (Some(column), None) => Ok(Some(Place::After(column))),
            (None, Some(column)) => Ok(Some(Place::Before(column))),
            (Some(_), Some(_)) => {
                Err(Unreadable::Invalid("a column is added `after` or `before` another, not both"))
            }
        }
    }
}

/// The kinds of constraints that have no name.
const KINDS: [&str; 3] = ["unique", "check", "foreign_key"];

/// By `name`, or by `kind` and what it says.
impl Record for WhichConstraint {
    #[inline]
    fn write(&self, map: &mut Map) {
        let kind = |kind: &str| Value::Text(kind.to_owned());
        match self {
            Self::Named(name) => map.put("name", name.to_value()),
            Self::Unique(columns) => {
                map.put("kind", kind("unique"));
                map.put("columns", columns.to_value());
            }
            Self::Check(expression) => {
                map.put("kind", kind("check"));
                map.put("expr", expression.to_value());
            }
            Self::ForeignKey(columns) => {
                map.put("kind", kind("foreign_key"));
                map.put("columns", columns.to_value());
            }
        }
    }

    #[inline]
    fn read(map: &mut Map) -> Result<Self, Unreadable> {
        let name: Option<String> = optional::read(map, "name")?;
        let kind: Option<String> = optional::read(map, "kind")?;
        let columns: Option<Vec<String>> = optional::read(map, "columns")?;
        let expression: Option<String> = optional::read(map, "expr")?;
        match (name, kind.as_deref(), columns, expression) {
            (Some(name), None, None, None) => Ok(Self::Named(name)),
            (None, Some("unique"), Some(columns), None) => Ok(Self::Unique(columns)),
            (None, Some("check"), None, Some(expression)) => Ok(Self::Check(expression)),
            (None, Some("foreign_key"), Some(columns), None) => Ok(Self::ForeignKey(columns)),
            (None, Some(other), ..) if !KINDS.contains(&other) => {
                Err(Unreadable::UnknownVariant { name: other.to_owned(), known: &KINDS })
            }
            _ => Err(Unreadable::Invalid(
                "a constraint to drop is given by `name`, or by `kind` and its `columns` or `expr`",
            )),
        }
    }
}

/// The expression alone, or with the constraint's name.
impl Field for Check {
    #[inline]
    fn to_value(&self) -> Value {
        match self.name {
            None => self.expression.to_value(),
            Some(_) => map_of(self),
        }
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Text(expression) => Ok(Self::new(expression)),
            value => record_in(value),
        }
    }
}

/// `true`, or `{"autoincrement": true}`.
impl Field for KeyColumn {
    #[inline]
    fn to_value(&self) -> Value {
        match self {
            Self::Plain => Value::Boolean(true),
            Self::Autoincrement => {
                let mut map = Map::default();
                map.put("autoincrement", Value::Boolean(true));
                Value::Map(map)
            }
        }
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        let Value::Map(mut map) = value else {
            return match value {
                Value::Boolean(true) => Ok(Self::Plain),
                _ => Err(Unreadable::Invalid("a primary key is `true` or a map")),
            };
        };
        let autoincrement = optional::read(&mut map, "autoincrement")?;
        map.finish()?;
        Ok(if autoincrement { Self::Autoincrement } else { Self::Plain })
    }
}

/// Whether it is stored.
impl Field for Storage {
    #[inline]
    fn to_value(&self) -> Value {
        Value::Boolean(*self == Self::Stored)
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        bool::from_value(value).map(|stored| if stored { Self::Stored } else { Self::Virtual })
    }
}

/// A column's name alone, or a map that says more.
impl Field for IndexColumn {
    #[inline]
    fn to_value(&self) -> Value {
        let mut map = Map::default();
        match &self.indexed {
            Indexed::Column(name) if !self.descending && self.collate.is_none() => {
                return name.to_value();
            }
            Indexed::Column(name) => map.put("column", name.to_value()),
            Indexed::Expression(expression) => map.put("expr", expression.to_value()),
        }
        optional::write(&mut map, "desc", &self.descending);
        optional::write(&mut map, "collate", &self.collate);
        Value::Map(map)
    }

    #[inline]
    fn from_value(value: Value) -> Result<Self, Unreadable> {
        let mut map = match value {
            Value::Map(map) => map,
            value => return String::from_value(value).map(Self::new),
        };
        let indexed = match (optional::read(&mut map, "column")?, optional::read(&mut map, "expr")?)
        {
            (Some(column), None::<String>) => Indexed::Column(column),
            (None, Some(expression)) => Indexed::Expression(expression),
            _ => {
                return Err(Unreadable::Invalid(
                    "a column of an index has either `column` or `expr`",
                ));
            }
        };
        let descending = optional::read(&mut map, "desc")?;
        let collate = optional::read(&mut map, "collate")?;
        map.finish()?;
        Ok(Self { indexed, descending, collate })
    }
}
