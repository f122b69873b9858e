//! Stage 3: from source to dynamic library, by one call of cargo for all that a plan needs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::cargo::{self, BuildOptions, Built, CargoError, indented};
use crate::digest;
use crate::discover::{self, DiscoverError, Source};
use crate::id::MigrationId;
use crate::load::Artifact;
use crate::stop::Stop;

/// Builds `sources` in the cargo workspace `workspace`, with the workspace's own `dev` profile, and
/// gives one artifact for each, in the same order. When `stop` is requested, cargo and all that it
/// runs are ended.
///
/// # Errors
/// A crate that cargo would not make a migration of; no cargo; cargo's own errors, in full; it was
/// stopped.
pub fn compile(
    workspace: &Path,
    sources: &[Source],
    options: BuildOptions,
    stop: &Stop,
) -> Result<Vec<Artifact>, CompileError> {
    for source in sources {
        discover::inspect(source)?;
    }
    let mut built = build(workspace, sources, options, stop)?;
    sources
        .iter()
        .map(|source| {
            let library = built
                .remove(&source.id.package())
                .ok_or_else(|| CompileError::NoLibrary { id: source.id.clone() })?;
            Ok(Artifact {
                id: source.id.clone(),
                library,
                source_digest: digest::source(&source.folder)?,
            })
        })
        .collect()
}

/// Runs cargo and gives the libraries it made, by the name of their migration's package.
fn build(
    workspace: &Path,
    sources: &[Source],
    options: BuildOptions,
    stop: &Stop,
) -> Result<BTreeMap<String, PathBuf>, CompileError> {
    let packages: Vec<String> = sources.iter().map(|source| source.id.package()).collect();
    let mut arguments = vec!["build"];
    for package in &packages {
        arguments.extend(["--package", package]);
    }
    let built = cargo::build(workspace, &arguments, options, stop)?;
    Ok(built.into_iter().filter_map(|built| Some((package(&built)?, built.library))).collect())
}

/// The package of a migration is called like its folder, with a letter before it.
fn package(built: &Built) -> Option<String> {
    let folder = built.manifest.parent()?.file_name()?;
    Some(format!("m{}", folder.to_string_lossy()))
}

/// Why there is nothing to load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A crate is not one that the runner can use.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// A crate's files cannot be read.
    #[error(transparent)]
    Source(#[from] digest::SourceError),
    /// There is no cargo.
    #[error("cargo is not installed, or not in `PATH`")]
    NoCargo,
    /// Cargo could not be run or listened to.
    #[error("cannot run cargo")]
    Spawn(#[source] io::Error),
    /// Cargo gave up before it built anything.
    #[error("cargo could not prepare the build; it says:\n{}", indented(cargo))]
    Prepare {
        /// Everything cargo wrote.
        cargo: String,
    },
    /// Somebody asked for the end, by a [`Stop`].
    #[error("the build was stopped")]
    Stopped,
    /// Something did not compile or link.
    #[error("the migrations do not compile; cargo says:\n{}", indented(cargo))]
    Build {
        /// Everything cargo wrote.
        cargo: String,
    },
    /// Cargo succeeded and made no library for this migration.
    #[error("cargo made no dynamic library for `{id}`")]
    NoLibrary {
        /// The migration.
        id: MigrationId,
    },
}

impl CompileError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Discover(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Spawn(_) => "nothing was applied; see whether `cargo --version` works".into(),
            Self::NoCargo => "migrations are built where they are applied: install Rust, or put \
                              the folder that holds cargo into `PATH`"
                .into(),
            Self::Prepare { .. } => "nothing was applied. If the registry cannot be reached: what \
                                     was fetched once is used without it by `--offline`"
                .into(),
            Self::Stopped => "nothing was applied".into(),
            Self::Build { .. } => "nothing was applied, not even what does compile".into(),
            Self::NoLibrary { id } => {
                format!(
                    "nothing was applied. Is `{id}` a member of the workspace, with `crate-type = [\"cdylib\"]`?"
                )
            }
        })
    }
}

impl From<CargoError> for CompileError {
    fn from(error: CargoError) -> Self {
        match error {
            CargoError::NoCargo => Self::NoCargo,
            CargoError::Spawn(source) => Self::Spawn(source),
            CargoError::Prepare { cargo } => Self::Prepare { cargo },
            CargoError::Stopped => Self::Stopped,
            CargoError::Build { cargo } => Self::Build { cargo },
        }
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for CompileError {
        fn examples() -> Vec<Self> {
            let cargo = || "error[E0308]: mismatched types\n --> src/lib.rs:8:9\n".to_owned();
            each_variant!(CompileError:
                Discover(DiscoverError::example()),
                Source(digest::SourceError::example()),
                NoCargo,
                Spawn(refused()),
                Prepare { cargo: "error: failed to get `anyhow` as a dependency\n".into() },
                Build { cargo: cargo() },
                NoLibrary { id: messages::id() },
                Stopped,
            )
        }
    }
}
