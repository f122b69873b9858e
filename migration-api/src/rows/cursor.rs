//! The place between two batches, as bytes that outlive the process.
//!
//! A version; the text of the key, so that a checkpoint is not used on another one; the schema version, if the
//! key is a bare rowid; and each value of the key with its storage class.

use rusqlite::types::ValueRef;

use super::cells::Cells;
use super::key::{Key, KeyKind};

const VERSION: u8 = 1;

/// Where a pass stands.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    /// The key of the last row that was seen; empty before the first.
    pub(super) key: Cells,
    /// `PRAGMA schema_version` when the pass began: VACUUM changes it, and bare rowids.
    pub(super) schema_version: i64,
}

impl Cursor {
    pub(super) fn encode(&self, key: &Key) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, key.description().as_bytes());
        if key.kind == KeyKind::Rowid {
            bytes.extend(self.schema_version.to_be_bytes());
        }
        for value in self.key.range(0, self.key.len()) {
            match value {
                ValueRef::Null => bytes.push(b'n'),
                ValueRef::Integer(integer) => {
                    bytes.push(b'i');
                    bytes.extend(integer.to_be_bytes());
                }
                ValueRef::Real(real) => {
                    bytes.push(b'r');
                    bytes.extend(real.to_bits().to_be_bytes());
                }
                ValueRef::Text(text) => {
                    bytes.push(b't');
                    put(&mut bytes, text);
                }
                ValueRef::Blob(blob) => {
                    bytes.push(b'b');
                    put(&mut bytes, blob);
                }
            }
        }
        bytes
    }

    /// Reads what [`Self::encode`] wrote for `key`, or says why it cannot be used.
    pub(super) fn decode(bytes: &[u8], key: &Key) -> Result<Self, &'static str> {
        const DAMAGED: &str = "its checkpoint is damaged";
        const VERSION_UNKNOWN: &str =
            "its checkpoint is of another version of migration-api; build with that one";
        const OTHER_KEY: &str = "the table has another key than when it began, or the migration names another table; undo that change";
        let mut bytes = Bytes(bytes);
        if bytes.take::<1>() != Some([VERSION]) {
            return Err(VERSION_UNKNOWN);
        }
        if bytes.text().ok_or(DAMAGED)? != key.description().as_bytes() {
            return Err(OTHER_KEY);
        }
        let mut cursor = Self::default();
        if key.kind == KeyKind::Rowid {
            cursor.schema_version = i64::from_be_bytes(bytes.take().ok_or(DAMAGED)?);
        }
        while !bytes.0.is_empty() {
            cursor.key.push(bytes.value().ok_or(DAMAGED)?);
        }
        if cursor.key.len() == key.width() { Ok(cursor) } else { Err(DAMAGED) }
    }
}

fn put(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend((text.len() as u64).to_be_bytes());
    bytes.extend(text);
}

struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.0.split_first_chunk()?;
        self.0 = left;
        Some(*taken)
    }

    fn text(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(u64::from_be_bytes(self.take()?)).ok()?;
        let (taken, left) = self.0.split_at_checked(length)?;
        self.0 = left;
        Some(taken)
    }

    fn value(&mut self) -> Option<ValueRef<'b>> {
        Some(match &self.take()? {
            b"i" => ValueRef::Integer(i64::from_be_bytes(self.take()?)),
            b"r" => ValueRef::Real(f64::from_bits(u64::from_be_bytes(self.take()?))),
            b"t" => ValueRef::Text(self.text()?),
            b"b" => ValueRef::Blob(self.text()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::key::KeyPart;

    fn key(kind: KeyKind, width: usize) -> Key {
        let parts = (0..width).map(|at| KeyPart::plain(format!("c{at}"))).collect();
        Key { kind, parts }
    }

    #[test]
    fn a_place_comes_back_with_each_storage_class_and_the_schema_version() {
        let values = [
            ValueRef::Integer(i64::MIN),
            ValueRef::Real(-0.0),
            ValueRef::Text(b"\0\xff"),
            ValueRef::Blob(b""),
        ];
        for kind in [KeyKind::Rowid, KeyKind::PrimaryKey { index: "i".into() }] {
            let key = key(kind, 4);
            let mut cursor = Cursor { schema_version: 7, ..Cursor::default() };
            values.iter().for_each(|value| cursor.key.push(*value));
            let back = Cursor::decode(&cursor.encode(&key), &key).unwrap();
            assert_eq!(back.key.range(0, 4).collect::<Vec<_>>(), values);
            assert_eq!(back.schema_version, if key.kind == KeyKind::Rowid { 7 } else { 0 });
        }
    }

    #[test]
    fn no_other_bytes_are_a_place() {
        let one = key(KeyKind::IntegerPrimaryKey, 1);
        let mut cursor = Cursor::default();
        cursor.key.push(ValueRef::Text(b"abc"));
        let bytes = cursor.encode(&one);
        for end in 0..bytes.len() {
            assert!(Cursor::decode(&bytes[..end], &one).is_err(), "{end}");
        }
        assert!(Cursor::decode(&[&bytes, b"i".as_slice()].concat(), &one).is_err());
        assert!(Cursor::decode(&bytes, &key(KeyKind::IntegerPrimaryKey, 2)).is_err());
        assert!(Cursor::decode(&bytes, &key(KeyKind::Rowid, 1)).is_err());
    }
}
