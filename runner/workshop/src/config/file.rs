//! `runner.toml`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;
use super::kept::Kept;
use super::protected::Protected;
use runner_engine::ApplicationNames;
use runner_engine::MigrationId;
use runner_engine::backup::Backups;
use runner_engine::kept::KeepLost;
use runner_engine::regular_file;

/// The settings in the file. Paths are relative to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) database: PathBuf,
    #[serde(default = "migrations")]
    pub(super) migrations: PathBuf,
    #[serde(default = "templates")]
    pub(super) templates: PathBuf,
    #[serde(default = "repeatable")]
    pub(super) repeatable: PathBuf,
    pub(super) models: Option<PathBuf>,
    pub(super) schema_file: Option<PathBuf>,
    #[serde(default)]
    application_functions: Vec<String>,
    #[serde(default)]
    application_collations: Vec<String>,
    #[serde(default)]
    application_tokenizers: Vec<String>,
    #[serde(default)]
    pub(super) exclude_tables: Vec<String>,
    #[serde(default)]
    pub(super) protected: Protected,
    #[serde(default)]
    pub(super) backup: bool,
    #[serde(default = "backups")]
    pub(super) backups: PathBuf,
    #[serde(default = "backup_keep")]
    pub(super) backup_keep: NonZeroUsize,
    #[serde(default)]
    keep_lost: Kept,
    kept_days: Option<NonZeroU32>,
    kept_megabytes: Option<NonZeroU32>,
    pub(super) check_losses_after: Option<MigrationId>,
}

fn migrations() -> PathBuf {
    "migrations".into()
}

fn templates() -> PathBuf {
    "templates".into()
}

fn repeatable() -> PathBuf {
    "repeatable".into()
}

fn backups() -> PathBuf {
    "backups".into()
}

fn backup_keep() -> NonZeroUsize {
    Backups::KEEP
}

impl ConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = regular_file::read_text(path, regular_file::SETTINGS)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// How what migrations take away is kept.
    pub(super) fn keep(&self) -> KeepLost {
        self.keep_lost.for_at_most(self.kept_days, self.kept_megabytes)
    }

    /// What the application has, beside what SQLite has.
    pub(super) fn application(&self) -> ApplicationNames {
        ApplicationNames {
            functions: self.application_functions.clone(),
            collations: self.application_collations.clone(),
            tokenizers: self.application_tokenizers.clone(),
        }
    }
}
