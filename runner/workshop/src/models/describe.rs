//! Opens a library of models, and has it describe them.

use super::build::ModelsLibrary;
use super::export::MODELS;
use super::failure::{LoadReason, ModelsError};
use crate::described::Described;
use crate::ffi;
use runner_engine::load::{EmbeddedDigest, inspect, judge_head};

/// Looks at `library`, opens it for good, and has it say what its models are. Its code runs in this
/// process. It may hold an SQLite of its own, as that of an application does: nothing of that is called,
/// and its names are not seen outside of it.
///
/// # Errors
/// The file is no library of models for this runner, or of another source; it panicked.
pub fn describe(library: &ModelsLibrary) -> Result<Described, ModelsError> {
    let ModelsLibrary { path, source_digest } = library;
    let fail = |reason| ModelsError::Load { library: path.clone(), reason };
    let wrong = |error| fail(LoadReason::Inspect(error));
    inspect(path, MODELS, source_digest).map_err(wrong)?;
    match ffi::open_models(path).map_err(|error| fail(LoadReason::Open(error)))? {
        Ok(models) => {
            // The file may have been replaced since it was looked at.
            if let Some(source) = models.source {
                EmbeddedDigest(source).verify(source_digest).map_err(wrong)?;
            }
            models.describe().map_err(|failure| fail(LoadReason::Failed(failure)))
        }
        Err(head) => Err(wrong(judge_head(head.magic, head.size, head.major, MODELS))),
    }
}
