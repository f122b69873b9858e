//! `runner.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;

/// The settings in the file. Paths are relative to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) database: PathBuf,
    #[serde(default = "migrations")]
    pub(super) migrations: PathBuf,
    #[serde(default = "templates")]
    pub(super) templates: PathBuf,
}

fn migrations() -> PathBuf {
    "migrations".into()
}

fn templates() -> PathBuf {
    "templates".into()
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }
}
