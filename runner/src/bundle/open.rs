//! Opens a bundle: its manifest is read and believed, and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::content::Content;
use super::failure::{BundleError, Flaw};
use super::layout::{
    BLOCK, DIGEST_NAME, DIGEST_SIZE, MANIFEST_NAME, beginning, check_header, check_zeros,
    digest_line, length, padding,
};
use super::manifest::{Bundled, Manifest, sha256};
use super::unpack::Unpacked;
use crate::id::MigrationId;

/// The largest manifest, in bytes: that of a hundred thousand migrations is smaller.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;

/// Migrations in one file, or in the program itself. Clones share it.
#[derive(Debug, Clone)]
pub struct Bundle(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    /// What it is called where something is wrong with it.
    pub(super) name: String,
    pub(super) content: Content,
    /// Its beginning as it was read: all that comes before the migrations.
    pub(super) head: Vec<u8>,
    pub(super) manifest: Manifest,
    pub(super) unpacked: Mutex<Unpacked>,
}

impl Bundle {
    /// Opens the bundle at `path`, and keeps the file open.
    ///
    /// # Errors
    /// It cannot be read; its manifest is not what was packed, or not for this program; the file has
    /// another length than it says.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let name = format!("`{}`", path.display());
        let opened = || -> io::Result<Content> {
            // Before it is opened: to open a named pipe is to wait for its other end.
            if !fs::metadata(path)?.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
            }
            Content::file(File::open(path)?)
        };
        match opened() {
            Ok(content) => Self::of(name, content),
            Err(error) => Err(Flaw::Unreadable(error).of(&name)),
        }
    }

    /// A bundle that the program has in itself, by `include_bytes!`, or has read by itself.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BundleError> {
        Self::of("in this program".to_owned(), Content::Bytes(bytes.into()))
    }

    fn of(name: String, content: Content) -> Result<Self, BundleError> {
        let read = content.from(0, |bytes| read_head(bytes, content.length()));
        let (head, manifest) = read.map_err(|flaw| flaw.of(&name))?;
        let unpacked = Mutex::default();
        Ok(Self(Arc::new(Shared { name, content, head, manifest, unpacked })))
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The migrations in it, oldest first.
    pub fn migrations(&self) -> impl Iterator<Item = &MigrationId> {
        self.0.manifest.migrations.iter().map(|bundled| &bundled.id)
    }

    /// The digest of the source of each.
    pub(crate) fn source_digests(&self) -> BTreeMap<MigrationId, String> {
        let all = self.0.manifest.migrations.iter();
        all.map(|bundled| (bundled.id.clone(), bundled.source_digest.clone())).collect()
    }

    /// The digest of the source of `id`, if it is in here.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Option<&str> {
        self.find(id).map(|bundled| bundled.source_digest.as_str())
    }

    pub(super) fn find(&self, id: &MigrationId) -> Option<&Bundled> {
        let migrations = &self.0.manifest.migrations;
        let place = migrations.binary_search_by(|bundled| bundled.id.cmp(id)).ok()?;
        Some(&migrations[place])
    }
}

/// Reads and checks all that comes before the migrations of a bundle of `whole` bytes.
fn read_head(bytes: &mut dyn Read, whole: u64) -> Result<(Vec<u8>, Manifest), Flaw> {
    let mut head = Head { bytes, whole, read: Vec::new() };
    let header = head.next(BLOCK)?;
    check_header(&header, DIGEST_NAME, DIGEST_SIZE).map_err(|_| Flaw::NoBundle)?;
    let line = head.next(DIGEST_SIZE)?;
    check_zeros(&head.next(padding(DIGEST_SIZE))?, DIGEST_NAME)?;
    let header = head.next(BLOCK)?;
    let size = tar::Header::from_byte_slice(&header).entry_size().unwrap_or(0);
    check_header(&header, MANIFEST_NAME, size)?;
    if size > LARGEST_MANIFEST {
        return Err(Flaw::ManifestTooLarge { size });
    }
    let text = head.next(size)?;
    if line != digest_line(&sha256(&text)).as_bytes() {
        return Err(Flaw::Changed { entry: MANIFEST_NAME.to_owned() });
    }
    check_zeros(&head.next(padding(size))?, MANIFEST_NAME)?;
    let manifest = Manifest::read(&text)?;
    let expected = length(&manifest, size);
    debug_assert_eq!(head.read.len() as u64, beginning(size));
    match whole {
        _ if whole < expected => Err(Flaw::CutShort { expected, found: whole }),
        _ if whole > expected => Err(Flaw::Longer { expected, found: whole }),
        _ => Ok((head.read, manifest)),
    }
}

/// The beginning of a bundle, read piece by piece.
struct Head<'b> {
    bytes: &'b mut dyn Read,
    /// How long the bundle is: memory is taken for no more than there is.
    whole: u64,
    read: Vec<u8>,
}

impl Head<'_> {
    fn next(&mut self, size: u64) -> Result<Vec<u8>, Flaw> {
        let expected = self.read.len() as u64 + size;
        if expected > self.whole {
            return Err(Flaw::CutShort { expected, found: self.whole });
        }
        let mut piece = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        self.bytes.read_exact(&mut piece)?;
        self.read.extend_from_slice(&piece);
        Ok(piece)
    }
}
