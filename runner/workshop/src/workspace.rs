//! Migrations as crates: discovered in a folder, summed up by their sources, built by cargo.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use crate::ascending::among;
use crate::cargo::BuildOptions;
use crate::compile::{Profile, compile};
use crate::digest::{self, MemoryFile, Recall};
use crate::discover::{Source, discover};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::load::Artifact;
use crate::record::Record;
use crate::standing::Standing;
use crate::stop::Stop;

/// The crates in a cargo workspace.
#[derive(Debug, Clone)]
pub(crate) struct Crates {
    pub(crate) workspace: PathBuf,
    /// Oldest first.
    pub(crate) sources: Vec<Source>,
}

impl Crates {
    /// Discovers what is in `workspace`.
    ///
    /// # Errors
    /// As [`discover`].
    pub(crate) fn open(workspace: PathBuf) -> Result<Self, Error> {
        let sources = discover(&workspace)?;
        Ok(Self { workspace, sources })
    }

    /// What `look` sees of a database, and the digests of at least the crates that are applied there.
    /// The disk is asked about the crates while SQLite reads.
    ///
    /// # Errors
    /// That of `look`; a crate's file that cannot be read.
    pub(crate) fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Standing, Error>,
    ) -> Result<(Standing, BTreeMap<MigrationId, String>), Error> {
        let memory = MemoryFile::of(&self.workspace);
        let recall = Recall::new(&memory, &self.workspace, &self.sources);
        let standing = thread::scope(|scope| {
            // Without a second thread this one does both.
            let _ = thread::Builder::new().spawn_scoped(scope, || recall.work());
            let standing = look();
            recall.work();
            standing
        })?;
        let digests = {
            let mut is_applied = among(standing.history.iter().map(|record| &record.id));
            recall.complete(self.sources.iter().filter(|source| is_applied(&source.id)))?
        };
        Ok((standing, digests))
    }

    /// The digest of the source of `id`, if it has a crate.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<Option<String>, Error> {
        let source = self.sources.iter().find(|source| source.id == *id);
        Ok(source.map(|source| digest::source(&source.folder)).transpose()?)
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

    /// Builds the crates of `needed`, oldest first.
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
        let is_needed = |source: &&Source| needed.contains(&&source.id);
        let sources: Vec<Source> = self.sources.iter().filter(is_needed).cloned().collect();
        observe(Event::Building { count: sources.len() });
        let built = compile(&self.workspace, &sources, Profile::Dev, options, stop, observe)?;
        observe(Event::Built);
        Ok(built.artifacts)
    }
}
