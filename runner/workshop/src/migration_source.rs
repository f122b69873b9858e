//! The migrations that are known: as crates, or in a bundle. A plan needs of either which there are,
//! the digests of their sources, and their libraries.

use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::cargo::BuildOptions;
use crate::crates::Crates;
use crate::error::Error;
use crate::event::Observer;
use crate::id::MigrationId;
use crate::load::Artifact;
use crate::record::Record;
use crate::renamed::{self, Renamed};
use crate::standing::Standing;
use crate::stop::Stop;

/// Where migrations come from.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    Crates(Crates),
    Bundle(Bundle),
}

impl Known {
    /// Which there are, oldest first.
    pub(crate) fn ids(&self) -> Vec<MigrationId> {
        match self {
            Self::Crates(crates) => crates.sources.iter().map(|s| s.id.clone()).collect(),
            Self::Bundle(bundle) => bundle.migrations().cloned().collect(),
        }
    }

    /// What `look` sees of a database, and the digests of at least the migrations that are applied
    /// there.
    ///
    /// # Errors
    /// That of `look`; a crate's file that cannot be read.
    pub(crate) fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Standing, Error>,
    ) -> Result<(Standing, BTreeMap<MigrationId, String>), Error> {
        match self {
            Self::Crates(crates) => crates.digests_beside(look),
            Self::Bundle(bundle) => Ok((look()?, bundle.source_digests())),
        }
    }

    /// The digest of the source of `id`, if it is known.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<Option<String>, Error> {
        match self {
            Self::Crates(crates) => crates.source_digest(id),
            Self::Bundle(bundle) => Ok(bundle.source_digest(id).map(str::to_owned)),
        }
    }

    /// The bundle that the libraries are in; `None`: they are files.
    pub(crate) fn bundle(&self) -> Option<Bundle> {
        match self {
            Self::Crates(_) => None,
            Self::Bundle(bundle) => Some(bundle.clone()),
        }
    }

    /// Which applied migrations seem to have another name now. A bundle has no sources to compare.
    ///
    /// # Errors
    /// A crate's file that cannot be read.
    pub(crate) fn renamed(
        &self,
        known: &[MigrationId],
        history: &[Record],
    ) -> Result<Vec<Renamed>, Error> {
        renamed::find(known, history, |id, record| match self {
            Self::Crates(crates) => crates.has_source(id, record),
            Self::Bundle(_) => Ok(false),
        })
    }

    /// The libraries of `needed`: built, or those in the bundle, which is verified when they are loaded.
    ///
    /// # Errors
    /// As [`compile`](crate::compile::compile).
    pub(crate) fn artifacts(
        &self,
        needed: &[&MigrationId],
        build: BuildOptions,
        stop: &Stop,
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Error> {
        match self {
            Self::Crates(crates) => crates.build(needed, build, stop, observe),
            Self::Bundle(bundle) => Ok(bundle.artifacts(needed)),
        }
    }
}
