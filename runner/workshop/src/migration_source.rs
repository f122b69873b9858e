//! Where the migrations of a project come from: crates, which are discovered in a folder, identified by digests
//! of their sources and built by cargo, or a bundle.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use runner_engine::id::among;
use runner_engine::load::Artifact;
use runner_engine::record::Record;
use runner_engine::repeatable::RepeatableError;
use runner_engine::source_text::SourceText;
use runner_engine::squash::Replacements;
use runner_engine::status::Snapshot;
use runner_engine::{Bundle, Definitions, Event, MigrationId, MigrationSource, Observer, Stop};

use crate::cargo::BuildOptions;
use crate::compile::{CompileError, Profile, compile};
use crate::config::Config;
use crate::digest::{self, MemoryFile, Recall};
use crate::discover::{Source, discover};
use crate::error::Error;
use crate::replacements::replacements;

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

    /// Those of `ids`, in ascending order, that replace others, each with those.
    pub(crate) fn replacements(&self, ids: &[&MigrationId]) -> Result<Replacements, Error> {
        match self {
            Self::Workspace(workspace) => {
                let mut is_asked = among(ids.iter().copied());
                let asked = workspace.sources.iter().filter(|source| is_asked(&source.id));
                Ok(replacements(asked)?)
            }
            Self::Bundle(bundle) => Ok(bundle.replacements_of(ids)),
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

impl Migrations {
    /// The digests of the sources of `ids`, in ascending order, as far as they are known.
    pub(crate) fn source_digests(
        &self,
        ids: &[MigrationId],
    ) -> Result<BTreeMap<MigrationId, String>, Error> {
        match self {
            Self::Workspace(workspace) => workspace.source_digests(ids),
            Self::Bundle(bundle) => {
                let digest =
                    |id: &MigrationId| Some((id.clone(), bundle.source_digest(id)?.to_owned()));
                Ok(ids.iter().filter_map(digest).collect())
            }
        }
    }

    /// The source of `id` as its author wrote it, if it is known.
    pub(crate) fn source_text(&self, id: &MigrationId) -> Result<Option<SourceText>, Error> {
        match self {
            Self::Workspace(workspace) => workspace.source_text(id),
            Self::Bundle(bundle) => Ok(bundle.source(id).map_err(runner_engine::Error::from)?),
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

    fn replacements(&self, ids: &[&MigrationId]) -> Result<Replacements, Error> {
        self.migrations.replacements(ids)
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

    fn definitions(&self) -> Result<Option<Definitions>, Error> {
        match self.migrations {
            Migrations::Workspace(workspace) => workspace.definitions().cloned().map(Some),
            Migrations::Bundle(bundle) => Ok(bundle.definitions()?),
        }
    }

    fn bundle(&self) -> Option<Bundle> {
        match self.migrations {
            Migrations::Workspace(_) => None,
            Migrations::Bundle(bundle) => Some(bundle.clone()),
        }
    }
}

/// The crates of a cargo workspace.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) folder: PathBuf,
    /// Oldest first.
    pub(crate) sources: Vec<Source>,
    /// The views and triggers that change in place, or what is wrong with their files.
    definitions: Result<Definitions, RepeatableError>,
}

impl Workspace {
    /// Discovers what is in the folder of migrations that `config` names, and reads the views and triggers once: what
    /// is planned and asked about is what is applied. What is wrong with those stops nobody who does not need them.
    ///
    /// # Errors
    /// As [`discover`].
    pub(crate) fn open(config: &Config) -> Result<Self, Error> {
        let folder = config.migrations.clone();
        let sources = discover(&folder)?;
        let definitions = config.definitions();
        Ok(Self { folder, sources, definitions })
    }

    /// The views and triggers that change in place.
    ///
    /// # Errors
    /// Files that cannot be used.
    pub(crate) fn definitions(&self) -> Result<&Definitions, Error> {
        self.definitions.as_ref().map_err(|error| error.clone().into())
    }

    /// Which migrations there are, oldest first.
    pub(crate) fn ids(&self) -> Vec<MigrationId> {
        self.sources.iter().map(|source| source.id.clone()).collect()
    }

    /// What `look` sees of a database, and the digests of at least the crates that are applied or half done there.
    /// The disk is asked about the crates while SQLite reads.
    ///
    /// # Errors
    /// That of `look`; a crate's file that cannot be read.
    pub(crate) fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, runner_engine::Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Error> {
        let memory = MemoryFile::of(&self.folder);
        let recall = Recall::new(&memory, &self.folder, &self.sources);
        let snapshot = thread::scope(|scope| {
            // Without a second thread this one does both.
            let _ = thread::Builder::new().spawn_scoped(scope, || recall.work());
            let snapshot = look();
            recall.work();
            snapshot
        })?;
        let digests = {
            let mut is_applied = among(snapshot.history.iter().map(|record| &record.id));
            let is_half_done = |id: &_| snapshot.half_done.as_ref().is_some_and(|it| it.id == *id);
            let is_begun = |source: &&Source| is_applied(&source.id) || is_half_done(&source.id);
            recall.complete(self.sources.iter().filter(is_begun))?
        };
        Ok((snapshot, digests))
    }

    /// The digests of the sources of `ids`, in ascending order, that have a crate.
    pub(crate) fn source_digests(
        &self,
        ids: &[MigrationId],
    ) -> Result<BTreeMap<MigrationId, String>, Error> {
        let memory = MemoryFile::of(&self.folder);
        let recall = Recall::new(&memory, &self.folder, &self.sources);
        recall.work();
        let mut is_asked = among(ids);
        Ok(recall.complete(self.sources.iter().filter(|source| is_asked(&source.id)))?)
    }

    /// The digest of the source of `id`, if it has a crate.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<Option<String>, Error> {
        let source = self.sources.iter().find(|source| source.id == *id);
        Ok(source.map(|source| digest::source(&source.folder)).transpose()?)
    }

    /// The source of `id` as its author wrote it, if it has a crate.
    pub(crate) fn source_text(&self, id: &MigrationId) -> Result<Option<SourceText>, Error> {
        let source = self.sources.iter().find(|source| source.id == *id);
        Ok(source.map(|source| digest::source_text(&source.folder)).transpose()?)
    }

    /// Whether the crate `id`, under the name of an applied migration, has the source that was applied.
    ///
    /// # Errors
    /// A crate's file that cannot be read.
    pub(crate) fn has_source(&self, id: &MigrationId, of: &Record) -> Result<bool, Error> {
        let Some(source) = self.sources.iter().find(|source| source.id == *id) else {
            return Ok(false);
        };
        let digest = digest::source_called(&source.folder, &of.id.package())?;
        Ok(digest == of.source_digest)
    }

    /// Builds the crates of `needed`, and gives their libraries in the same order.
    ///
    /// # Errors
    /// As [`compile`].
    pub(crate) fn build(
        &self,
        needed: &[&MigrationId],
        options: BuildOptions,
        stop: &Stop,
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Error> {
        // Views and triggers alone need no library, and cargo builds all of a workspace where no package is named.
        if needed.is_empty() {
            return Ok(Vec::new());
        }
        let find = |id: &&MigrationId| {
            let found = self.sources.iter().find(|source| source.id == **id);
            found.cloned().ok_or_else(|| CompileError::NoLibrary { id: (*id).clone() })
        };
        let sources = needed.iter().map(find).collect::<Result<Vec<Source>, _>>()?;
        observe(Event::Building { count: sources.len() });
        let built = compile(&self.folder, &sources, Profile::Dev, options, stop, observe)?;
        observe(Event::Built);
        Ok(built.artifacts)
    }
}
