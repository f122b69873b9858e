//! How a rehearsal can fail, and why what is pending is not as it was rehearsed.

use std::io;
use std::path::PathBuf;

use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};
use runner_engine::{LossName, MigrationId, size};

/// Why nothing was rehearsed, what came of it, or why it does not hold for what is to be done. The database is
/// unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalError {
    /// There is nothing to copy.
    #[error("there is no database `{}` to rehearse on", path.display())]
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// There is nowhere to put the copies.
    #[error("cannot make a folder for the copy in `{}`", folder.display())]
    NoFolder {
        /// The folder that it was to be made in.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The copies do not fit.
    #[error(
        "`{}` has room for {}, and the rehearsal needs {}: the database has {}, there are {copies} copies of it at \
         once, and the journal may become as large as one",
        folder.display(), size::rounded_down(*free), size::rounded_up(*needed), size::rounded_up(*size)
    )]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes of the database.
        size: u64,
        /// How many files as large as it there are at once.
        copies: u64,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Each time that it was copied, somebody wrote to it before the end.
    #[error("others wrote to `{}` each of the {times} times that it was copied", path.display())]
    Overtaken {
        /// The database.
        path: PathBuf,
        /// How many times.
        times: u32,
    },
    /// Another runner was faster.
    #[error("migrations of `{}` were applied or reverted while it was copied", path.display())]
    OtherHistory {
        /// The database.
        path: PathBuf,
    },
    /// The copy cannot be used.
    #[error("cannot {doing} of the rehearsal")]
    Sqlite {
        /// What for.
        doing: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
    /// The system refuses.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody asked for the end.
    #[error("the rehearsal was stopped")]
    Stopped,
    /// Something is lost without a word.
    #[error("{}", undeclared(losses))]
    Undeclared {
        /// What, and by which migration; `None`: its way back.
        losses: Vec<(MigrationId, Option<LossName>)>,
    },
    /// The way back did not do what it is there for.
    #[error("the way back does not give back what was there: {}", faults.join("; "))]
    WayBack {
        /// What is wrong, in words.
        faults: Vec<String>,
    },
    /// What is to be done is not what was rehearsed.
    #[error("this is not what was rehearsed: {difference}")]
    NotAsRehearsed {
        /// In what it differs.
        difference: RehearsalDifference,
    },
}

/// In what that which is to be done differs from the last rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RehearsalDifference {
    /// There is none to compare with.
    #[error("there was no rehearsal on `{}`", database.display())]
    NoRehearsal {
        /// The database.
        database: PathBuf,
    },
    /// What is kept of it is damaged, or of another version.
    #[error("what is kept of the last rehearsal in `{}` cannot be read by this version", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
    },
    /// It failed.
    #[error("the last rehearsal, of {at}, failed")]
    Failed {
        /// When it was.
        at: jiff::Timestamp,
    },
    /// It was on another machine.
    #[error("the last rehearsal was on `{rehearsed}`, and this is `{here}`")]
    Machine {
        /// That machine.
        rehearsed: String,
        /// This one.
        here: String,
    },
    /// It was of another file.
    #[error("the last rehearsal was of `{rehearsed}`, and this is `{}`", here.display())]
    Database {
        /// That file.
        rehearsed: String,
        /// This one.
        here: PathBuf,
    },
    /// The file was replaced since.
    #[error("`{}` was replaced by another file since the last rehearsal", database.display())]
    Replaced {
        /// The database.
        database: PathBuf,
    },
    /// The schema is another.
    #[error("the schema of `{}` is not that of the last rehearsal", database.display())]
    Schema {
        /// The database.
        database: PathBuf,
    },
    /// The steps are others.
    #[error("the plan is another: {was}, and now {is}")]
    Plan {
        /// The steps that were rehearsed, in words.
        was: String,
        /// The steps that are to be taken.
        is: String,
    },
    /// A migration was edited.
    #[error("the source of `{id}` is not that of the last rehearsal")]
    Source {
        /// The migration.
        id: MigrationId,
    },
    /// A file of views and triggers is another.
    #[error("the file of views and triggers `{file}` is not as it was in the last rehearsal")]
    Repeatable {
        /// The file.
        file: String,
    },
}

impl RehearsalError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoDatabase { .. } => Exit::Usage,
            Self::NoFolder { source, .. } => exit::of_io(source, Exit::Usage),
            Self::NoRoom { .. } | Self::Overtaken { .. } | Self::OtherHistory { .. } => {
                Exit::TryAgain
            }
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
            Self::Io { source, .. } => exit::of_io(source, Exit::Failed),
            Self::Stopped => Exit::Interrupted,
            Self::Undeclared { .. } | Self::WayBack { .. } => Exit::Failed,
            Self::NotAsRehearsed { .. } => Exit::Refused,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoDatabase { .. } => Code::NoDatabase,
            Self::NoFolder { source, .. } => explain::of_io(source, Code::NoFolder),
            Self::NoRoom { .. } => Code::DiskFull,
            Self::Overtaken { .. } => Code::DatabaseBusy,
            Self::OtherHistory { .. } => Code::StalePlan,
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
            Self::Io { source, .. } => explain::of_io(source, Code::UnwritableFile),
            Self::Stopped => Code::Stopped,
            Self::Undeclared { .. } | Self::WayBack { .. } => Code::RehearsalFailed,
            Self::NotAsRehearsed { .. } => Code::NotAsRehearsed,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoDatabase { .. } => {
                Hint::from("a rehearsal is on a copy of what is there; for a new one, ")
                    .and(Action::MigrateNewDatabase)
            }
            Self::NoFolder { source, .. } if exit::has_no_room(source) => {
                return hint::writing(source);
            }
            Self::NoFolder { .. } | Self::NoRoom { .. } => {
                Hint::from("nothing was copied. In a folder with more room: ")
                    .and(Action::RehearseIn)
            }
            Self::Overtaken { .. } => {
                "the database is unchanged; try again when less is written to it".into()
            }
            Self::OtherHistory { .. } => {
                Hint::from("try again: ").and(Action::Rehearse).and(" plans anew")
            }
            Self::Sqlite { source, .. } => return hint::of_sqlite(source),
            Self::Io { source, .. } => return hint::writing(source),
            Self::Stopped => "the database is unchanged, and the copy is gone".into(),
            Self::Undeclared { .. } => {
                "let the way back give it back, or say that it goes: `const LOSES` of the migration names it, and \
                 `const REVERSIBLE: bool = false` says that there is no way back"
                    .into()
            }
            Self::WayBack { .. } => {
                "the database is unchanged. What was kept on the way forward is to be there after the way back".into()
            }
            Self::NotAsRehearsed { difference } => {
                let nothing = Hint::from("nothing was changed. ");
                let advice = match difference {
                    RehearsalDifference::Failed { .. } => nothing
                        .and("See what is wrong, and rehearse again: "),
                    RehearsalDifference::Machine { .. } => nothing
                        .and("Rehearse where the database is: "),
                    _ => nothing.and("Rehearse what is to be done now: "),
                };
                advice.and(Action::Rehearse)
            }
        })
    }
}

fn undeclared(losses: &[(MigrationId, Option<LossName>)]) -> String {
    let one = |(id, name): &(MigrationId, Option<LossName>)| match name {
        Some(name) => format!("`{id}` loses {name}, and does not say so"),
        None => format!("`{id}` has no way back, and does not say so"),
    };
    losses.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for RehearsalError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/game/data/app.db");
            let folder = || PathBuf::from("/tmp");
            let mut examples = each_variant!(RehearsalError:
                NoDatabase { path: path() },
                NoFolder { folder: folder(), source: messages::refused() },
                NoFolder { folder: folder(), source: io::ErrorKind::StorageFull.into() },
                NoRoom {
                    folder: folder(),
                    size: 4_000_000_000,
                    copies: 2,
                    needed: 12_000_000_000,
                    free: 9_000_000_000,
                },
                Overtaken { path: path(), times: 20 },
                OtherHistory { path: path() },
                Sqlite { doing: "copy the database for the work", source: messages::full() },
                Io {
                    doing: "keep the outcome in",
                    path: "/srv/game/migrations/target/runner-rehearsal.json".into(),
                    source: messages::refused(),
                },
                Stopped,
                Undeclared {
                    losses: vec![
                        (messages::id(), Some(LossName::of_column("player", "note"))),
                        (messages::other_id(), None),
                    ],
                },
                WayBack { faults: vec!["1 row of `player` is gone".to_owned()] },
                NotAsRehearsed { difference: RehearsalDifference::example() },
            );
            let others = RehearsalDifference::others();
            examples.extend(others.map(|difference| Self::NotAsRehearsed { difference }));
            examples
        }
    }

    impl Examples for RehearsalDifference {
        fn examples() -> Vec<Self> {
            let database = || PathBuf::from("/srv/game/data/app.db");
            each_variant!(RehearsalDifference:
                NoRehearsal { database: database() },
                Unreadable { file: "/srv/game/migrations/target/runner-rehearsal.json".into() },
                Failed { at: jiff::Timestamp::UNIX_EPOCH },
                Machine { rehearsed: "staging".to_owned(), here: "production".to_owned() },
                Database { rehearsed: "/srv/copy/app.db".to_owned(), here: database() },
                Replaced { database: database() },
                Schema { database: database() },
                Plan { was: "2 steps were rehearsed".to_owned(), is: "there are 3".to_owned() },
                Source { id: messages::id() },
                Repeatable { file: "repeatable/views.sql".to_owned() },
            )
        }
    }
}
