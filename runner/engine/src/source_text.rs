//! The source of a migration as its author wrote it, and how it is kept: packed, in the log and in bundles.

use std::collections::BTreeMap;

use ct_codecs::{Base64, Decoder as _, Encoder as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::packed_text::{join, pack, split, unpack};
use crate::sum::sha256;

/// What most sources are alike in, so that it takes no room. Never changed: what is kept was packed with it.
const COMMON: &[u8] = include_bytes!("common_source.txt");

/// The files of a migration: the path of each below its folder, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceText(pub BTreeMap<String, String>);

impl SourceText {
    /// A larger file is not kept, in bytes.
    const LARGEST_FILE: usize = 64 * 1024;

    /// Nor is what comes after so many.
    const LARGEST: usize = 256 * 1024;

    /// Adds the file `path`. Of one that is large, or no text, only its sum is kept.
    pub fn add(&mut self, path: &str, content: &[u8]) {
        let size: usize = self.0.values().map(String::len).sum();
        let fits = content.len() <= Self::LARGEST_FILE && size + content.len() <= Self::LARGEST;
        let text = match str::from_utf8(content) {
            Ok(text) if fits && !text.contains('\0') => text.replace("\r\n", "\n"),
            _ => format!("({} bytes with the SHA-256 {})\n", content.len(), sha256(content)),
        };
        self.0.insert(path.to_owned(), text);
    }

    /// The same in little room.
    #[must_use]
    pub fn pack(&self) -> PackedSource {
        let parts = self.0.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
        PackedSource(pack(&join(parts), COMMON))
    }
}

/// A source in little room. Others can read it: it is not compared with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSource(Vec<u8>);

impl PackedSource {
    /// What was read from somewhere.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_owned())
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The source; `None`: these bytes are none.
    #[must_use]
    pub fn unpack(&self) -> Option<SourceText> {
        let joined = unpack(&self.0, COMMON)?;
        let parts = split(&joined)?;
        let text = |part: &[u8]| str::from_utf8(part).ok().map(str::to_owned);
        let file = |pair: &[&[u8]]| match pair {
            [path, content] => Some((text(path)?, text(content)?)),
            _ => None,
        };
        parts.chunks(2).map(file).collect::<Option<_>>().map(SourceText)
    }
}

impl Serialize for PackedSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Base64::encode_to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for PackedSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Base64::decode_to_vec(text, None).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_comes_back_and_what_most_have_takes_next_to_nothing() {
        let mut source = SourceText::default();
        assert_eq!(source.pack().unpack(), Some(source.clone()));
        let migration = "//! Create a.\n\nuse migration_api::prelude::*;\n\n#[derive(Default)]\npub struct CreateA;\n\n\
            impl Migration for CreateA {\n    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n        \
            migrator.create_table(Table::new(\"a\").column(Column::text(\"x\")))\n    }\n\n    \
            fn migrate_backward(&self, migrator: &mut Migrator) -> Result {\n        migrator.drop_table(\"a\")\n    }\n}\n\n\
            export_migration!(CreateA);\n";
        source.add("src/lib.rs", migration.replace('\n', "\r\n").as_bytes());
        assert_eq!(source.0["src/lib.rs"], migration);
        let packed = source.pack();
        assert!(packed.0.len() < 200, "{}", packed.0.len());
        source.add("large.csv", &vec![b'x'; SourceText::LARGEST_FILE + 1]);
        source.add("no_text", b"a\0\xff");
        assert!(source.0["large.csv"].starts_with("(65537 bytes with"));
        let packed = source.pack();
        assert_eq!(packed.unpack(), Some(source));
        let text = serde_json::to_string(&packed).unwrap();
        assert_eq!(serde_json::from_str::<PackedSource>(&text).unwrap(), packed);
    }

    /// It is in databases: what was packed is unpacked by every later runner.
    #[test]
    fn what_is_common_is_what_it_always_was() {
        assert_eq!(
            sha256(COMMON),
            "65b560566a494fa5e0500dcd7da0205142404914a789c8348eb2a81ee14578b8"
        );
    }
}
