//! Unpacks a library, and inspects it before any code of it may run.

use memchr::memmem;

use super::compress::{Decompressor, First};
use super::failure::Flaw;
use super::layout::name;
use super::manifest::Bundled;
use crate::load::{Export, brings_sqlite, inspect_bytes};

/// Unpacks one library after the other, into the same memory.
pub(super) struct Unpacker<'f>(Decompressor<'f>);

impl<'f> Unpacker<'f> {
    pub(super) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Unpacks the library of `bundled`. The packed bytes were compared, and the same bytes always give the same
    /// library: to compare that too would be to sum up many times as much. All but the `first` of a bundle are
    /// packed as their difference from that.
    pub(super) fn unpack(
        &mut self,
        bundled: &Bundled,
        packed: &[u8],
        first: First<'f>,
    ) -> Result<&[u8], Flaw> {
        self.0
            .decompress(packed, first, bundled.library.size)
            .ok_or_else(|| Flaw::Changed { entry: name(bundled) })
    }
}

/// Refuses a library that is not a migration for this program, not that of `bundled`, or that contains
/// an SQLite.
pub(super) fn judge(bundled: &Bundled, library: &[u8]) -> Result<(), Flaw> {
    let id = || bundled.id.clone();
    // What the descriptor says is only known once it is loaded, and then code of it has run.
    if memmem::find(library, bundled.id.as_str().as_bytes()).is_none() {
        return Err(Flaw::OtherMigration { id: id() });
    }
    if brings_sqlite(library) {
        return Err(Flaw::BringsSqlite { id: id() });
    }
    inspect_bytes(library, Export::MIGRATION, &bundled.source_digest)
        .map_err(|source| Flaw::Library { id: id(), source })
}
