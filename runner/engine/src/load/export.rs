//! The symbol that a library exports for the runner, and the version of its ABI.

use std::fmt::{self, Display, Formatter};
use std::mem::offset_of;

use migration_api::abi::{self, Descriptor};

use super::inspect::InspectError;
use crate::sum::hex;

/// A descriptor that a library exports under one symbol. Every kind has the same head.
#[derive(Debug, PartialEq, Eq)]
pub struct Export {
    /// The name of the symbol.
    pub symbol: &'static str,
    /// The first bytes of the descriptor.
    pub magic: [u8; 8],
    /// The version of its ABI.
    pub major: u16,
    /// The least size of a descriptor.
    pub smallest: usize,
    /// Where in a descriptor the digest of the source is, if the descriptor is so long.
    pub source_digest: usize,
    /// Its names in messages.
    pub words: ExportWords,
}

/// The names of an export in messages.
#[derive(Debug, PartialEq, Eq)]
pub struct ExportWords {
    /// What is exported.
    pub name: &'static str,
    /// Its descriptor.
    pub descriptor: &'static str,
    /// Its ABI.
    pub abi: &'static str,
    /// The macro that exports it.
    pub by: &'static str,
    /// The crate that the macro is of.
    pub package: &'static str,
    /// What to do where it is not exported.
    pub how_to_export: &'static str,
}

impl Export {
    /// A migration: `export_migration!`.
    pub const MIGRATION: &'static Self = &Self {
        symbol: abi::SYMBOL,
        magic: abi::MAGIC,
        major: abi::MAJOR,
        smallest: abi::SMALLEST_DESCRIPTOR as usize,
        source_digest: offset_of!(Descriptor, source_digest),
        words: ExportWords {
            name: "migration",
            descriptor: "migration's descriptor",
            abi: "the plugin ABI",
            by: "export_migration",
            package: "migration-api",
            how_to_export: "write `export_migration!(YourType);` at the end of its `src/lib.rs`",
        },
    };
}

impl Display for Export {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.words.name)
    }
}

/// The digest of its source that a library holds, which proves what it was built from: a SHA-256, or zeros if the compiler was not given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedDigest(pub [u8; 32]);

impl EmbeddedDigest {
    /// Refuses a library that was built from another source than that with the digest `expected`.
    ///
    /// # Errors
    /// It was, or it holds no digest.
    pub fn verify(self, expected: &str) -> Result<(), InspectError> {
        if self.0 == [0; 32] {
            return Err(InspectError::NoSource);
        }
        let found = hex(&self.0);
        if found == expected {
            Ok(())
        } else {
            Err(InspectError::OtherSource { found, expected: expected.to_owned() })
        }
    }
}

/// The part of a digest that people compare.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
