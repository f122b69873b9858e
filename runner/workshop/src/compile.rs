//! Stage 3: from source to dynamic library, by one call of cargo for all that a plan needs.

mod failure;

pub use crate::lock_file::LockError;
pub use failure::CompileError;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cargo::{self, BuildOptions, Library, Product, Variables};
use crate::digest::Snapshot;
use crate::discover::{self, Source};
use crate::lock_file;
use crate::provenance::{self, Doubt, Evidence, Subject};
use crate::replacements::replaces;
use runner_engine::Stop;
use runner_engine::load::{Artifact, Export, LoadError};
use runner_engine::source_text::SourceText;
use runner_engine::{Event, Observer};

/// How migrations are built: by which of their workspace's profiles, and for which platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile<'t> {
    /// `dev`, for this machine, to be applied at once.
    Dev,
    /// `release`, for a bundle.
    Release {
        /// The platform, as rustc names it, if it is not to be this machine's.
        target: Option<&'t str>,
    },
}

/// Migrations in built form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Built {
    /// Their libraries.
    pub artifacts: Vec<Artifact>,
    /// The version of migration-api that they were built with; empty if there are none.
    pub api_version: String,
}

/// Builds `sources` in the cargo workspace `workspace`, with a profile of the workspace's own, and
/// gives one artifact for each, in the same order. Each is built from the source whose digest it bears.
/// When `stop` is requested, cargo and all that it runs are ended.
///
/// # Errors
/// A crate that cargo would not make a migration of; a lock file that a merge left with conflicts; no cargo; cargo's own errors, in full; it was
/// stopped; a source that is edited again and again while cargo builds it; a library of another source,
/// which cargo does not build anew.
pub fn compile(
    workspace: &Path,
    sources: &[Source],
    profile: Profile<'_>,
    options: BuildOptions,
    stop: &Stop,
    observe: &mut Observer<'_>,
) -> Result<Built, CompileError> {
    for source in sources {
        discover::inspect(source)?;
    }
    if let Some(path) = lock_file::resolve(workspace, options.locked)? {
        observe(Event::LockMerged { path });
    }
    let arguments = arguments(sources, profile);
    let mut api_version = String::new();
    let cargo = |variables: &Variables| {
        let built = cargo::build(
            Product::Migrations,
            workspace,
            &arguments,
            variables,
            options,
            stop,
            observe,
        )?;
        api_version = built.api_version;
        in_order(sources, built.libraries)
    };
    let refuse = |place: usize, doubt| {
        let id = &sources[place].id;
        match doubt {
            Doubt::Edited => CompileError::Edited { id: id.clone() },
            Doubt::Library(path, error) => LoadError::of(id, &path, error).into(),
        }
    };
    let traced = provenance::build(&subjects(sources), cargo, refuse)?;
    let artifacts = sources.iter().zip(traced).map(|(source, traced)| {
        let replaces = replaces(&source.folder)?;
        let id = source.id.clone();
        if traced.evidence == Evidence::Cargo {
            observe(Event::SourceNotRecorded { id: id.clone() });
        }
        Ok(Artifact {
            id,
            library: traced.library.into(),
            source_digest: traced.source_digest,
            // A job crosses to the process that does it as JSON, which is text.
            source: source.folder.to_str().map(PathBuf::from),
            text: traced.text.as_ref().map(SourceText::pack),
            replaces,
        })
    });
    Ok(Built { artifacts: artifacts.collect::<Result<_, CompileError>>()?, api_version })
}

fn subjects(sources: &[Source]) -> Vec<Subject<'_>> {
    let all = sources.iter().map(|source| Subject {
        folder: &source.folder,
        name: source.id.package(),
        export: Export::MIGRATION,
        snapshot: Snapshot::of_migration,
    });
    all.collect()
}

/// Of `libraries`, those of `sources`.
fn in_order(sources: &[Source], libraries: Vec<Library>) -> Result<Vec<PathBuf>, CompileError> {
    let mut libraries: BTreeMap<String, PathBuf> =
        libraries.into_iter().filter_map(by_package).collect();
    let library = |source: &Source| {
        let found = libraries.remove(&source.id.package());
        found.ok_or_else(|| CompileError::NoLibrary { id: source.id.clone() })
    };
    sources.iter().map(library).collect()
}

/// What cargo is to build.
fn arguments(sources: &[Source], profile: Profile<'_>) -> Vec<String> {
    let mut arguments = vec!["build".to_owned()];
    if let Profile::Release { target } = profile {
        arguments.push("--release".to_owned());
        if let Some(target) = target {
            arguments.extend(["--target".to_owned(), target.to_owned()]);
        }
    }
    for source in sources {
        arguments.extend(["--package".to_owned(), source.id.package()]);
    }
    arguments
}

/// A library, by the package of its migration: that is called like its folder, with a letter before it.
fn by_package(library: Library) -> Option<(String, PathBuf)> {
    let folder = library.manifest.parent()?.file_name()?;
    Some((format!("m{}", folder.to_string_lossy()), library.path))
}
