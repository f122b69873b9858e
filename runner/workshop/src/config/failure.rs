//! How a configuration can be wrong.

use std::io;
use std::path::PathBuf;

use super::{CONFIG_FILE, UrlError};
use runner_engine::MigrationId;
use runner_engine::explain::Code;
use runner_engine::hint::{self, Action, Hint};

/// What can be wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no configuration file.
    #[error("there is no `{CONFIG_FILE}` in `{}` or above", from.display())]
    NoConfig {
        /// Where the search began.
        from: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `runner.toml` is not what it should be.
    #[error("`{}` is not right", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// `.env` is not what it should be.
    #[error("`{}` is not right in line {line}", path.display())]
    DotEnv {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        source: UrlError,
    },
    /// What `runner.toml` says of the database names none.
    #[error("the `database` in `{}` is not right", path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// Why.
        source: UrlError,
    },
    /// What the caller says of the database names none. It may hold a password and is not shown.
    #[error("the database that was asked for is not right")]
    Asked {
        /// Why.
        source: UrlError,
    },
    /// What `keep_lost` names is no migration.
    #[error("`keep_lost` in `{}` names `{name}`, and there is no such migration", path.display())]
    UnknownInKeepLost {
        /// The file.
        path: PathBuf,
        /// What it names.
        name: String,
    },
    /// `check_losses_after` names a migration that there is not.
    #[error("`check_losses_after` in `{}` names `{id}`, and there is no such migration", path.display())]
    CheckLossesAfter {
        /// The file.
        path: PathBuf,
        /// The migration.
        id: MigrationId,
        /// What may have been meant.
        nearest: Option<MigrationId>,
    },
    /// The environment's `DATABASE_URL` is not what it should be.
    #[error("the environment variable `DATABASE_URL` is not right")]
    Environment {
        /// Why.
        source: UrlError,
    },
}

impl ConfigError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoConfig { .. } => Code::NoConfiguration,
            Self::Unreadable { .. } => Code::UnreadableFile,
            Self::Unwritable { .. } => Code::UnwritableFile,
            Self::Malformed { .. }
            | Self::UnknownInKeepLost { .. }
            | Self::CheckLossesAfter { .. } => Code::BadConfiguration,
            Self::Setting { .. }
            | Self::Asked { .. }
            | Self::DotEnv { .. }
            | Self::Environment { .. } => Code::BadDatabaseUrl,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::NoConfig { .. } => Some(Hint::from(Action::MakeProject).and(" makes one")),
            Self::DotEnv { source: UrlError::Line, .. } => Some(
                "write NAME=value there, in quotes if the value holds spaces; `#` begins a comment"
                    .into(),
            ),
            Self::Setting { .. }
            | Self::Asked { .. }
            | Self::DotEnv { .. }
            | Self::Environment { .. } => Some("write a path, or `sqlite:` and a path".into()),
            Self::Unreadable { source, .. } => hint::reading(source),
            Self::Unwritable { source, .. } => hint::writing(source),
            Self::UnknownInKeepLost { .. } => {
                Some("nothing was done; it takes the id or the name of a migration".into())
            }
            Self::CheckLossesAfter { nearest, .. } => Some(match nearest {
                Some(id) => format!("did you mean `{id}`?").into(),
                None => {
                    "write the whole id of the last migration that need not declare what it loses"
                        .into()
                }
            }),
            Self::Malformed { .. } => None,
        }
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for ConfigError {
        fn examples() -> Vec<Self> {
            let file = || PathBuf::from("/srv/game/runner.toml");
            let mut examples = each_variant!(ConfigError:
                NoConfig { from: "/srv/game".into() },
                Unreadable { path: file(), source: refused() },
                Unwritable { path: file(), source: refused() },
                Malformed {
                    path: file(),
                    source: Box::new(toml::from_str::<toml::Table>("database = app.db").unwrap_err()),
                },
                DotEnv { path: "/srv/game/.env".into(), line: 3, source: UrlError::example() },
                DotEnv { path: "/srv/game/.env".into(), line: 3, source: UrlError::Memory },
                Setting { path: file(), source: UrlError::Memory },
                CheckLossesAfter { path: file(), id: messages::other_id(), nearest: Some(messages::id()) },
                CheckLossesAfter { path: file(), id: messages::other_id(), nearest: None },
                Asked { source: UrlError::Scheme("postgres".into()) },
                UnknownInKeepLost { path: file(), name: "drop_note".into() },
                Environment { source: UrlError::Memory },
            );
            examples.extend(UrlError::others().map(|source| Self::Environment { source }));
            examples
        }
    }

    impl Examples for UrlError {
        fn examples() -> Vec<Self> {
            each_variant!(UrlError:
                Line,
                Scheme("postgres".into()),
                Memory,
                NoPath,
                Encoding,
                Parameter("mode=ro".into()),
            )
        }
    }
}
