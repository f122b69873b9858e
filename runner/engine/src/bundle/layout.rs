//! The one form that a bundle has: a tar archive whose every byte follows from its manifest.
//!
//! ```text
//! manifest.sha256            the SHA-256 of the next, as `sha256sum` writes it
//! manifest.json
//! migrations/ID.zst          for each migration, oldest first: its library, compressed
//! ```
//!
//! Each is a header of 512 bytes, the bytes themselves, and zeros up to the next 512; two blocks of
//! zeros are the end. A header says nothing but a name and a size: no owner, no time, no right that
//! differs. What is read is compared with it, never interpreted: so there is no link, no path, no
//! second entry of one name that could be believed.

use tar::{EntryType, Header};

use super::failure::Flaw;
use super::manifest::{Bundled, Manifest};

/// All lengths in a tar archive are multiples of this.
pub(super) const BLOCK: u64 = 512;

/// The end of the archive: two blocks of zeros.
pub(super) const END: u64 = 2 * BLOCK;

pub(super) const DIGEST_NAME: &str = "manifest.sha256";
pub(super) const MANIFEST_NAME: &str = "manifest.json";

/// How long [`digest_line`] is.
pub(super) const DIGEST_SIZE: u64 = 64 + 2 + MANIFEST_NAME.len() as u64 + 1;

/// What stands in the first entry about a manifest with this digest: `sha256sum --check` reads it.
pub(super) fn digest_line(sha256: &str) -> String {
    format!("{sha256}  {MANIFEST_NAME}\n")
}

/// The name of the entry of a migration. A name in tar has 100 bytes, and an id may have more; its
/// stamp, which stands first, is its own.
pub(super) fn name(bundled: &Bundled) -> String {
    const ENOUGH: usize = 80;
    let id = bundled.id.as_str();
    format!("migrations/{}.zst", id.get(..ENOUGH).unwrap_or(id))
}

/// How many zeros follow `size` bytes.
pub(super) fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}

/// The header of an entry.
pub(super) fn header(name: &str, size: u64) -> [u8; BLOCK as usize] {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    // All names here are short and relative.
    let written = header.set_path(name);
    debug_assert!(written.is_ok(), "{name}");
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    *header.as_bytes()
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

/// Compares bytes that carry nothing.
///
/// # Errors
/// They are not all zero.
pub(super) fn check_zeros(found: &[u8], after: &str) -> Result<(), Flaw> {
    match found.iter().all(|byte| *byte == 0) {
        true => Ok(()),
        false => Err(Flaw::Padding { after: after.to_owned() }),
    }
}

/// What a header that should not be there says, for a person to read.
fn described(found: &[u8], expected: &str) -> String {
    if found.iter().all(|byte| *byte == 0) {
        return "the end".to_owned();
    }
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(found);
    if !is_sound(&header) {
        return "something that is no entry".to_owned();
    }
    let name = String::from_utf8_lossy(&header.path_bytes()).escape_debug().to_string();
    match header.entry_type() {
        EntryType::Regular if name == expected => "one with another header".to_owned(),
        EntryType::Regular => format!("an entry `{name}`"),
        EntryType::Symlink | EntryType::Link => format!("a link `{name}`"),
        _ => format!("`{name}`, which is no file"),
    }
}

/// Whether the sum in a header is that of its bytes.
fn is_sound(header: &Header) -> bool {
    let mut summed = header.clone();
    summed.set_cksum();
    header.cksum().is_ok_and(|sum| summed.cksum().is_ok_and(|right| sum == right))
}

#[cfg(test)]
mod tests {
    use super::super::manifest::sha256;
    use super::*;

    #[test]
    fn a_header_stays_as_it_is_to_the_byte() {
        // Bundles that are deployed have these bytes.
        let sum = sha256(&header("migrations/20250101_000000_a.zst", 1234));
        insta::assert_snapshot!(sum, @"7386e0bb8167cf2d117611e1d07845aa8b57494c4ec2285f713a3dc4edb086db");
    }

    #[test]
    fn what_is_there_instead_is_named() {
        let mut link = Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_path("a").unwrap();
        link.set_link_name("/etc/passwd").unwrap();
        link.set_size(0);
        link.set_cksum();
        assert_eq!(described(link.as_bytes(), "x"), "a link `a`");
        assert_eq!(described(&header("b", 1), "x"), "an entry `b`");
        assert_eq!(described(&header("b", 1), "b"), "one with another header");
        assert_eq!(described(&[0; 512], "x"), "the end");
        assert_eq!(described(&[7; 512], "x"), "something that is no entry");
    }
}
