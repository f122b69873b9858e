//! What migrations leave that is no part of a schema, and those that have no way back.

use std::{fmt, io};

use rusqlite::Connection;
use serde::Serialize;

use super::SquashError;
use crate::digest::SourceError;
use crate::error::Error;
use crate::project::Project;
use runner_engine::MigrationId;
use runner_engine::job::BuiltStep;
use runner_engine::load::{Export, Library, look};
use runner_engine::regular_file;

/// A property of the file that migrations set and a squash does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutSetting {
    /// The pragma that reads it.
    pub pragma: &'static str,
    /// Its value.
    pub value: String,
}

impl fmt::Display for LeftOutSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`PRAGMA {} = {}`", self.pragma, self.value)
    }
}

impl LeftOutSetting {
    /// Those of the file that `replayed` is open on, which a transaction cannot set.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn all(replayed: &Connection) -> Result<Vec<Self>, SquashError> {
        let read = || {
            let new = Connection::open_in_memory()?;
            let value = |connection: &Connection, pragma: &str| -> rusqlite::Result<String> {
                let value: rusqlite::types::Value =
                    connection.pragma_query_value(None, pragma, |row| row.get(0))?;
                Ok(match value {
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            };
            let mut found = Vec::new();
            for pragma in ["page_size", "auto_vacuum", "encoding"] {
                let is = value(replayed, pragma)?;
                if is != value(&new, pragma)? {
                    found.push(Self { pragma, value: is });
                }
            }
            // That of a database in memory is another one, and a file keeps no other than this.
            if value(replayed, "journal_mode")? == "wal" {
                found.push(Self { pragma: "journal_mode", value: "wal".to_owned() });
            }
            Ok(found)
        };
        read().map_err(SquashError::sqlite("read the scratch database"))
    }
}

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
