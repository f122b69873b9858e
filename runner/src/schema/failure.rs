//! Why a schema cannot be told.

use crate::application::Missing;
use crate::explain::Code;

/// Why a schema cannot be told.
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
        source: migration_api::schema::SchemaError,
    },
    /// SQLite does not make again what it has.
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
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unread { .. } => Code::SchemaUnread,
            Self::NotAgain { .. } => Code::SchemaNotCopied,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unread { .. } => "nothing was changed; the object can be read by SQLite alone: \
                                    write what is to change of it in SQL"
                .to_owned(),
            Self::NotAgain { source, .. } => {
                let missing = Missing::in_words(&source.to_string());
                match missing.and_then(|missing| missing.next()) {
                    Some(next) => format!("nothing was changed; {next}"),
                    None => {
                        "nothing was changed; an object that needs a module of the application \
                             cannot be made without it"
                            .to_owned()
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for SchemaError {
        fn examples() -> Vec<Self> {
            let of = || "the database `game.db`".to_owned();
            each_variant!(SchemaError:
                Unread {
                    of: of(),
                    source: migration_api::schema::SchemaError::Disagrees {
                        table: "player".into(),
                        difference: "the default of `level`".into(),
                    },
                },
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
