//! Unpacks a library, and inspects it before any code of it may run.

use memchr::memmem;

use super::compress::{First, decompress};
use super::failure::Flaw;
use super::layout::name;
use super::manifest::Bundled;
use crate::load::{Export, brings_sqlite, inspect_bytes};

/// Unpacks the library of `bundled`, and compares it with its digest. All but the `first` of a bundle
/// are packed as their difference from that.
pub(super) fn unpack(bundled: &Bundled, packed: &[u8], first: First<'_>) -> Result<Vec<u8>, Flaw> {
    decompress(packed, first, bundled.library.size)
        .filter(|library| bundled.library.is_of(library))
        .ok_or_else(|| Flaw::Changed { entry: name(bundled) })
}

/// As [`unpack`], for a library that was compared before. The packed bytes are read and compared
/// instead: they are a hundredth, and the same bytes give the same library.
pub(super) fn unpack_again(
    bundled: &Bundled,
    packed: &[u8],
    first: First<'_>,
) -> Result<Vec<u8>, Flaw> {
    let changed = || Flaw::Changed { entry: name(bundled) };
    if !bundled.packed.is_of(packed) {
        return Err(changed());
    }
    decompress(packed, first, bundled.library.size).ok_or_else(changed)
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
