//! A hash of the values of a row, by which it is known again. It is stored, so that it is the same whatever builds or
//! runs the runner: the first half of a SHA-256.

use rusqlite::types::ValueRef;

use crate::sum::Sum;

/// The hash of a row.
pub(super) type Hash = [u8; 16];

/// Hashes rows, one after the other.
#[derive(Default)]
pub(super) struct RowHash {
    row: Vec<u8>,
}

impl RowHash {
    /// Adds a value to the row. Values of different types are never alike, nor are two rows with the same bytes in
    /// other values.
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.row.push(0),
            ValueRef::Integer(number) => {
                self.row.push(1);
                self.row.extend(number.to_le_bytes());
            }
            ValueRef::Real(number) => {
                self.row.push(2);
                self.row.extend(number.to_bits().to_le_bytes());
            }
            ValueRef::Text(bytes) => self.bytes(3, bytes),
            ValueRef::Blob(bytes) => self.bytes(4, bytes),
        }
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.row.push(kind);
        self.row.extend((bytes.len() as u64).to_le_bytes());
        self.row.extend(bytes);
    }

    /// The hash of the row. The next value begins another one.
    pub(super) fn finish(&mut self) -> Hash {
        let sum = Sum::of(&self.row);
        self.row.clear();
        let mut hash = Hash::default();
        hash.copy_from_slice(&sum[..size_of::<Hash>()]);
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sum;

    fn hash(values: &[ValueRef<'_>]) -> String {
        let mut row = RowHash::default();
        values.iter().for_each(|value| row.add(*value));
        sum::hex(&row.finish())
    }

    #[test]
    fn it_is_the_same_in_each_version() {
        let values = [
            ValueRef::Null,
            ValueRef::Integer(-7),
            ValueRef::Real(1.5),
            ValueRef::Text(b"Ada"),
            ValueRef::Blob(&[0, 255]),
        ];
        assert_eq!(hash(&values), "ff11b7e7b3c51820558ae27c38a3976b");
    }

    #[test]
    fn what_differs_in_type_or_place_differs() {
        let rows: [&[ValueRef<'_>]; 8] = [
            &[ValueRef::Integer(1)],
            &[ValueRef::Real(1.0)],
            &[ValueRef::Text(b"1")],
            &[ValueRef::Blob(b"1")],
            &[ValueRef::Null, ValueRef::Text(b"")],
            &[ValueRef::Text(b""), ValueRef::Null],
            &[ValueRef::Text(b"ab"), ValueRef::Text(b"c")],
            &[ValueRef::Text(b"a"), ValueRef::Text(b"bc")],
        ];
        let hashes: std::collections::BTreeSet<String> = rows.iter().map(|row| hash(row)).collect();
        assert_eq!(hashes.len(), rows.len());
    }
}
