//! How Rust's types become values and come back: a table of fields for each type, in [`crate::fields`] and
//! [`crate::refusal`], and no second one.
//!
//! What is `#[inline]` is compiled in the crate that uses it. A migration reads no operations and the host writes
//! none, and neither waits for the compiler because of the other.

use std::borrow::Cow;

use super::value::{Map, Unreadable, Value};

/// What is one value.
pub(crate) trait Field: Sized {
    fn to_value(&self) -> Value;
    fn from_value(value: Value) -> Result<Self, Unreadable>;
}

/// What is several values with names.
pub(crate) trait Record: Sized {
    fn write(&self, map: &mut Map);
    /// Takes what it needs from `map` and leaves the rest.
    fn read(map: &mut Map) -> Result<Self, Unreadable>;
}

/// The map that holds `record` and nothing else.
pub(crate) fn map_of(record: &impl Record) -> Value {
    let mut map = Map::default();
    record.write(&mut map);
    Value::Map(map)
}

/// The record that `value` holds, and nothing else.
pub(crate) fn record_in<R: Record>(value: Value) -> Result<R, Unreadable> {
    let Value::Map(mut map) = value else { return Err(Unreadable::Invalid("expected a map")) };
    match (R::read(&mut map), map.finish()) {
        (Ok(record), finished) => finished.map(|()| record),
        // Of a variant that is not known, no field is.
        (Err(error @ Unreadable::UnknownVariant { .. }), _) | (Err(error), Ok(())) => Err(error),
        // A name that is misspelled is missing as well: the one that is there says more.
        (Err(_), Err(unknown)) => Err(unknown),
    }
}

/// A field that is always written, and has to be there.
pub(crate) mod required {
    use super::{Field, Map, Unreadable};

    pub(crate) fn write<F: Field>(map: &mut Map, name: &'static str, field: &F) {
        map.put(name, field.to_value());
    }

    pub(crate) fn read<F: Field>(map: &mut Map, name: &'static str) -> Result<F, Unreadable> {
        F::from_value(map.take(name).ok_or(Unreadable::MissingField(name))?)
    }
}

/// A field that is left out where it says nothing: false, empty, none.
pub(crate) mod optional {
    use super::{Field, Map, Unreadable};

    pub(crate) fn write<F: Field + Default + PartialEq>(
        map: &mut Map,
        name: &'static str,
        field: &F,
    ) {
        if *field != F::default() {
            map.put(name, field.to_value());
        }
    }

    pub(crate) fn read<F: Field + Default>(
        map: &mut Map,
        name: &'static str,
    ) -> Result<F, Unreadable> {
        map.take(name).map_or_else(|| Ok(F::default()), F::from_value)
    }
}

/// As [`optional`], and `false` says the same.
pub(crate) mod unless_false {
    pub(crate) use super::optional::write;
    use super::{Field, Map, Unreadable, Value};

    pub(crate) fn read<F: Field + Default>(
        map: &mut Map,
        name: &'static str,
    ) -> Result<F, Unreadable> {
        match map.take(name) {
            None | Some(Value::Boolean(false)) => Ok(F::default()),
            Some(value) => F::from_value(value),
        }
    }
}

/// A field whose own fields are beside those of what it is in.
pub(crate) mod flat {
    use super::{Map, Record, Unreadable};

    pub(crate) fn write<R: Record>(map: &mut Map, _name: &'static str, record: &R) {
        record.write(map);
    }

    pub(crate) fn read<R: Record>(map: &mut Map, _name: &'static str) -> Result<R, Unreadable> {
        R::read(map)
    }
}

/// The name of a field: its own, unless another is given.
macro_rules! name_of {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// The fields of structs: `Type { field: mode, field as "name": mode }`.
macro_rules! records {
    ($($type:ident { $($field:ident $(as $name:literal)?: $mode:ident),* $(,)? })*) => {$(
        impl $crate::codec::Record for $type {
            #[inline]
            fn write(&self, map: &mut $crate::value::Map) {
                $($crate::codec::$mode::write(
                    map,
                    $crate::codec::name_of!($field $($name)?),
                    &self.$field,
                );)*
            }

            #[inline]
            fn read(map: &mut $crate::value::Map) -> Result<Self, $crate::value::Unreadable> {
                // All are asked for before one is missed, so that `map` knows their names.
                $(let $field = $crate::codec::$mode::read(
                    map,
                    $crate::codec::name_of!($field $($name)?),
                );)*
                Ok(Self { $($field: $field?,)* })
            }
        }
    )*};
}

/// The variants of an enum by a tag, with their fields: `Type by "key": "tag" = Variant { .. }`. What a tuple
/// holds is given a name.
macro_rules! variants {
    ($type:ident by $key:literal: $(
        $tag:literal = $variant:ident
            $(($one:ident: $one_mode:ident))?
            $({ $($field:ident $(as $name:literal)?: $mode:ident),* $(,)? })?
    ),* $(,)?) => {
        impl $crate::codec::Record for $type {
            #[inline]
            fn write(&self, map: &mut $crate::value::Map) {
                match self {$(
                    Self::$variant $(($one))? $({ $($field),* })? => {
                        map.put($key, $crate::value::Value::Text($tag.to_owned()));
                        $($crate::codec::$one_mode::write(map, stringify!($one), $one);)?
                        $($($crate::codec::$mode::write(
                            map,
                            $crate::codec::name_of!($field $($name)?),
                            $field,
                        );)*)?
                    }
                )*}
            }

            #[inline]
            fn read(map: &mut $crate::value::Map) -> Result<Self, $crate::value::Unreadable> {
                let tag: String = $crate::codec::required::read(map, $key)?;
                match tag.as_str() {
                    $($tag => {
                        $(let $one = $crate::codec::$one_mode::read(map, stringify!($one));)?
                        $($(let $field = $crate::codec::$mode::read(
                            map,
                            $crate::codec::name_of!($field $($name)?),
                        );)*)?
                        Ok(Self::$variant $(($one?))? $({ $($field: $field?),* })?)
                    })*
                    _ => Err($crate::value::Unreadable::UnknownVariant {
                        name: tag,
                        known: &[$($tag),*],
                    }),
                }
            }
        }
    };
}

/// Enums whose variants are words.
macro_rules! words {
    ($($type:ident { $($word:literal = $variant:ident),* $(,)? })*) => {$(
        impl $crate::codec::Field for $type {
            #[inline]
            fn to_value(&self) -> $crate::value::Value {
                $crate::value::Value::Text(match self { $(Self::$variant => $word,)* }.to_owned())
            }

            #[inline]
            fn from_value(
                value: $crate::value::Value,
            ) -> Result<Self, $crate::value::Unreadable> {
                let word = String::from_value(value)?;
                match word.as_str() {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::value::Unreadable::UnknownVariant {
                        name: word,
                        known: &[$($word),*],
                    }),
                }
            }
        }
    )*};
}

/// Records that stand somewhere as one value: a map.
macro_rules! maps {
    ($($type:ident)*) => {$(
        impl $crate::codec::Field for $type {
            #[inline]
            fn to_value(&self) -> $crate::value::Value {
                $crate::codec::map_of(self)
            }

            #[inline]
            fn from_value(
                value: $crate::value::Value,
            ) -> Result<Self, $crate::value::Unreadable> {
                $crate::codec::record_in(value)
            }
        }
    )*};
}

pub(crate) use {maps, name_of, records, variants, words};

impl Field for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(Unreadable::Invalid("expected text")),
        }
    }
}

impl Field for Cow<'static, str> {
    fn to_value(&self) -> Value {
        Value::Text(self.clone().into_owned())
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        String::from_value(value).map(Cow::Owned)
    }
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Boolean(*self)
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Boolean(it) => Ok(it),
            _ => Err(Unreadable::Invalid("expected true or false")),
        }
    }
}

impl Field for u32 {
    fn to_value(&self) -> Value {
        i64::from(*self).to_value()
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        let number = i64::from_value(value)?;
        Self::try_from(number).map_err(|_| Unreadable::Invalid("expected a number of 32 bits"))
    }
}

impl Field for i64 {
    fn to_value(&self) -> Value {
        Value::Integer(*self)
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Integer(number) => Ok(number),
            _ => Err(Unreadable::Invalid("expected a whole number")),
        }
    }
}

impl<F: Field> Field for Option<F> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Field::to_value)
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::Null => Ok(None),
            value => F::from_value(value).map(Some),
        }
    }
}

impl<F: Field> Field for Box<F> {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        F::from_value(value).map(Self::new)
    }
}

impl<F: Field> Field for Vec<F> {
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(Field::to_value).collect())
    }

    fn from_value(value: Value) -> Result<Self, Unreadable> {
        match value {
            Value::List(values) => values.into_iter().map(F::from_value).collect(),
            _ => Err(Unreadable::Invalid("expected a list")),
        }
    }
}
