//! Loads libraries of a bundle, each once in a process.
//!
//! What was compared in memory is what is loaded: see [`Loader`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::failure::{BundleError, Flaw};
use super::layout::BLOCK;
use super::manifest::Bundled;
use super::open::{Bundle, Shared};
use super::unpack::{judge, unpack};
use crate::id::MigrationId;
use crate::load::{Artifact, Library, LoadError, Loaded, Loader, Opened, Unloadable};

/// What this process has loaded from bundles, by the SHA-256 of a library. An application that opens
/// its bundle for each database loads it for the first, and two bundles that hold the same share it.
static LOADED: Mutex<BTreeMap<String, Opened>> = Mutex::new(BTreeMap::new());

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
    /// The library of `id`, wherever it is in here. Nothing is read for that.
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
        }
    }

    /// Loads `artifacts`. If one of them is not loaded yet, all of the bundle is verified before, and
    /// all that are to be loaded are looked at: while one is not what it should be, no code of any
    /// other runs.
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
        let is_loaded = |bundled: &Bundled| loaded.contains_key(&bundled.library.sha256);
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
            let opened = loaded[&bundled.library.sha256].clone();
            Ok((&artifact.id, Loaded::of(artifact, opened)?))
        };
        artifacts.iter().map(opened).collect()
    }

    fn load_missing(
        &self,
        missing: &[(u64, &Bundled)],
        loaded: &mut BTreeMap<String, Opened>,
    ) -> Result<(), LoadFailure> {
        let first = self.0.verified(missing).map_err(|flaw| self.flaw(flaw))?;
        let mut loader = Loader::default();
        for &(at, bundled) in missing {
            // Unpacked once more rather than kept: a thousand of them are more than memory has.
            let library = self.0.library(at, bundled, &first).map_err(|flaw| self.flaw(flaw))?;
            let opened = loader.open(&bundled.id, &library).map_err(|error| match error {
                Unloadable::Refused(error) => {
                    LoadFailure::from(LoadError::open(&self.artifact_of(bundled), error))
                }
                Unloadable::NoPlace(source) => self.flaw(Flaw::NoPlace(source)).into(),
            })?;
            loaded.insert(bundled.library.sha256.clone(), opened);
        }
        Ok(())
    }

    fn flaw(&self, flaw: Flaw) -> BundleError {
        flaw.of(&self.0.name)
    }
}

impl Shared {
    /// Verifies all, looks at those that are `missing`, and gives the first of the bundle, of which
    /// the others say how they differ.
    fn verified(&self, missing: &[(u64, &Bundled)]) -> Result<Vec<u8>, Flaw> {
        let missing: BTreeSet<u64> = missing.iter().map(|(at, _)| *at).collect();
        let mut first = None;
        self.walk(|at, bundled, packed| {
            if first.is_some() && !missing.contains(&at) {
                return Ok(());
            }
            let library = unpack(bundled, packed, first.as_deref().unwrap_or_default())?;
            if missing.contains(&at) {
                judge(bundled, &library)?;
            }
            first.get_or_insert(library);
            Ok(())
        })?;
        Ok(first.unwrap_or_default())
    }

    /// The library of `bundled`, whose entry begins `at` a place: of all that is read for it, its own
    /// digest is compared.
    fn library(&self, at: u64, bundled: &Bundled, first: &[u8]) -> Result<Vec<u8>, Flaw> {
        let packed = self.content.read(at + BLOCK, bundled.packed.size)?;
        let is_first = at == self.head.len() as u64;
        unpack(bundled, &packed, if is_first { &[] } else { first })
    }
}
