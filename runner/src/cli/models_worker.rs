//! The child process that runs the code of a crate of models: it opens a library, has it describe the
//! models, and passes that on.

use std::ffi::OsString;
use std::path::PathBuf;

use runner::models::{self, ModelsLibrary};

use super::failure::Failure;
use super::worker::{broken, serve};

/// The word that makes a process of this program such a child, before the path of the library and the
/// digest of its source.
pub(super) const COMMAND: &str = "read-models";

/// Reads the models in the library that the first of `words` names.
pub(super) fn run(mut words: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    serve(|lifeline, _| {
        lifeline.die_with_runner().map_err(|error| broken(&error))?;
        let path = PathBuf::from(words.next().unwrap_or_default());
        let digest = words.next().and_then(|digest| digest.into_string().ok());
        let library = ModelsLibrary { path, source_digest: digest.unwrap_or_default() };
        models::describe(&library).map_err(|error| Failure::from(error).into())
    })
}
