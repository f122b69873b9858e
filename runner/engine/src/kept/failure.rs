//! Why what a migration takes away is not kept, or what was kept not put back.

use std::path::PathBuf;

use crate::database::DatabaseError;
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{self, Action, Hint};
use crate::id::MigrationId;
use crate::record::RecordError;

/// Why what a migration takes away is not kept, or what was kept not put back. Nothing of the step is in the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// There is no such table.
    #[error(
        "`{id}` says that it loses `{loss}`, which is to be kept, and there is no table `{table}`"
    )]
    NoTable {
        /// The migration.
        id: MigrationId,
        /// What it loses.
        loss: String,
        /// The table.
        table: String,
    },
    /// The table has no such column.
    #[error(
        "`{id}` says that it loses `{loss}`, which is to be kept, and `{table}` has no such column"
    )]
    NoColumn {
        /// The migration.
        id: MigrationId,
        /// What it loses.
        loss: String,
        /// The table.
        table: String,
    },
    /// It is a virtual table.
    #[error("`{id}` loses `{table}`, a virtual table, whose rows cannot be kept")]
    Virtual {
        /// The migration.
        id: MigrationId,
        /// The table.
        table: String,
    },
    /// What its rows are told apart by is gone, or there is nothing of that kind.
    #[error(
        "what `{id}` loses of `{table}` cannot be kept: nothing tells its rows apart that stays"
    )]
    KeyGone {
        /// The migration.
        id: MigrationId,
        /// The table.
        table: String,
    },
    /// Where rows were, that have no key, others are.
    #[error(
        "which rows of `{table}` the migration `{id}` took away cannot be told: they have no key, and other rows are \
         where they were"
    )]
    Renumbered {
        /// The migration.
        id: MigrationId,
        /// The table.
        table: String,
    },
    /// It is not one transaction.
    #[error("what `{id}` loses cannot be kept: it {}", if *batched { "is batched" } else { "has no transaction" })]
    NotInOneTransaction {
        /// The migration.
        id: MigrationId,
        /// Whether it is batched.
        batched: bool,
    },
    /// An earlier step of the same transaction changed the table.
    #[error(
        "what `{id}` loses of `{table}` cannot be kept: an earlier step in the same transaction changed that table"
    )]
    ChangedBefore {
        /// The migration.
        id: MigrationId,
        /// The table.
        table: String,
    },
    /// What was kept of a migration that is no longer one transaction.
    #[error("what was kept of `{id}` cannot be put back: it {}", if *batched { "is batched" } else { "has no transaction" })]
    NotPutBackAlone {
        /// The migration.
        id: MigrationId,
        /// Whether it is batched.
        batched: bool,
    },
    /// The file that values are to be kept in is there already.
    #[error("`{}` is there already, and {what}", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
        /// What is in it.
        what: String,
    },
    /// The file that values are to be kept in cannot be made, or written.
    #[error("what is lost cannot be kept in `{}`", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: FileProblem,
    },
    /// The file that values were kept in cannot be used.
    #[error("what was kept of `{id}` cannot be read from `{}`", path.display())]
    Unreadable {
        /// The migration.
        id: MigrationId,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: FileProblem,
    },
    /// The sets cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// SQLite refused.
    #[error("cannot keep what is lost, or put it back")]
    Sqlite(#[from] rusqlite::Error),
}

/// What is wrong with a file of kept values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// It is not there.
    #[error("there is no such file")]
    Absent,
    /// It is not what it has to be.
    #[error("{0}")]
    Wrong(String),
    /// The system refused.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// It cannot be made, or opened.
    #[error(transparent)]
    Database(Box<DatabaseError>),
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl From<DatabaseError> for FileProblem {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}

impl FileProblem {
    /// As that of a file that is not the database: its damage is none of the database.
    pub(super) fn of_another_file(self) -> Self {
        match self {
            Self::Sqlite(error) if exit::of_sqlite(&error) == Exit::Damaged => {
                Self::Wrong(error.to_string())
            }
            other => other,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Absent | Self::Wrong(_) => Exit::Refused,
            Self::System(error) => exit::of_writing(error),
            Self::Database(error) => error.exit(),
            Self::Sqlite(error) => exit::of_sqlite(error),
        }
    }

    fn code(&self, otherwise: Code) -> Code {
        match self {
            Self::Absent | Self::Wrong(_) => otherwise,
            Self::System(error) => explain::of_io(error, otherwise),
            Self::Database(error) => error.code(),
            Self::Sqlite(error) => explain::of_sqlite(error),
        }
    }
}

impl KeptError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unwritable { source, .. } | Self::Unreadable { source, .. } => source.exit(),
            Self::Record(RecordError::Sqlite(error)) | Self::Sqlite(error) => {
                exit::of_sqlite(error)
            }
            _ => Exit::Refused,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoTable { .. }
            | Self::NoColumn { .. }
            | Self::Virtual { .. }
            | Self::KeyGone { .. }
            | Self::Renumbered { .. }
            | Self::NotInOneTransaction { .. }
            | Self::ChangedBefore { .. } => Code::LossesNotKept,
            Self::NotPutBackAlone { .. } => Code::KeptNotPutBack,
            Self::FileExists { .. } => Code::KeepFile,
            Self::Unwritable { source, .. } => source.code(Code::KeepFile),
            Self::Unreadable { source, .. } => source.code(Code::KeptFile),
            Self::Record(error) => error.code(),
            Self::Sqlite(error) => explain::of_sqlite(error),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoTable { .. } | Self::NoColumn { .. } => Hint::from(
                "nothing was done; name in `LOSES` what is there before the migration, or do not keep it: ",
            )
            .and(Action::MigrateWithoutKeeping),
            Self::Virtual { .. } | Self::KeyGone { .. } => {
                Hint::from("nothing was done; without keeping it: ")
                    .and(Action::MigrateWithoutKeeping)
            }
            Self::Renumbered { .. } => Hint::from(
                "nothing of this step is in the database; delete the rows where they are, give the table a key, or \
                 do not keep them: ",
            )
            .and(Action::MigrateWithoutKeeping),
            Self::NotInOneTransaction { .. } => Hint::from(
                "nothing was done; a backup has it as well. Without keeping it: ",
            )
            .and(Action::MigrateWithoutKeeping),
            Self::ChangedBefore { .. } => {
                "nothing was done; take the steps in transactions of their own".into()
            }
            Self::NotPutBackAlone { id, .. } => {
                Hint::from("nothing was done; without what was kept: ")
                    .and(Action::PurgeKept(id.clone()))
            }
            Self::FileExists { .. } => {
                "nothing was done, and the file is as it was; name another".into()
            }
            Self::Unwritable { source: FileProblem::Sqlite(error), .. } => {
                let nothing = Hint::from("nothing of this step is in the database");
                match hint::of_sqlite(error) {
                    Some(next) => nothing.and("; ").and(next),
                    None => nothing,
                }
            }
            Self::Unwritable { source: FileProblem::Database(error), .. } => return error.hint(),
            Self::Unwritable { .. } => "nothing of this step is in the database".into(),
            Self::Unreadable { id, .. } => Hint::from("nothing was done; where the file is: ")
                .and(Action::NameKeptFile)
                .and("; without what was kept: ")
                .and(Action::PurgeKept(id.clone())),
            Self::Record(error) => return error.hint(),
            Self::Sqlite(error) => return hint::of_sqlite(error),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant, id};

    impl Examples for KeptError {
        fn examples() -> Vec<Self> {
            let table = || "player".to_owned();
            let path = || PathBuf::from("/srv/game/kept.db");
            each_variant!(KeptError:
                NoTable { id: id(), loss: "player.note".into(), table: table() },
                NoColumn { id: id(), loss: "player.note".into(), table: table() },
                Virtual { id: id(), table: table() },
                KeyGone { id: id(), table: table() },
                Renumbered { id: id(), table: table() },
                NotInOneTransaction { id: id(), batched: true },
                NotInOneTransaction { id: id(), batched: false },
                ChangedBefore { id: id(), table: table() },
                NotPutBackAlone { id: id(), batched: true },
                FileExists { path: path(), what: "is no file of kept values".into() },
                Unwritable { path: path(), source: FileProblem::System(messages::refused()) },
                Unwritable { path: path(), source: FileProblem::Sqlite(messages::full()) },
                Unwritable { path: path(), source: FileProblem::from(DatabaseError::example()) },
                Unwritable { path: path(), source: FileProblem::Wrong("it lacks rows that were written".into()) },
                Unreadable { id: id(), path: path(), source: FileProblem::Absent },
                Unreadable { id: id(), path: path(), source: FileProblem::Wrong("it is damaged".into()) },
                Record(RecordError::example()),
                Sqlite(messages::busy()),
            )
        }
    }
}
