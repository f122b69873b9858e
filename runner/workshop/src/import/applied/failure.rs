//! Why what another tool applied was not recorded here.

use std::path::PathBuf;

use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};
use runner_engine::{Exit, MigrationId, exit};

use super::OtherSchema;
use crate::import::Tool;

/// Why what another tool applied was not recorded here. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppliedError {
    /// SQLite refused to read.
    #[error("cannot read what another tool has applied")]
    Unreadable(#[from] rusqlite::Error),
    /// There is nothing yet.
    #[error("there is no database `{}` that a tool could have migrated", path.display())]
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// No table of a known tool is there.
    #[error("`{database}` holds the history of no tool that is known")]
    NoHistory {
        /// The database.
        database: String,
    },
    /// There is more than one history.
    #[error("`{database}` holds the histories of {}", names(tools))]
    SeveralTools {
        /// The database.
        database: String,
        /// The tools.
        tools: Vec<Tool>,
    },
    /// The database has tables, and the tool keeps nothing there.
    #[error(
        "`{database}` has tables, and nothing in it says which migrations of {tool} are applied"
    )]
    NothingSays {
        /// The database.
        database: String,
        /// The tool.
        tool: Tool,
    },
    /// The table has not the columns that it has with the versions that are known.
    #[error(
        "the columns of the table `{table}` are not those that {} gives it, but {}",
        either(tools),
        all(columns)
    )]
    UnknownFormat {
        /// The table.
        table: String,
        /// Its columns.
        columns: Vec<String>,
        /// The tools that have a table of that name.
        tools: Vec<Tool>,
    },
    /// A row has a value that the tool never writes.
    #[error("the table `{table}` holds a row whose `{column}` is {found}, which is unknown here")]
    BadRow {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its value.
        found: String,
    },
    /// A migration failed, or was stopped half way.
    #[error("`{version}` is not done: {says} in the table `{table}`")]
    Unfinished {
        /// The table.
        table: String,
        /// The migration.
        version: String,
        /// What says so.
        says: String,
    },
    /// A table that has one row has more.
    #[error("the table `{table}` holds {count} versions, and only one can be the newest")]
    SeveralVersions {
        /// The table.
        table: String,
        /// How many.
        count: usize,
    },
    /// The database has more than the folder.
    #[error(
        "{place} of `{database}` says that {} applied, and the folder has no such migration",
        are(versions)
    )]
    NotInFolder {
        /// The database.
        database: String,
        /// Where the tool keeps it.
        place: String,
        /// The versions.
        versions: Vec<String>,
    },
    /// The migrations that are to be recorded are not there.
    #[error("the migrations here lack {}", list(&ids(missing)))]
    NotHere {
        /// Their ids.
        missing: Vec<MigrationId>,
    },
    /// The history here goes on with migrations that the tool does not have.
    #[error(
        "`{database}` has migrations of its own in its history, such as `{id}`, and {} applied with {tool} since",
        are(versions)
    )]
    TwoHistories {
        /// The database.
        database: String,
        /// One that is not of the tool.
        id: MigrationId,
        /// The tool.
        tool: Tool,
        /// What it applied.
        versions: Vec<String>,
    },
    /// A batched migration is half done.
    #[error("the batched migration `{id}` is half done, so nothing is recorded as applied")]
    HalfDone {
        /// The migration.
        id: MigrationId,
    },
    /// The SQL does not run from nothing.
    #[error("the SQL of `{file}` does not run after that of the migrations before it")]
    Replay {
        /// The file.
        file: String,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// Files that were applied are others now, and nobody agreed to that.
    #[error("{place} has other checksums than the files of {}", list(versions))]
    OtherFiles {
        /// Where the tool keeps them.
        place: String,
        /// The versions.
        versions: Vec<String>,
    },
    /// There are files to be imported, and no folder was named.
    #[error("{place} is that of {tool}, whose migrations are files")]
    NoFolder {
        /// The tool.
        tool: Tool,
        /// Where it keeps what is applied.
        place: String,
    },
    /// A bundle has no migration for the history to be recorded under.
    #[error("there is no migration that the history of {tool} could be recorded under")]
    NoMigration {
        /// The tool.
        tool: Tool,
    },
    /// The schema is not what the migrations give that are applied.
    #[error(transparent)]
    OtherSchema(Box<OtherSchema>),
    /// What was compared is not what is there under the lock.
    #[error("`{database}` was changed by another program meanwhile")]
    Changed {
        /// The database.
        database: String,
    },
}

pub(super) fn list(words: &[impl AsRef<str>]) -> String {
    /// More are only counted.
    const SHOWN: usize = 5;
    let shown: Vec<_> = words.iter().take(SHOWN).map(|it| format!("`{}`", it.as_ref())).collect();
    match words.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn all(words: &[String]) -> String {
    words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn names(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(" and ")
}

fn either(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(" or ")
}

fn are(versions: &[String]) -> String {
    format!("{} {}", list(versions), if versions.len() == 1 { "is" } else { "are" })
}

fn ids(ids: &[MigrationId]) -> Vec<&str> {
    ids.iter().map(MigrationId::as_str).collect()
}

impl AppliedError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreadable(source) => exit::of_sqlite(source),
            Self::NoDatabase { .. }
            | Self::NoHistory { .. }
            | Self::SeveralTools { .. }
            | Self::NothingSays { .. }
            | Self::NoFolder { .. }
            | Self::NoMigration { .. } => Exit::Usage,
            Self::Changed { .. } => Exit::TryAgain,
            _ => Exit::Refused,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable(source) => explain::of_sqlite(source),
            Self::NoDatabase { .. } => Code::NoDatabase,
            Self::NoHistory { .. }
            | Self::SeveralTools { .. }
            | Self::NothingSays { .. }
            | Self::NoFolder { .. }
            | Self::NoMigration { .. }
            | Self::Replay { .. } => Code::NotImportable,
            Self::UnknownFormat { .. } | Self::BadRow { .. } | Self::SeveralVersions { .. } => {
                Code::UnknownOldHistory
            }
            Self::Unfinished { .. } => Code::UnfinishedElsewhere,
            Self::NotInFolder { .. } | Self::NotHere { .. } | Self::TwoHistories { .. } => {
                Code::OtherOldHistory
            }
            Self::OtherFiles { .. } => Code::NotConfirmed,
            Self::HalfDone { .. } => Code::HalfDone,
            Self::OtherSchema(_) => Code::OtherOldSchema,
            Self::Changed { .. } => Code::StalePlan,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Unreadable(source) => return hint::of_sqlite(source),
            Self::NoDatabase { .. } => "name the one that it has migrated".into(),
            Self::NoHistory { .. } => Hint::from(Action::WriteMigrationForDatabase)
                .and(" and ")
                .and(Action::RecordAsApplied)
                .and(" adopt a database without a history"),
            Self::SeveralTools { .. } => "say which of them is meant".into(),
            Self::NothingSays { .. } => Hint::from(Action::RecordAsApplied)
                .and(" records migrations as applied whose schema is there"),
            Self::UnknownFormat { .. } | Self::BadRow { .. } | Self::SeveralVersions { .. } => {
                "find out what made it so: a newer version of the tool is not known here".into()
            }
            Self::Unfinished { .. } => "finish or undo it with that tool first".into(),
            Self::NotInFolder { .. } => "take the folder of the version that applied it".into(),
            Self::NotHere { .. } => "take the bundle or the migrations that were made of that folder".into(),
            Self::TwoHistories { .. } => {
                "find out which program still runs the old tool, and bring its work here as a migration"
                    .into()
            }
            Self::HalfDone { id } => Hint::from("finish it first: ")
                .and(Action::Migrate)
                .and("; or, if its work is done: ")
                .and(Action::RecordFinished(id.clone())),
            Self::Replay { .. } => "a history that does not begin with an empty database cannot be proven; \
                 the message of SQLite says what it lacks"
                .into(),
            Self::OtherFiles { .. } => {
                "take the files that were applied, or agree to these".into()
            }
            Self::NoFolder { .. } => "name the folder of its files as well".into(),
            Self::NoMigration { .. } => "make it where the migrations are developed, and take the bundle of it".into(),
            Self::OtherSchema(_) => {
                "make the schema what the migrations give, and import again".into()
            }
            Self::Changed { .. } => "nothing was recorded; import it again".into(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant, id};

    impl Examples for AppliedError {
        fn examples() -> Vec<Self> {
            let database = || "app.db".to_owned();
            let words =
                |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
            let sqlite = || {
                rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
                    Some("no such table: hero".to_owned()),
                )
            };
            let mut examples = each_variant!(AppliedError:
                NoHistory { database: database() },
                NoDatabase { path: "/srv/game/app.db".into() },
                Unreadable(sqlite()),
                SeveralTools { database: database(), tools: vec![Tool::Sqlx, Tool::Diesel] },
                NothingSays { database: database(), tool: Tool::Sqlx },
                UnknownFormat {
                    table: "migrations".into(),
                    columns: words(&["id", "migration", "batch"]),
                    tools: vec![Tool::TypeOrm],
                },
                BadRow {
                    table: "goose_db_version".into(),
                    column: "is_applied".into(),
                    found: "'perhaps'".into(),
                },
                Unfinished {
                    table: "schema_migrations".into(),
                    version: "18".into(),
                    says: "`dirty` is set".into(),
                },
                SeveralVersions { table: "schema_migrations".into(), count: 2 },
                NotInFolder {
                    database: database(),
                    place: "the table `_sqlx_migrations`".into(),
                    versions: words(&["19", "20"]),
                },
                NotHere { missing: vec![id()] },
                TwoHistories {
                    database: database(),
                    id: id(),
                    tool: Tool::Sqlx,
                    versions: words(&["19"]),
                },
                HalfDone { id: id() },
                Replay { file: "0003_add_owner.sql".into(), source: sqlite() },
                OtherSchema(Box::new(OtherSchema::example())),
                OtherFiles {
                    place: "the table `_sqlx_migrations`".into(),
                    versions: words(&["7"]),
                },
                NoFolder { tool: Tool::Sqlx, place: "the table `_sqlx_migrations`".into() },
                NoMigration { tool: Tool::Django },
                Changed { database: database() },
            );
            examples.extend(OtherSchema::others().map(|it| Self::OtherSchema(Box::new(it))));
            examples
        }
    }
}
