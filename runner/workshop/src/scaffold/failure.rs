//! Why nothing was made.

use std::io;
use std::path::PathBuf;

use super::{FieldError, NameError, TypedError};
use crate::discover::DiscoverError;
use runner_engine::MigrationId;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};

/// Why a project or a migration was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The name is no name for a migration.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A field says nothing that can be made a column.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The rows of a table are not written as structs.
    #[error(transparent)]
    Typed(#[from] TypedError),
    /// A template is filled in by hand.
    #[error("the template `{template}` has no place for the field `{}`", field.escape_debug())]
    FieldWithTemplate {
        /// The template that was asked for.
        template: String,
        /// The first field.
        field: String,
    },
    /// A name that says all leaves nothing for a field.
    #[error("a column to rename needs no field: `{}`", field.escape_debug())]
    FieldToRename {
        /// The first field.
        field: String,
    },
    /// A column is to be dropped, and another is described.
    #[error("the name drops the column `{column}`, but the field is `{}`", field.escape_debug())]
    OtherField {
        /// The column in the name.
        column: String,
        /// The field.
        field: String,
    },
    /// A column is to be renamed to what it is called.
    #[error("the column `{column}` has this name already")]
    SameName {
        /// The column.
        column: String,
    },
    /// The folder of migrations is not what it should be.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// There is no such template.
    #[error("there is no template `{name}`")]
    NoTemplate {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A template's file cannot be filled in.
    #[error("the template file `{}` is not right", path.display())]
    BadTemplate {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: minijinja::Error,
    },
    /// Something else is in the way, and is not written over.
    #[error("`{}` is there already, and it is not what `runner init` makes", path.display())]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
    },
    /// A cargo manifest around the project is not readable.
    #[error("`{}` is not right", path.display())]
    BadManifest {
        /// The manifest.
        path: PathBuf,
        /// Where and why.
        source: Box<toml_edit::TomlError>,
    },
    /// The folder given as migration-api is not that crate.
    #[error("`{}` is not the folder of the crate `migration-api`", path.display())]
    NotTheApi {
        /// The folder.
        path: PathBuf,
    },
    /// The folder given as migration-api is not there.
    #[error("there is no folder `{}`", path.display())]
    NoApiFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder that this runner was built from is gone, and nothing else is named.
    #[error("the folder of migration-api that this runner was built from is not there any more")]
    NoApi,
    /// What is given as a git repository is none that cargo can fetch.
    #[error("`{url}` is no URL")]
    NotAUrl {
        /// What was given.
        url: String,
    },
    /// A migration that is to get another timestamp is applied.
    #[error("`{id}` is applied in `{}`", database.display())]
    Applied {
        /// The migration.
        id: MigrationId,
        /// The database.
        database: PathBuf,
    },
    /// A migration that is to get another timestamp has no transaction, or is batched, and has begun.
    #[error("`{id}` was started in `{}` and is not finished", database.display())]
    Started {
        /// The migration.
        id: MigrationId,
        /// The database.
        database: PathBuf,
    },
    /// A file of a template cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file system refused.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ScaffoldError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unwritable { source, .. } => exit::of_io(source, Exit::Usage),
            Self::Applied { .. } | Self::Started { .. } => Exit::Refused,
            Self::Typed(error) => error.exit(),
            _ => Exit::Usage,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Name(_) => Code::BadName,
            Self::Typed(error) => error.code(),
            Self::Field(_)
            | Self::FieldWithTemplate { .. }
            | Self::FieldToRename { .. }
            | Self::OtherField { .. }
            | Self::SameName { .. } => Code::BadField,
            Self::Discover(error) => error.code(),
            Self::NoTemplate { .. } | Self::BadTemplate { .. } => Code::BadTemplate,
            Self::InTheWay { .. } => Code::FileInTheWay,
            Self::BadManifest { .. } => Code::BadManifest,
            Self::NotTheApi { .. } | Self::NoApiFolder { .. } | Self::NoApi => Code::NotTheApi,
            Self::NotAUrl { .. } => Code::BadArguments,
            Self::Applied { .. } | Self::Started { .. } => Code::AppliedMigration,
            Self::Unreadable { .. } => Code::UnreadableFile,
            Self::Unwritable { source, .. } => explain::of_io(source, Code::UnwritableFile),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Name(error) => return error.hint(),
            Self::Field(error) => return error.hint(),
            Self::Typed(error) => return error.hint(),
            Self::FieldWithTemplate { .. } => {
                "leave the fields out, or take no template and let the name of the migration say \
                 what they are for"
                    .into()
            }
            Self::FieldToRename { .. } => {
                "`rename_COLUMN_to_NEW_in_TABLE` says all of it: leave the fields out".into()
            }
            Self::OtherField { column, .. } => {
                format!(
                    "the field says what `{column}` was, for the way back; leave it out if there is none"
                ).into()
            }
            Self::SameName { .. } => "`rename_COLUMN_to_NEW_in_TABLE` needs two names".into(),
            Self::Discover(error) => return error.hint(),
            Self::NoTemplate { known, .. } => {
                let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
                format!("there are {}", known.join(", ")).into()
            }
            Self::InTheWay { path } => {
                format!("move `{}` away, or edit it by hand", path.display()).into()
            }
            Self::NotTheApi { .. } => "it is the folder with its `Cargo.toml`".into(),
            Self::NoApiFolder { .. } => {
                "see whether this is the right path, from the current folder".into()
            }
            Self::NoApi => "say where the migrations get it from".into(),
            Self::NotAUrl { .. } => "cargo takes `https://host.example/runner`, and \
                                     `ssh://git@host.example/runner` for what git writes as \
                                     `git@host.example:runner`"
                .into(),
            Self::Applied { .. } => {
                Hint::from("it keeps its timestamp. ")
                .and(Action::RevertLast)
                .and(" reverts the newest")
            }
            Self::Started { .. } => Hint::from("it keeps its timestamp until it is settled: ")
                .and(Action::ShowStatus)
                .and(" shows how"),
            Self::BadTemplate { .. } => {
                "it may use `id`, `package`, `name`, `type_name` and `sentence`, each in `{{ }}`"
                    .into()
            }
            Self::Unreadable { source, .. } => return hint::reading(source),
            Self::Unwritable { source, .. } => return hint::writing(source),
            Self::BadManifest { .. } => return None,
        })
    }
}

/// Turns an error of the file system into one that names the path that cannot be read.
pub(crate) fn unreadable(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ScaffoldError {
    let path = path.into();
    move |source| ScaffoldError::Unreadable { path, source }
}

/// Turns an error of the file system into one that names the path that cannot be written.
pub(crate) fn unwritable(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ScaffoldError {
    let path = path.into();
    move |source| ScaffoldError::Unwritable { path, source }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, refused};

    impl Examples for ScaffoldError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/game/migrations/Cargo.toml");
            let mut examples = each_variant!(ScaffoldError:
                Name(NameError::example()),
                Field(FieldError::example()),
                Typed(TypedError::example()),
                FieldWithTemplate { template: "sql".into(), field: "level:integer".into() },
                FieldToRename { field: "level:integer".into() },
                OtherField { column: "level".into(), field: "score:integer".into() },
                SameName { column: "level".into() },
                Discover(DiscoverError::example()),
                NoTemplate { name: "sq".into(), known: vec!["empty".into(), "sql".into()] },
                BadTemplate {
                    path: "/srv/game/templates/own/src/lib.rs".into(),
                    source: minijinja::Environment::new().template_from_str("{{ id").unwrap_err(),
                },
                InTheWay { path: path() },
                BadManifest {
                    path: path(),
                    source: Box::new("[package".parse::<toml_edit::DocumentMut>().unwrap_err()),
                },
                NotTheApi { path: "/src/runner".into() },
                NoApiFolder { path: "tools/runner/migration-api".into() },
                NoApi,
                NotAUrl { url: "git@host.example:runner".into() },
                Applied { id: messages::id(), database: "/srv/game/game.db".into() },
                Started { id: messages::id(), database: "/srv/game/game.db".into() },
                Unreadable { path: path(), source: refused() },
                Unwritable { path: path(), source: refused() },
                Unwritable { path: path(), source: io::ErrorKind::StorageFull.into() },
            );
            examples.extend(NameError::others().map(Self::Name));
            examples.extend(FieldError::others().map(Self::Field));
            examples.extend(TypedError::others().map(Self::Typed));
            examples
        }
    }
}
