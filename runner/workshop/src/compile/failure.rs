//! Why a migration was not built.

use crate::cargo::CargoError;
use crate::digest::SourceError;
use crate::discover::DiscoverError;
use crate::lock_file::LockError;
use runner_engine::MigrationId;
use runner_engine::explain::Code;
use runner_engine::hint::Hint;
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
    /// The lock file is as a merge left it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Cargo made nothing.
    #[error(transparent)]
    Cargo(#[from] CargoError),
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
            Self::Lock(error) => error.code(),
            Self::Cargo(error) => error.code(),
            Self::Edited { .. } => Code::SourceInMotion,
            Self::Library(error) => error.code(),
            Self::NoLibrary { .. } => Code::NoLibrary,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Discover(error) => return error.hint(),
            Self::Source(error) => return error.hint(),
            Self::Lock(error) => return error.hint(),
            Self::Cargo(error) => of_cargo(error),
            Self::Edited { .. } => {
                "nothing was applied; run the command again when its files stay \
                                    as they are"
                    .into()
            }
            Self::Library(error) => return error.hint(),
            Self::NoLibrary { id } => {
                format!(
                    "nothing was applied. Is `{id}` a member of the workspace, with `crate-type = [\"cdylib\"]`?"
                ).into()
            }
        })
    }
}

/// What to do about what cargo says; beside what it is in every build, what is true of the database.
fn of_cargo(error: &CargoError) -> Hint {
    let nothing = "nothing was applied";
    match error {
        CargoError::NoCargo => {
            "install Rust, or put the folder that holds cargo into `PATH`; migrations in a bundle \
             need neither"
                .into()
        }
        CargoError::Build { .. } => format!("{nothing}, not even what does compile").into(),
        other => match other.hint() {
            Some(hint) => Hint::from(nothing).and("; ").and(hint),
            None => nothing.into(),
        },
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::cargo::Product;
    use crate::messages::{self, Examples, each_variant};
    use runner_engine::load::InspectError;

    impl Examples for CompileError {
        fn examples() -> Vec<Self> {
            let mut examples = each_variant!(CompileError:
                Discover(DiscoverError::example()),
                Source(SourceError::example()),
                Lock(LockError::example()),
                Cargo(CargoError::Build {
                    product: Product::Migrations,
                    cargo: "error[E0308]: mismatched types\n --> src/lib.rs:8:9\n".into(),
                }),
                Edited { id: messages::id() },
                Library(LoadError::of(
                    &messages::id(),
                    "/srv/game/migrations/target/debug/libm20250106_090000_add_level.so".as_ref(),
                    InspectError::NoSource,
                )),
                NoLibrary { id: messages::id() },
            );
            examples.extend(CargoError::others().map(Self::Cargo));
            examples.extend(LockError::others().map(Self::Lock));
            examples
        }
    }
}
