//! Reads a folder of another tool's migrations.

use std::path::Path;

use runner_engine::ApplicationNames;

use super::detect::detect;
use super::folder::Folder;
use super::formats::{self, FoundMigration};
use super::history::{ForeignHistory, ForeignMigration};
use super::ids::ids;
use super::review::{repeatable, review};
use super::tool::HistorySource;
use super::{ImportError, Tool};

/// The history in `folder`, which is that of `tool`, or of the tool that is found, and may use what the `application` has. Nothing is written, and what is not as
/// it was, or in the way of an import, is in its findings.
///
/// # Errors
/// No folder; nothing in it that is known; files of two tools; a version twice; files that cannot be read, or are no
/// UTF-8.
pub fn read(
    folder: &Path,
    tool: Option<Tool>,
    application: &ApplicationNames,
) -> Result<ForeignHistory, ImportError> {
    if let Some(tool) = tool.filter(|tool| tool.source() == HistorySource::Table) {
        return Err(ImportError::NoFiles { tool });
    }
    let files = Folder::open(folder)?;
    let tool = detect(&files, tool)?;
    let found = formats::read(&files, tool)?;
    refuse_two_of_a_version(&found.migrations)?;
    let mut findings = found.findings;
    let reviewed = review(&found.migrations, tool, application, &mut findings)
        .map_err(|source| ImportError::Scratch { source })?;
    let repeatable = repeatable(&found.repeatable, &mut findings);
    let ids = ids(&found.migrations);
    let migrations = found.migrations.into_iter().zip(ids).zip(reviewed);
    let migrations = migrations.map(|((found, id), reviewed)| ForeignMigration {
        version: found.version,
        name: found.name,
        id,
        forward: reviewed.forward,
        backward: reviewed.backward,
        wrapping: reviewed.wrapping,
        loses: reviewed.loses,
    });
    let migrations: Vec<_> = migrations.collect();
    if migrations.is_empty() && repeatable.is_empty() && findings.is_empty() {
        return Err(ImportError::NothingToImport { folder: folder.to_owned(), below: None });
    }
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(ForeignHistory { tool, folder: folder.to_owned(), migrations, repeatable, findings })
}

/// Refuses two migrations that the tool itself could not tell apart.
fn refuse_two_of_a_version(migrations: &[FoundMigration]) -> Result<(), ImportError> {
    let same = migrations.windows(2).find_map(|pair| match pair {
        [one, other] if one.rank == other.rank => Some((one, other)),
        _ => None,
    });
    match same {
        None => Ok(()),
        Some((one, other)) => Err(ImportError::SameVersion {
            version: one.version.clone(),
            files: [one.forward.file.clone(), other.forward.file.clone()],
        }),
    }
}
