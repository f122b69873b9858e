//! Walks through a whole bundle, and unpacks what is wanted of it.
//!
//! Each byte is read once. What is verified in memory is what is written to a folder that only this
//! user can enter, and that is what is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::PoisonError;

use memchr::memmem;
use tempfile::TempDir;

use super::compress::decompress;
use super::failure::{BundleError, Flaw};
use super::layout::{BLOCK, END, check_header, check_zeros, name, padding};
use super::manifest::Bundled;
use super::open::{Bundle, Shared};
use crate::id::MigrationId;
use crate::load::{Artifact, Export, brings_sqlite, inspect};

/// What was unpacked so far. It is removed with the last clone of the bundle.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    folder: Option<TempDir>,
    libraries: BTreeMap<MigrationId, PathBuf>,
}

impl Bundle {
    /// Reads all of it, and compares every byte with what the manifest says. Nothing is unpacked.
    ///
    /// # Errors
    /// It is not as it was packed; it cannot be read.
    pub fn verify(&self) -> Result<(), BundleError> {
        self.0.walk(|_, _| Ok(())).map_err(|flaw| flaw.of(&self.0.name))
    }

    /// Verifies all of it, and gives the libraries of `wanted` in the order of their ids, unpacked to
    /// a private folder. They are there as long as this bundle or a clone of it.
    ///
    /// # Errors
    /// As [`Self::verify`]; a library that is no migration for this runner, or that brings an SQLite
    /// of its own; no room for it.
    pub(crate) fn unpack(&self, wanted: &[&MigrationId]) -> Result<Vec<Artifact>, BundleError> {
        let mut unpacked = self.0.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.unpack(wanted, &mut unpacked).map_err(|flaw| flaw.of(&self.0.name))?;
        let wanted = self.0.manifest.migrations.iter().filter(|m| wanted.contains(&&m.id));
        let artifacts = wanted.map(|bundled| Artifact {
            id: bundled.id.clone(),
            library: unpacked.libraries[&bundled.id].clone(),
            source_digest: bundled.source_digest.clone(),
        });
        Ok(artifacts.collect())
    }
}

impl Shared {
    /// Hands each library to `take` as it lies in the archive. All is compared in the end; until then
    /// nothing that was taken is to be used.
    fn walk(&self, mut take: impl FnMut(&Bundled, &[u8]) -> Result<(), Flaw>) -> Result<(), Flaw> {
        self.content.from(self.head.len() as u64, |bytes| {
            for bundled in &self.manifest.migrations {
                let name = name(bundled);
                check_header(&next(bytes, BLOCK)?, &name, bundled.packed.size)?;
                let packed = next(bytes, bundled.packed.size)?;
                if !bundled.packed.is_of(&packed) {
                    return Err(Flaw::Changed { entry: name });
                }
                check_zeros(&next(bytes, padding(bundled.packed.size))?, &name)?;
                take(bundled, &packed)?;
            }
            check_zeros(&next(bytes, END)?, "the last migration")
        })
    }

    /// Unpacks what of `wanted` is not unpacked yet. If anything is wrong, none of it counts.
    fn unpack(&self, wanted: &[&MigrationId], unpacked: &mut Unpacked) -> Result<(), Flaw> {
        let is_missing = |id: &MigrationId| !unpacked.libraries.contains_key(id);
        let missing: BTreeSet<_> = wanted.iter().copied().filter(|id| is_missing(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let folder = match unpacked.folder.take() {
            Some(folder) => folder,
            None => private_folder().map_err(Flaw::NoRoom)?,
        };
        let folder = unpacked.folder.insert(folder);
        let mut libraries = BTreeMap::new();
        let mut first = None;
        self.walk(|bundled, packed| {
            let is_missing = missing.contains(&bundled.id);
            if !is_missing && first.is_some() {
                return Ok(());
            }
            let library = library(bundled, packed, first.as_deref().unwrap_or_default())?;
            if is_missing {
                let path = folder.path().join(format!("{}.library", bundled.id.stamp()));
                fs::write(&path, &library).map_err(Flaw::NoRoom)?;
                inspect(&path, Export::Migration, &bundled.source_digest)
                    .map_err(|source| Flaw::Library { id: bundled.id.clone(), source })?;
                libraries.insert(bundled.id.clone(), path);
            }
            first.get_or_insert(library);
            Ok(())
        })?;
        unpacked.libraries.extend(libraries);
        Ok(())
    }
}

/// The next `size` bytes. So many are there: the length of the whole was compared.
fn next(bytes: &mut dyn Read, size: u64) -> Result<Vec<u8>, Flaw> {
    let mut piece = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
    bytes.read_exact(&mut piece)?;
    Ok(piece)
}

/// A library as it was before it was packed. `first` is the first of the bundle.
fn library(bundled: &Bundled, packed: &[u8], first: &[u8]) -> Result<Vec<u8>, Flaw> {
    let library = decompress(packed, first, bundled.library.size)
        .filter(|library| bundled.library.is_of(library))
        .ok_or_else(|| Flaw::Changed { entry: name(bundled) })?;
    // What the descriptor says is only known once it is loaded, and then code of it has run.
    if memmem::find(&library, bundled.id.as_str().as_bytes()).is_none() {
        return Err(Flaw::OtherMigration { id: bundled.id.clone() });
    }
    if brings_sqlite(&library) {
        return Err(Flaw::BringsSqlite { id: bundled.id.clone() });
    }
    Ok(library)
}

/// A folder that only this user can enter.
fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("runner-bundle-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_enter_the_folder() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = private_folder().unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
