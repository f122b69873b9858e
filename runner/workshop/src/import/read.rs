//! Reads a folder of another tool's migrations.

use std::path::Path;

use super::tool::HistorySource;
use super::{ForeignHistory, ImportError, Tool};

/// The history in `folder`, which is that of `tool`, or of the tool that is found.
///
/// # Errors
/// No folder; nothing in it that is known; files of two tools; files that cannot be read.
pub fn read(folder: &Path, tool: Option<Tool>) -> Result<ForeignHistory, ImportError> {
    if let Some(tool) = tool.filter(|tool| tool.source() == HistorySource::Table) {
        return Err(ImportError::NoFiles { tool });
    }
    Err(ImportError::NothingToImport { folder: folder.to_owned() })
}
