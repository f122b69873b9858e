//! Opens a bundle: its manifest is read and trusted, and nothing else is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::content::Content;
use super::failure::{BundleError, Flaw};
use super::header;
use super::header::BLOCK;
use super::layout::{
    DIGEST_NAME, DIGEST_SIZE, MANIFEST_NAME, beginning, check_header, check_zeros, digest_line,
    length, padding,
};
use super::manifest::{Bundled, Manifest};
use crate::id::MigrationId;
use crate::regular_file;
use crate::squash::Replacements;
use crate::sum::sha256;

/// The largest manifest, in bytes: that of a hundred thousand migrations is smaller.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;

/// All migrations of an application, in one file or in the program itself. Clones share it.
#[derive(Debug, Clone)]
pub struct Bundle(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    /// Its name in errors.
    pub(super) name: String,
    pub(super) content: Content,
    /// Its beginning as it was read: all that comes before the migrations.
    pub(super) head: Vec<u8>,
    pub(super) manifest: Manifest,
    /// The SHA-256 of the manifest's text.
    pub(super) digest: String,
}

/// Bundles with the same manifest are the same: every byte follows from it.
impl PartialEq for Bundle {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Bundle {}

impl Bundle {
    /// Opens the bundle at `path`, and keeps the file open.
    ///
    /// # Errors
    /// It cannot be read; its manifest is not what was packed, or not for this program; the file has
    /// another length than it says.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        Self::open_for_any_platform(path)?.for_this_platform()
    }

    /// As [`Self::open`], for whatever program it is: nothing of it may be loaded.
    pub(super) fn open_for_any_platform(path: &Path) -> Result<Self, BundleError> {
        let name = format!("`{}`", path.display());
        let opened = || -> io::Result<Content> {
            // Before it is opened: to open a named pipe is to wait for its other end.
            if !fs::metadata(path)?.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
            }
            // It may be opened again by another process, which finds it by this name alone.
            Content::file(regular_file::open(path)?, fs::canonicalize(path)?)
        };
        match opened() {
            Ok(content) => Self::of(name, content),
            Err(error) => Err(Flaw::Unreadable(error).of(&name)),
        }
    }

    /// A bundle that is in the program, by `include_bytes!`, or that the program has read.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BundleError> {
        Self::of("in this program".to_owned(), Content::Bytes(bytes.into()))?.for_this_platform()
    }

    fn for_this_platform(self) -> Result<Self, BundleError> {
        match self.manifest().judge_platform() {
            Ok(()) => Ok(self),
            Err(flaw) => Err(flaw.of(&self.0.name)),
        }
    }

    fn of(name: String, content: Content) -> Result<Self, BundleError> {
        let Head { read: head, manifest, digest } =
            read_head(&content).map_err(|flaw| flaw.of(&name))?;
        Ok(Self(Arc::new(Shared { name, content, head, manifest, digest })))
    }

    /// Its manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The file that it was opened from; `None`: its bytes are the program's own.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.0.content.path()
    }

    /// The SHA-256 of its manifest, in hexadecimal digits. It stands for the whole bundle: what
    /// differs from the manifest in any byte is never loaded.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The same bundle, if it has this [digest](Self::digest).
    ///
    /// # Errors
    /// It has another one.
    pub fn with_digest(self, digest: &str) -> Result<Self, BundleError> {
        match self.digest() == digest {
            true => Ok(self),
            false => Err(Flaw::Replaced.of(&self.0.name)),
        }
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

    /// Those of `ids` that replace others, each with those.
    #[doc(hidden)]
    #[must_use]
    pub fn replacements_of(&self, ids: &[&MigrationId]) -> Replacements {
        let of = |id: &&MigrationId| {
            self.find(id).map(|bundled| (bundled.id.clone(), bundled.replaces.clone()))
        };
        let all = ids.iter().filter_map(of);
        all.filter(|(_, replaces)| !replaces.is_empty()).collect()
    }

    /// The digest of the source of `id`, if it is in here.
    #[must_use]
    pub fn source_digest(&self, id: &MigrationId) -> Option<&str> {
        self.find(id).map(|bundled| bundled.source_digest.as_str())
    }

    pub(super) fn find(&self, id: &MigrationId) -> Option<&Bundled> {
        let migrations = &self.0.manifest.migrations;
        let place = migrations.binary_search_by(|bundled| bundled.id.cmp(id)).ok()?;
        Some(&migrations[place])
    }
}

/// What comes before the migrations of a bundle.
struct Head {
    read: Vec<u8>,
    manifest: Manifest,
    digest: String,
}

/// Reads and checks all that comes before the migrations.
fn read_head(content: &Content) -> Result<Head, Flaw> {
    let mut read = Vec::new();
    let mut next = |size| -> Result<Vec<u8>, Flaw> {
        let piece = content.read(read.len() as u64, size)?.into_owned();
        read.extend_from_slice(&piece);
        Ok(piece)
    };
    let header = next(BLOCK)?;
    check_header(&header, DIGEST_NAME, DIGEST_SIZE).map_err(|_| Flaw::NoBundle)?;
    let line = next(DIGEST_SIZE)?;
    check_zeros(&next(padding(DIGEST_SIZE))?, DIGEST_NAME)?;
    let header = next(BLOCK)?;
    let size = header::size(&header).unwrap_or(0);
    check_header(&header, MANIFEST_NAME, size)?;
    if size > LARGEST_MANIFEST {
        return Err(Flaw::ManifestTooLarge { size });
    }
    let text = next(size)?;
    let digest = sha256(&text);
    if line != digest_line(&digest).as_bytes() {
        return Err(Flaw::Changed { entry: MANIFEST_NAME.to_owned() });
    }
    check_zeros(&next(padding(size))?, MANIFEST_NAME)?;
    let manifest = Manifest::read(&text)?;
    let expected = length(&manifest, size);
    debug_assert_eq!(read.len() as u64, beginning(size));
    match content.length() {
        found if found < expected => Err(Flaw::CutShort { expected, found }),
        found if found > expected => Err(Flaw::Longer { expected, found }),
        _ => Ok(Head { read, manifest, digest }),
    }
}
