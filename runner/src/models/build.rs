//! From a crate of models to its dynamic library.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::ModelsError;
use super::source::ModelsSource;
use crate::cargo::{self, BuildOptions};
use crate::event::Observer;
use crate::stop::Stop;

/// Builds the crate in `folder`, in whatever workspace it is and into the target folder of that, and
/// gives its library. It is built as a dynamic library whatever its `Cargo.toml` says, so that an
/// application's own crate can be one of models.
///
/// # Errors
/// No crate is there; no cargo; cargo's own errors, in full; it was stopped.
pub fn build(
    folder: &Path,
    options: BuildOptions,
    stop: &Stop,
    observe: &mut Observer<'_>,
) -> Result<PathBuf, ModelsError> {
    ModelsSource::Crate(folder.to_owned()).inspect()?;
    let unreadable = |source| ModelsError::Unreadable { path: folder.to_owned(), source };
    let folder = fs::canonicalize(folder).map_err(unreadable)?;
    let manifest = folder.join("Cargo.toml");
    let arguments = ["rustc", "--crate-type", "cdylib"];
    let built = cargo::build(&folder, &arguments, options, stop, observe)
        .map_err(|source| ModelsError::Cargo { folder: folder.clone(), source })?;
    let own = built.libraries.into_iter().find(|library| is_same(&library.manifest, &manifest));
    own.map(|library| library.path).ok_or(ModelsError::NoLibrary { folder })
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || fs::canonicalize(a).is_ok_and(|a| a == b)
}
