//! What the log keeps of schemas: the text of all objects, or the difference of two schemas.

use std::collections::BTreeSet;

use crate::packed_text::{join, length_of, pack, split, unpack};
use crate::sum::Sum;

/// A schema: the text of each object, as `Objects` has it, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaText(BTreeSet<Vec<u8>>);

impl SchemaText {
    /// Of these objects, each with the text that [`Self::texts`] gives.
    pub fn of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Self {
        Self(texts.map(<[u8]>::to_owned).collect())
    }

    /// The text of each object: its name, its kind, its table and its definition, each after a NUL but the first.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The texts that `other` does not have.
    pub fn texts_beside<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = &'s [u8]> {
        self.0.difference(&other.0).map(Vec::as_slice)
    }

    /// The digest of the schema, as the history has it.
    pub(super) fn digest(&self) -> String {
        let mut sum = Sum::new();
        self.0.iter().for_each(|text| sum.part(text));
        sum.hex()
    }

    /// All of it, as [`Self::from_bytes`] reads it.
    pub(crate) fn bytes<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<u8> {
        pack(&join(texts), &[])
    }

    /// What [`Self::bytes`] gave.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(split(&unpack(bytes, &[])?)?.into_iter().map(<[u8]>::to_owned).collect()))
    }

    /// The schema after the change whose [`difference`] these are the bytes of.
    pub(super) fn changed_by(mut self, difference: &[u8]) -> Option<Self> {
        let (length, rest) = difference.split_first_chunk()?;
        let (names, packed) = rest.split_at_checked(length_of(length)?)?;
        let names: BTreeSet<&[u8]> = split(names)?.into_iter().collect();
        let gone: Vec<_> = self.0.iter().filter(|it| names.contains(name(it))).cloned().collect();
        if gone.len() != names.len() {
            return None;
        }
        let new = unpack(packed, &join(gone.iter().map(Vec::as_slice)))?;
        for text in &gone {
            self.0.remove(text);
        }
        self.0.extend(split(&new)?.into_iter().map(<[u8]>::to_owned));
        Some(self)
    }
}

/// The difference of two schemas: the names of the objects that are gone or say something else, and the texts that are
/// new, as what is another in them than in those that are gone. So a column more takes little, however wide the table.
pub(crate) fn difference(gone: &[&[u8]], new: &[&[u8]]) -> Vec<u8> {
    let names = join(gone.iter().map(|text| name(text)));
    let length = u32::try_from(names.len()).unwrap_or(u32::MAX).to_le_bytes();
    let packed = pack(&join(new.iter().copied()), &join(gone.iter().copied()));
    [length.as_slice(), &names, &packed].concat()
}

/// The name and the kind of the object with this text.
fn name(text: &[u8]) -> &[u8] {
    let end = memchr::memchr_iter(0, text).nth(1).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(tables: &[&str]) -> SchemaText {
        let texts: Vec<_> = tables
            .iter()
            .map(|it| {
                let name = it.split(' ').next().unwrap();
                format!("{name}\0table\0{name}\0CREATE TABLE {it}")
            })
            .collect();
        SchemaText::of(texts.iter().map(String::as_bytes))
    }

    #[test]
    fn a_schema_and_the_difference_of_two_come_back() {
        let before = schema(&["a (x)", "b (x)", "c (x)"]);
        let after =
            schema(&["a (x)", "b (x, y TEXT NOT NULL DEFAULT 'nothing that is short')", "d (x)"]);
        assert_eq!(
            SchemaText::from_bytes(&SchemaText::bytes(before.texts())),
            Some(before.clone())
        );
        let alone = |of: &SchemaText, other: &SchemaText| -> Vec<Vec<u8>> {
            of.0.difference(&other.0).cloned().collect()
        };
        let (gone, new) = (alone(&before, &after), alone(&after, &before));
        let slices = |texts: &[Vec<u8>]| texts.to_vec();
        let (gone, new) = (slices(&gone), slices(&new));
        let bytes = difference(
            &gone.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            &new.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        );
        assert_eq!(before.clone().changed_by(&bytes), Some(after.clone()));
        // Of another schema it is no difference.
        assert_eq!(schema(&["a (x)", "b (x)"]).changed_by(&bytes), None);
        for end in 0..bytes.len() {
            assert_ne!(before.clone().changed_by(&bytes[..end]), Some(after.clone()));
        }
        assert_eq!(before.changed_by(&[255; 9]), None);
    }
}
