//! Where migrations come from: the crates of a workspace, or a bundle.

use std::collections::BTreeMap;

use crate::bundle::Bundle;
use crate::error::Error;
use crate::event::Observer;
use crate::id::MigrationId;
use crate::load::Artifact;
use crate::record::Record;
use crate::snapshot::Snapshot;

/// What a [`Deployment`](crate::deployment::Deployment) asks of the migrations: which there are, the
/// digests of their sources, and their libraries.
pub trait MigrationSource {
    /// Why it cannot answer.
    type Error: From<Error>;

    /// Which there are, oldest first.
    fn ids(&self) -> Vec<MigrationId>;

    /// What `look` sees of a database, and the digests of at least the migrations that are applied
    /// there.
    ///
    /// # Errors
    /// That of `look`; a source that cannot be read.
    fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Self::Error>;

    /// Whether the migration `id`, under the name of an applied one, has the source that was applied.
    ///
    /// # Errors
    /// A source that cannot be read.
    fn has_source(&self, id: &MigrationId, of: &Record) -> Result<bool, Self::Error>;

    /// The library of each of `needed`, in the same order. They are among [`Self::ids`], oldest first and
    /// each once.
    ///
    /// # Errors
    /// A library that cannot be built.
    fn artifacts(
        &self,
        needed: &[&MigrationId],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Self::Error>;

    /// The bundle that the libraries are in; `None`: they are files.
    fn bundle(&self) -> Option<Bundle>;
}

impl MigrationSource for Bundle {
    type Error = Error;

    fn ids(&self) -> Vec<MigrationId> {
        self.migrations().cloned().collect()
    }

    fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Error> {
        Ok((look()?, self.source_digests()))
    }

    /// It has no sources to compare.
    fn has_source(&self, _: &MigrationId, _: &Record) -> Result<bool, Error> {
        Ok(false)
    }

    /// Those that it holds, which are verified when they are loaded.
    fn artifacts(
        &self,
        needed: &[&MigrationId],
        _: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Error> {
        needed.iter().map(|id| Ok(self.artifact(id)?)).collect()
    }

    fn bundle(&self) -> Option<Bundle> {
        Some(self.clone())
    }
}
