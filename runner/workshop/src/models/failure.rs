//! How models can be wrong.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::cargo::CargoError;
use crate::described::SourceLine;
use crate::digest::SourceError;
use crate::schema::SchemaError;
use runner_engine::Missing;
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};
use runner_engine::load::InspectError;

/// Why there are no models.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// The configuration names none.
    #[error("`{}` says nothing of models", config.display())]
    NotConfigured {
        /// `runner.toml`.
        config: PathBuf,
    },
    /// There is nothing of this name.
    #[error("`{}` is not there", path.display())]
    NotThere {
        /// The file or folder.
        path: PathBuf,
    },
    /// It is neither of the two kinds.
    #[error("`{}` is neither a file of SQL nor the folder of a crate", path.display())]
    NoModels {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A statement does something else than to make a part of a schema.
    #[error("{place} is no part of a schema: it begins with {word}")]
    NotOfASchema {
        /// Where it is.
        place: SourceLine,
        /// Its first word.
        word: String,
    },
    /// A table that is made of the rows of a query.
    #[error("{place} makes a table of the rows of a query, and rows are no part of a schema")]
    OfRows {
        /// Where it is made.
        place: SourceLine,
    },
    /// The statements do not come to an end.
    #[error("reading the models took longer than {} seconds, up to {place}", limit.as_secs())]
    TookTooLong {
        /// The statement that ran, or the last one.
        place: SourceLine,
        /// How long they may take.
        limit: Duration,
    },
    /// The schema is larger than any.
    #[error("the schema has no room in memory from {place} on")]
    TooLarge {
        /// The statement for which there was no room.
        place: SourceLine,
    },
    /// A temporary object.
    #[error("{place} makes `{name}` temporary, and so no part of the schema")]
    Temporary {
        /// Where it is made.
        place: SourceLine,
        /// Its name.
        name: String,
    },
    /// A table of the runner's own.
    #[error("{place} makes `{name}`, whose name is for the runner's own tables")]
    OfTheRunner {
        /// Where it is made.
        place: SourceLine,
        /// Its name.
        name: String,
    },
    /// SQLite refused.
    #[error("SQLite refuses {place}: `{sql}`")]
    Refused {
        /// Where it is.
        place: SourceLine,
        /// What was refused, or the beginning of it.
        sql: String,
        /// Why.
        source: Box<rusqlite::Error>,
    },
    /// A foreign key that leads nowhere.
    #[error("`{table}` references `{parent}`, which no model makes ({place})")]
    NoParent {
        /// Where the table is made.
        place: SourceLine,
        /// The table.
        table: String,
        /// Where its key leads to.
        parent: String,
    },
    /// A foreign key that leads to columns by which no row can be found.
    #[error("a foreign key of `{table}` leads to columns that are no key ({place})")]
    NotAKey {
        /// Where the table is made.
        place: SourceLine,
        /// The table.
        table: String,
        /// What SQLite says.
        source: Box<rusqlite::Error>,
    },
    /// A view or a trigger that does not compile.
    #[error("the {kind} `{name}` does not compile ({place}): {reason}")]
    Broken {
        /// Where it is made.
        place: SourceLine,
        /// View or trigger.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What SQLite says.
        reason: String,
    },
    /// A comment about an old name that belongs to nothing.
    #[error("{place} says that something was `{name}`, and is at no table and no column")]
    LostWas {
        /// Where it is.
        place: SourceLine,
        /// The old name.
        name: String,
    },
    /// The schema cannot be read.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database in memory does not work.
    #[error("cannot make the database in memory that models are read with")]
    Scratch(#[source] rusqlite::Error),
    /// Cargo built nothing.
    #[error("cannot build the models in `{}`", folder.display())]
    Cargo {
        /// The folder of the crate.
        folder: PathBuf,
        /// Why.
        source: CargoError,
    },
    /// They were edited each time while cargo built them.
    #[error("the models in `{}` were edited while cargo built them, each time", folder.display())]
    Edited {
        /// The folder of the crate.
        folder: PathBuf,
    },
    /// Cargo succeeded and made no library of it.
    #[error("cargo made no dynamic library of `{}`", folder.display())]
    NoLibrary {
        /// The folder of the crate.
        folder: PathBuf,
    },
    /// The library cannot be used.
    #[error("cannot read the models in `{}`", library.display())]
    Load {
        /// The library.
        library: PathBuf,
        /// Why.
        #[source]
        reason: LoadReason,
    },
}

/// Why a library of models cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadReason {
    /// The file is not what it should be.
    #[error(transparent)]
    Inspect(InspectError),
    /// The system's loader refused.
    #[error("the system's loader refuses it")]
    Open(#[source] libloading::Error),
    /// The library gave no models.
    #[error("{0}")]
    Failed(String),
}

impl From<SourceError> for ModelsError {
    fn from(SourceError { path, source }: SourceError) -> Self {
        Self::Unreadable { path, source }
    }
}

impl ModelsError {
    /// The page of `runner explain` about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotConfigured { .. } | Self::NotThere { .. } | Self::NoModels { .. } => {
                Code::NoModels
            }
            Self::Unreadable { .. } => Code::UnreadableFile,
            Self::NotOfASchema { .. }
            | Self::OfRows { .. }
            | Self::TookTooLong { .. }
            | Self::TooLarge { .. }
            | Self::Temporary { .. }
            | Self::OfTheRunner { .. }
            | Self::Refused { .. }
            | Self::NoParent { .. }
            | Self::NotAKey { .. }
            | Self::Broken { .. }
            | Self::LostWas { .. } => Code::BadModels,
            Self::Schema(error) => error.code(),
            Self::Scratch(source) => explain::of_sqlite(source),
            Self::Cargo { source, .. } => source.code(),
            Self::Edited { .. } => Code::SourceInMotion,
            Self::NoLibrary { .. } => Code::NoLibrary,
            Self::Load { reason: LoadReason::Inspect(error), .. } => error.code(),
            Self::Load { reason: LoadReason::Open(_), .. } => Code::LibraryNotLoaded,
            Self::Load { reason: LoadReason::Failed(_), .. } => Code::ModelsFailed,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NotConfigured { .. } => "write `models = \"schema.sql\"`, a file of CREATE \
                                           statements, or `models = \"models\"`, the folder of a \
                                           crate that exports them"
                .into(),
            Self::NotThere { .. } => {
                "see `models` in `runner.toml`, or the name in the command".into()
            }
            Self::NoModels { .. } => {
                "`models` in `runner.toml` is a path that ends in `.sql`, or a folder with a \
                 `Cargo.toml`"
                    .into()
            }
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::NotOfASchema { .. } => {
                "models are CREATE TABLE, INDEX, VIEW, TRIGGER and VIRTUAL TABLE; rows are for \
                 migrations"
                    .into()
            }
            Self::OfRows { .. } => Hint::from("name its columns in place of `AS SELECT`: ")
                .and(Action::ShowSchema)
                .and(" shows those of a database that has it"),
            Self::TookTooLong { .. } => {
                "views of views may be read again for each that uses them: take some of them out"
                    .into()
            }
            Self::TooLarge { .. } => "is it a schema, or data too?".into(),
            Self::Temporary { .. } => "leave out TEMP, or the statement".into(),
            Self::OfTheRunner { .. } => "leave it out, or give it another name".into(),
            Self::Refused { source, .. } => return next(source),
            Self::NoParent { parent, .. } => {
                format!("add `{parent}` to the models, or take the foreign key out").into()
            }
            Self::NotAKey { .. } => {
                "a foreign key leads to the primary key of a table, or to columns that are UNIQUE"
                    .into()
            }
            Self::LostWas { .. } => {
                "`-- was: old_name` belongs behind a column, on its line, or on \
                                     a line of its own before CREATE TABLE"
                    .into()
            }
            Self::Cargo { source, .. } => return source.hint(),
            Self::Edited { .. } => "run the command again when the files stay as they are".into(),
            Self::NoLibrary { .. } => {
                "is it a package of its own, or only a workspace? Name the package's folder".into()
            }
            Self::Load { reason: LoadReason::Inspect(error), .. } => return error.next(build_anew),
            Self::Load { reason: LoadReason::Open(_), .. } => {
                "is a library that it links to missing on this machine?".into()
            }
            Self::Broken { .. }
            | Self::Schema(_)
            | Self::Scratch(_)
            | Self::Load { reason: LoadReason::Failed(_), .. } => return None,
        })
    }
}

/// How to get rid of a built file that is not what it should be; cargo has it under a second name.
fn build_anew() -> Hint {
    "`cargo clean` in the folder of the models removes it; then run the command again, which builds it \
     anew"
        .into()
}

/// What to do about what SQLite's shell prints with `.schema` and SQLite does not take.
fn next(error: &rusqlite::Error) -> Option<Hint> {
    let words = error.to_string();
    if words.contains("reserved for internal use") {
        return Some("SQLite makes tables of that name itself: take the statement out".into());
    }
    Missing::in_words(&words)?.next().map(Hint::from)
}

#[cfg(test)]
mod examples;
