//! Stage 3: from source to dynamic library, by one call of cargo for all that a plan needs.

mod failure;

pub use failure::CompileError;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cargo::{self, BuildOptions, Library};
use crate::digest;
use crate::discover::{self, Source};
use crate::event::Observer;
use crate::load::Artifact;
use crate::stop::Stop;

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
/// gives one artifact for each, in the same order. When `stop` is requested, cargo and all that it
/// runs are ended.
///
/// # Errors
/// A crate that cargo would not make a migration of; no cargo; cargo's own errors, in full; it was
/// stopped.
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
    let built = cargo::build(workspace, &arguments(sources, profile), options, stop, observe)?;
    let mut libraries: BTreeMap<String, PathBuf> =
        built.libraries.into_iter().filter_map(by_package).collect();
    let artifacts: Result<_, CompileError> = sources
        .iter()
        .map(|source| {
            let library = libraries
                .remove(&source.id.package())
                .ok_or_else(|| CompileError::NoLibrary { id: source.id.clone() })?;
            Ok(Artifact {
                id: source.id.clone(),
                library,
                source_digest: digest::source(&source.folder)?,
            })
        })
        .collect();
    Ok(Built { artifacts: artifacts?, api_version: built.api_version })
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
