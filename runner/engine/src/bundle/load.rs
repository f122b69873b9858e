//! Loads libraries of a bundle, each once in a process.
//!
//! The bytes that were compared in memory are the bytes that are loaded: see [`Loader`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::failure::{BundleError, Flaw};
use super::manifest::Bundled;
use super::open::{Bundle, Shared};
use super::source_frame::source_in;
use super::unpack::Unpacker;
use crate::id::MigrationId;
use crate::load::{Artifact, Library, LoadError, Loaded, Loader, Opened, Unloadable};
use crate::source_text::{PackedSource, SourceText};

/// What this process has loaded from bundles, by what it was unpacked from. An application that opens its
/// bundle once for each database loads a library the first time; two bundles with the same library, and the
/// same first one, share it.
static LOADED: Mutex<BTreeMap<UnpackedFrom, WithSource>> = Mutex::new(BTreeMap::new());

/// A library that is loaded, and the source that the bundle has of it.
#[derive(Clone)]
struct WithSource {
    opened: Opened,
    source: Option<PackedSource>,
}

/// What a library follows from: the SHA-256 of its packed bytes, and that of those of the first library of the
/// bundle. What the manifest says of the library itself is not compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct UnpackedFrom {
    packed: String,
    first: String,
}

/// Why a library of a bundle is not loaded.
pub(crate) enum LoadFailure {
    Bundle(BundleError),
    Library(LoadError),
}

impl From<BundleError> for LoadFailure {
    fn from(error: BundleError) -> Self {
        Self::Bundle(error)
    }
}

impl From<LoadError> for LoadFailure {
    fn from(error: LoadError) -> Self {
        Self::Library(error)
    }
}

impl Bundle {
    /// The artifact of `id`. Nothing is read.
    ///
    /// # Errors
    /// It is not in here.
    pub(crate) fn artifact(&self, id: &MigrationId) -> Result<Artifact, BundleError> {
        let bundled = self.find(id).ok_or_else(|| self.flaw(Flaw::Replaced))?;
        Ok(self.artifact_of(bundled))
    }

    fn artifact_of(&self, bundled: &Bundled) -> Artifact {
        Artifact {
            id: bundled.id.clone(),
            library: Library::Bundled(self.0.name.clone()),
            source_digest: bundled.source_digest.clone(),
            source: None,
            text: None,
            replaces: bundled.replaces.clone(),
        }
    }

    /// Loads `artifacts`. If one of them is not loaded yet, the whole bundle is verified first, and
    /// every library that is to be loaded is inspected: if one of them is wrong, no code of any other
    /// runs.
    ///
    /// # Errors
    /// As [`Self::verify`]; a library that is no migration for this runner, that brings an SQLite of
    /// its own, or that cannot be loaded.
    pub(crate) fn load<'a>(
        &self,
        artifacts: &[&'a Artifact],
    ) -> Result<BTreeMap<&'a MigrationId, Loaded>, LoadFailure> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted: BTreeSet<_> = artifacts.iter().map(|artifact| &artifact.id).collect();
        let is_loaded = |bundled: &Bundled| loaded.contains_key(&self.0.unpacked_from(bundled));
        let missing: Vec<_> = self
            .0
            .entries()
            .filter(|(_, bundled)| wanted.contains(&bundled.id) && !is_loaded(bundled))
            .collect();
        if !missing.is_empty() {
            self.load_missing(&missing, &mut loaded)?;
        }
        let opened = |artifact: &&'a Artifact| -> Result<_, LoadFailure> {
            let bundled = self.find(&artifact.id).ok_or_else(|| self.flaw(Flaw::Replaced))?;
            let WithSource { opened, source } = loaded[&self.0.unpacked_from(bundled)].clone();
            let mut loaded = Loaded::of(artifact, opened)?;
            loaded.artifact.text = source;
            Ok((&artifact.id, loaded))
        };
        artifacts.iter().map(opened).collect()
    }

    fn load_missing(
        &self,
        missing: &[(u64, &Bundled)],
        loaded: &mut BTreeMap<UnpackedFrom, WithSource>,
    ) -> Result<(), LoadFailure> {
        let fail = |flaw| self.flaw(flaw);
        // All bytes of the bundle are compared between these three, before anything of it is loaded.
        self.0.verify_all_but(missing).map_err(fail)?;
        let first = self.0.first().map_err(fail)?;
        let inspected = self.0.inspect_all(missing, &first).map_err(fail)?;
        let mut loader = Loader::default();
        let load = |place: usize, library: &[u8], packed: &[u8]| -> Result<(), LoadFailure> {
            let bundled = missing[place].1;
            let opened = loader.open(&bundled.id, library).map_err(|error| match error {
                Unloadable::Refused(error) => {
                    LoadFailure::from(LoadError::open(&self.artifact_of(bundled), error))
                }
                Unloadable::NoPlace(source) => self.flaw(Flaw::NoPlace(source)).into(),
            })?;
            let source = source_in(packed);
            loaded.insert(self.0.unpacked_from(bundled), WithSource { opened, source });
            Ok(())
        };
        self.0.each(missing, &first, inspected, fail, load)
    }

    /// The source of `id`; `None`: it is not in here, or an older runner has packed it.
    ///
    /// # Errors
    /// The bundle is not what its manifest says.
    pub fn source(&self, id: &MigrationId) -> Result<Option<SourceText>, BundleError> {
        let Some((at, bundled)) = self.0.entries().find(|(_, bundled)| bundled.id == *id) else {
            return Ok(None);
        };
        let packed = self.0.packed(at, bundled).map_err(|flaw| self.flaw(flaw))?;
        Ok(source_in(&packed).and_then(|source| source.unpack()))
    }

    fn flaw(&self, flaw: Flaw) -> BundleError {
        flaw.of(&self.0.name)
    }
}

impl Shared {
    fn unpacked_from(&self, bundled: &Bundled) -> UnpackedFrom {
        let first = self.manifest.migrations.first().unwrap_or(bundled);
        let [packed, first] = [bundled, first].map(|it| it.packed.sha256.clone());
        UnpackedFrom { packed, first }
    }

    /// The first library of the bundle, which the others are stored as differences from.
    fn first(&self) -> Result<Vec<u8>, Flaw> {
        let Some((at, bundled)) = self.entries().next() else { return Ok(Vec::new()) };
        let packed = self.packed(at, bundled)?;
        Ok(Unpacker::new().unpack(bundled, &packed, &[])?.to_vec())
    }
}
