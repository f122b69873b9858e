//! Operations as JSON, or as whatever else serde writes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::codec::Field;
use super::value::{Map, Value};
use super::{
    Action, Check, Column, Conflict, Constraint, Deferrable, ForeignKey, Index, IndexColumn,
    Operation, Reference, Unique,
};

macro_rules! through_values {
    ($($type:ident)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.to_value().serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    )*};
}

through_values! {
    Action Check Column Conflict Constraint Deferrable ForeignKey Index IndexColumn Operation Reference Unique
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(it) => serializer.serialize_bool(*it),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(map) => {
                serializer.collect_map(map.entries.iter().map(|(name, it)| (name, it)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an operation, or a part of one")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Boolean(it))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Integer).map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if values.entries.iter().any(|(own, _)| *own == name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            values.entries.push((name.into(), value));
        }
        Ok(Value::Map(values))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn there_and_back(value: &Value) {
        let operation: Operation = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(operation).unwrap(), *value);
    }

    fn refusal(value: Value) -> String {
        serde_json::from_value::<Operation>(value).unwrap_err().to_string()
    }

    #[test]
    fn what_no_case_of_the_corpus_says_survives_too() {
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "unique", "columns": ["a"]}),
        );
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "check", "expr": "a > 0"}),
        );
        there_and_back(
            &json!({"op": "drop_constraint", "table": "t", "kind": "foreign_key", "columns": ["a"]}),
        );
        there_and_back(&json!({"op": "set_collate", "table": "t", "column": "a", "collate": null}));
        there_and_back(
            &json!({"op": "add_column", "table": "t", "column": {"name": "a"}, "before": "b"}),
        );
        there_and_back(&json!({"op": "set_not_null", "table": "t", "column": "a", "fill": "0"}));
        there_and_back(&json!({"op": "create_table", "table": "t", "columns": [{"name": "a"}],
            "strict": true, "without_rowid": true, "if_not_exists": true, "constraints": [
                {"kind": "unique", "columns": ["a"], "on_conflict": "REPLACE"},
                {"kind": "check", "name": "c", "expr": "a > 0"}]}));
    }

    #[test]
    fn what_the_vocabulary_does_not_have_is_refused() {
        let unknown = json!({"op": "drop_table", "table": "t", "cascade": true});
        assert!(refusal(unknown).contains("unknown field `cascade`, expected one of "));
        let inner = json!({"op": "add_column", "table": "t", "column": {"name": "a", "size": 1}});
        assert!(refusal(inner).contains("unknown field `size`"));
        let misspelled = json!({"op": "rename_index", "name": "i", "two": "j"});
        assert_eq!(refusal(misspelled), "unknown field `two`, expected one of `op`, `name`, `to`");
        let constraint = json!({"op": "create_table", "table": "t", "columns": [], "constraints": [
            {"kind": "check", "expr": "1", "columns": []}]});
        assert!(refusal(constraint).contains("unknown field `columns`"));
        assert!(refusal(json!({"op": "drop_everything"})).contains("unknown variant"));
        assert!(
            refusal(json!({"op": "set_collate", "table": "t", "column": "a"})).contains("collate")
        );
    }

    #[test]
    fn a_column_that_is_not_the_key_may_say_so() {
        let column = |key: &Value| {
            let column = json!({"name": "a", "primary_key": key});
            serde_json::from_value::<Column>(column).unwrap()
        };
        assert_eq!(column(&json!(false)), Column::untyped("a"));
        assert_eq!(column(&json!(true)), Column::untyped("a").primary_key());
        assert_eq!(column(&json!({"autoincrement": true})), Column::untyped("a").autoincrement());
    }

    #[test]
    fn contradictions_are_refused() {
        let both = json!({"op": "add_column", "table": "t", "column": {"name": "a"},
            "after": "b", "before": "c"});
        assert!(refusal(both).contains("not both"));
        assert!(refusal(json!({"op": "drop_constraint", "table": "t"})).contains("is given by"));
        let index = json!({"op": "add_index", "table": "t", "columns": [{"desc": true}]});
        assert!(refusal(index).contains("either `column` or `expr`"));
    }
}
