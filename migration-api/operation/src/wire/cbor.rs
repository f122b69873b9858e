//! Values as CBOR.

use minicbor::data::Type;
use minicbor::decode::Error as DecodeError;
use minicbor::encode::Error as EncodeError;
use minicbor::{Decoder, Encoder};

use crate::value::{Map, Value};

/// More than operations and refusals are nested, and less than a stack holds.
const DEEPEST: usize = 32;

/// The bytes of `value`.
pub(super) fn write(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // A Vec takes all that is written to it.
    let Ok(()) = put(&mut encoder, value);
    encoder.into_writer()
}

type Written = Result<(), EncodeError<std::convert::Infallible>>;

fn put(encoder: &mut Encoder<Vec<u8>>, value: &Value) -> Result<(), std::convert::Infallible> {
    let _: Written = match value {
        Value::Null => encoder.null().map(drop),
        Value::Boolean(it) => encoder.bool(*it).map(drop),
        Value::Integer(number) => encoder.i64(*number).map(drop),
        Value::Text(text) => encoder.str(text).map(drop),
        Value::List(values) => encoder.array(values.len() as u64).map(drop),
        Value::Map(map) => encoder.map(map.entries.len() as u64).map(drop),
    };
    match value {
        Value::List(values) => values.iter().try_for_each(|value| put(encoder, value)),
        Value::Map(map) => map.entries.iter().try_for_each(|(name, value)| {
            let _: Written = encoder.str(name).map(drop);
            put(encoder, value)
        }),
        _ => Ok(()),
    }
}

/// The one value that `bytes` hold.
///
/// # Errors
/// What is wrong with them.
pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    let mut decoder = Decoder::new(bytes);
    let value = take(&mut decoder, DEEPEST).map_err(|error| error.to_string())?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err("more than one value".into()) }
}

fn take(decoder: &mut Decoder<'_>, deepest: usize) -> Result<Value, DecodeError> {
    let Some(deeper) = deepest.checked_sub(1) else {
        return Err(DecodeError::message("nested too deeply"));
    };
    Ok(match decoder.datatype()? {
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::Bool => Value::Boolean(decoder.bool()?),
        Type::String => Value::Text(decoder.str()?.to_owned()),
        Type::Array => {
            let count = decoder.array()?.unwrap_or_default();
            Value::List((0..count).map(|_| take(decoder, deeper)).collect::<Result<_, _>>()?)
        }
        Type::Map => {
            let count = decoder.map()?.unwrap_or_default();
            let entry = |_| {
                let name = decoder.str()?.to_owned().into();
                Ok((name, take(decoder, deeper)?))
            };
            let entries = (0..count).map(entry).collect::<Result<_, DecodeError>>()?;
            Value::Map(Map::of(entries))
        }
        _ => Value::Integer(decoder.i64()?),
    })
}
