//! Why a schema cannot be read.

use migration_api::schema::SchemaError as ReadError;

use runner_engine::Missing;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Hint};

/// Why a schema cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// An object is not understood.
    #[error("cannot read the schema of {of}")]
    Unread {
        /// Whose schema it is.
        of: String,
        /// What is not understood.
        #[source]
        source: ReadError,
    },
    /// SQLite cannot make an object again from its text.
    #[error("cannot make `{name}` of {of} again, without its rows")]
    NotAgain {
        /// Whose schema it is.
        of: String,
        /// The object.
        name: String,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
}

impl SchemaError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unread { source: ReadError::Sqlite(source), .. } => exit::of_sqlite(source),
            Self::Unread { .. } | Self::NotAgain { .. } => Exit::Failed,
        }
    }

    /// The page of `runner explain` about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unread { source: ReadError::Sqlite(source), .. } => explain::of_sqlite(source),
            Self::Unread { .. } => Code::SchemaUnread,
            Self::NotAgain { .. } => Code::SchemaNotCopied,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Unread { source: ReadError::Sqlite(source), .. } => {
                return hint::of_sqlite(source);
            }
            Self::Unread { .. } => "nothing was changed; the object can be read by SQLite alone: \
                                    write what is to change of it in SQL"
                .into(),
            Self::NotAgain { source, .. } => {
                let missing = Missing::in_words(&source.to_string());
                match missing.and_then(|missing| missing.next()) {
                    Some(next) => format!("nothing was changed; {next}").into(),
                    None => {
                        "nothing was changed; an object that needs a module of the application \
                             cannot be made without it"
                            .into()
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for SchemaError {
        fn examples() -> Vec<Self> {
            let of = || "the database `game.db`".to_owned();
            each_variant!(SchemaError:
                Unread {
                    of: of(),
                    source: ReadError::Disagrees {
                        table: "player".into(),
                        difference: "the default of `level`".into(),
                    },
                },
                Unread { of: of(), source: messages::corrupt().into() },
                Unread { of: of(), source: messages::busy().into() },
                NotAgain {
                    of: of(),
                    name: "by_name".into(),
                    source: rusqlite::Error::SqliteFailure(
                        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
                        Some("no such collation sequence: GERMAN".into()),
                    ),
                },
            )
        }
    }
}
