//! The migrations of a project: as crates, or in a bundle.

use std::collections::BTreeMap;

use runner_engine::load::Artifact;
use runner_engine::record::Record;
use runner_engine::status::Snapshot;
use runner_engine::{Bundle, MigrationId, MigrationSource, Observer, Stop};

use crate::cargo::BuildOptions;
use crate::error::Error;
use crate::workspace::Workspace;

/// Where the migrations of a project come from.
#[derive(Debug, Clone)]
pub(crate) enum Migrations {
    Workspace(Workspace),
    Bundle(Bundle),
}

impl Migrations {
    /// Which there are, oldest first.
    pub(crate) fn ids(&self) -> Vec<MigrationId> {
        match self {
            Self::Workspace(workspace) => workspace.ids(),
            Self::Bundle(bundle) => bundle.ids(),
        }
    }

    /// The digest of the source of `id`, if it is known.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<Option<String>, Error> {
        match self {
            Self::Workspace(workspace) => workspace.source_digest(id),
            Self::Bundle(bundle) => Ok(bundle.source_digest(id).map(str::to_owned)),
        }
    }
}

/// Migrations, and how those are built that are crates.
#[derive(Debug)]
pub(crate) struct Buildable<'p> {
    pub(crate) migrations: &'p Migrations,
    pub(crate) options: BuildOptions,
    /// Ends a build.
    pub(crate) stop: &'p Stop,
}

impl MigrationSource for Buildable<'_> {
    type Error = Error;

    fn ids(&self) -> Vec<MigrationId> {
        self.migrations.ids()
    }

    fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, runner_engine::Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Error> {
        match self.migrations {
            Migrations::Workspace(workspace) => workspace.digests_beside(look),
            Migrations::Bundle(bundle) => Ok(bundle.digests_beside(look)?),
        }
    }

    fn has_source(&self, id: &MigrationId, of: &Record) -> Result<bool, Error> {
        match self.migrations {
            Migrations::Workspace(workspace) => workspace.has_source(id, of),
            Migrations::Bundle(bundle) => Ok(bundle.has_source(id, of)?),
        }
    }

    fn artifacts(
        &self,
        needed: &[&MigrationId],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Error> {
        match self.migrations {
            Migrations::Workspace(workspace) => {
                workspace.build(needed, self.options, self.stop, observe)
            }
            Migrations::Bundle(bundle) => Ok(bundle.artifacts(needed, observe)?),
        }
    }

    fn bundle(&self) -> Option<Bundle> {
        match self.migrations {
            Migrations::Workspace(_) => None,
            Migrations::Bundle(bundle) => Some(bundle.clone()),
        }
    }
}
