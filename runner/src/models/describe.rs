//! Opens a library of models, and has it say what they are.

use std::path::Path;

use super::failure::{LoadReason, ModelsError};
use super::read::Described;
use crate::ffi;
use crate::load::{Export, inspect, judge_head};

/// Looks at the library at `path`, an absolute path, opens it for good, and has it say what its models
/// are. Its code runs in this process. It may hold an SQLite of its own, as that of an application does:
/// nothing of that is called, and its names are not seen outside of it.
///
/// # Errors
/// The file is no library of models for this runner; it panicked.
pub fn describe(path: &Path) -> Result<Described, ModelsError> {
    let fail = |reason| ModelsError::Load { library: path.to_owned(), reason };
    inspect(path, Export::Models).map_err(|error| fail(LoadReason::Inspect(error)))?;
    let head = match ffi::open_models(path).map_err(|error| fail(LoadReason::Open(error)))? {
        Ok(models) => {
            return models.describe().map_err(|failure| fail(LoadReason::Failed(failure)));
        }
        Err(head) => head,
    };
    let error = judge_head(head.magic, head.size, head.major, Export::Models);
    Err(fail(LoadReason::Inspect(error)))
}
