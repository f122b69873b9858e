//! Why there is nothing to load.

use std::io;

use crate::cargo::{CargoError, MORE_STACK, has_too_little_stack, indented};
use crate::digest::SourceError;
use crate::discover::DiscoverError;
use runner_engine::MigrationId;
use runner_engine::explain::Code;
use runner_engine::load::LoadError;

/// Why there is nothing to load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A crate is not one that the runner can use.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// A crate's files cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
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
    /// Somebody asked for the end, by a [`Stop`](crate::Stop).
    #[error("the build was stopped")]
    Stopped,
    /// Something did not compile or link.
    #[error("the migrations do not compile; cargo says:\n{}", indented(cargo))]
    Build {
        /// Everything cargo wrote.
        cargo: String,
    },
    /// A migration was edited each time while cargo built it.
    #[error("the source of `{id}` was edited while cargo built it, each time")]
    Edited {
        /// The migration.
        id: MigrationId,
    },
    /// A library that was not built from the source that is there, and stays so.
    #[error(transparent)]
    Library(#[from] LoadError),
    /// Cargo succeeded and made no library for this migration.
    #[error("cargo made no dynamic library for `{id}`")]
    NoLibrary {
        /// The migration.
        id: MigrationId,
    },
}

impl CompileError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Discover(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::NoCargo => Code::NoCargo,
            Self::Spawn(_) => Code::SystemRefused,
            Self::Prepare { .. } => Code::BuildNotPrepared,
            Self::Stopped => Code::Stopped,
            Self::Build { .. } => Code::BuildFailed,
            Self::Edited { .. } => Code::SourceInMotion,
            Self::Library(error) => error.code(),
            Self::NoLibrary { .. } => Code::NoLibrary,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Discover(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Spawn(_) => "nothing was applied; see whether `cargo --version` works".into(),
            Self::NoCargo => {
                "install Rust, or put the folder that holds cargo into `PATH`; migrations \
                              in a bundle need neither"
                    .into()
            }
            Self::Prepare { cargo } if has_too_little_stack(cargo) => {
                format!("nothing was applied; {MORE_STACK}")
            }
            Self::Prepare { .. } => "nothing was applied. If the registry cannot be reached: what \
                                     was fetched once can be used offline"
                .into(),
            Self::Stopped => "nothing was applied".into(),
            Self::Build { .. } => "nothing was applied, not even what does compile".into(),
            Self::Edited { .. } => {
                "nothing was applied; run the command again when its files stay \
                                    as they are"
                    .into()
            }
            Self::Library(error) => return error.hint(),
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
    use runner_engine::load::InspectError;

    impl Examples for CompileError {
        fn examples() -> Vec<Self> {
            let cargo = || "error[E0308]: mismatched types\n --> src/lib.rs:8:9\n".to_owned();
            each_variant!(CompileError:
                Discover(DiscoverError::example()),
                Source(SourceError::example()),
                NoCargo,
                Spawn(refused()),
                Prepare { cargo: "error: failed to get `anyhow` as a dependency\n".into() },
                Build { cargo: cargo() },
                Edited { id: messages::id() },
                Library(LoadError::of(
                    &messages::id(),
                    "/srv/game/migrations/target/debug/libm20250106_090000_add_level.so".as_ref(),
                    InspectError::NoSource,
                )),
                NoLibrary { id: messages::id() },
                Stopped,
            )
        }
    }
}
