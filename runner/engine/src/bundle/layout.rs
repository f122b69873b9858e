//! The format of a bundle: a tar archive whose every byte follows from its manifest.
//!
//! ```text
//! manifest.sha256            the SHA-256 of the next, as `sha256sum` writes it
//! manifest.json
//! migrations/ID.zst          for each migration, oldest first: its library, compressed
//! ```
//!
//! Each entry is a header of 512 bytes, the bytes themselves, and zeros up to the next 512; two blocks
//! of zeros are the end. A header holds nothing but a name and a size: no owner, no time, no permission
//! that varies. What is read is compared with it and never interpreted, so a link, a path, or a second
//! entry of one name cannot be smuggled in.

use super::failure::Flaw;
use super::header::{BLOCK, described, header};
use super::manifest::{Bundled, Manifest};

/// The end of the archive: two blocks of zeros.
pub(super) const END: u64 = 2 * BLOCK;

pub(super) const DIGEST_NAME: &str = "manifest.sha256";
pub(super) const MANIFEST_NAME: &str = "manifest.json";

/// How long [`digest_line`] is.
pub(super) const DIGEST_SIZE: u64 = 64 + 2 + MANIFEST_NAME.len() as u64 + 1;

/// The text of the first entry for a manifest with this digest: `sha256sum --check` reads it.
pub(super) fn digest_line(sha256: &str) -> String {
    format!("{sha256}  {MANIFEST_NAME}\n")
}

/// The name of the entry of a migration. A name in tar has 100 bytes, and an id may have more; its
/// stamp, which is first, is its own.
pub(super) fn name(bundled: &Bundled) -> String {
    const ENOUGH: usize = 80;
    let id = bundled.id.as_str();
    format!("migrations/{}.zst", id.get(..ENOUGH).unwrap_or(id))
}

/// How many zeros follow `size` bytes.
pub(super) fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}

/// How many bytes come before the migrations.
pub(super) fn beginning(manifest: u64) -> u64 {
    entry(DIGEST_SIZE) + entry(manifest)
}

/// How long the whole bundle is.
pub(super) fn length(manifest: &Manifest, manifest_size: u64) -> u64 {
    let migrations: u64 = manifest.migrations.iter().map(|m| entry(m.packed.size)).sum();
    beginning(manifest_size) + migrations + END
}

/// How long an entry is that holds `size` bytes.
pub(super) fn entry(size: u64) -> u64 {
    BLOCK + size.next_multiple_of(BLOCK)
}

/// Compares the header of an entry.
///
/// # Errors
/// It is another, which is named.
pub(super) fn check_header(found: &[u8], name: &str, size: u64) -> Result<(), Flaw> {
    if found == header(name, size) {
        return Ok(());
    }
    Err(Flaw::Entry { expected: name.to_owned(), found: described(found, name) })
}

/// Compares padding.
///
/// # Errors
/// They are not all zero.
pub(super) fn check_zeros(found: &[u8], after: &str) -> Result<(), Flaw> {
    match found.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(Flaw::Padding { after: after.to_owned() }),
    }
}
