//! The migrations that have no way back: that of a squash cannot be theirs.

use std::{fmt, io};

use serde::Serialize;

use crate::digest::SourceError;
use crate::error::Error;
use crate::project::Project;
use runner_engine::MigrationId;
use runner_engine::job::BuiltStep;
use runner_engine::load::{Export, Library, look};
use runner_engine::regular_file;

/// A migration that has no way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneWay(pub MigrationId);

impl fmt::Display for OneWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl OneWay {
    /// Those of `steps` whose libraries say so, or whose sources have no `migrate_backward`.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn among(project: &Project, steps: &[BuiltStep]) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        for step in steps {
            let id = &step.artifact.id;
            let says_so = match &step.artifact.library {
                Library::File(path) => look(path, Export::MIGRATION, None)
                    .is_ok_and(|head| head.flags & migration_api::abi::FLAG_IRREVERSIBLE != 0),
                Library::Bundled(_) => false,
            };
            let path = project.config().migrations.join(id.as_str()).join("src").join("lib.rs");
            let has_none = || match regular_file::read_text(&path, regular_file::SOURCE) {
                Ok(text) => {
                    Ok(text.contains("migrate_forward") && !text.contains("migrate_backward"))
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(source) => Err(SourceError { path: path.clone(), source }),
            };
            if says_so || has_none()? {
                found.push(Self(id.clone()));
            }
        }
        Ok(found)
    }
}
