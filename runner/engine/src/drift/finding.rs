//! One kind of drift, with its message.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::direction::Direction;
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::id::{self, MigrationId};
use crate::renamed::Evidence;
use crate::schema_change::{SchemaChange, lines};
use crate::started::Started;

/// One thing that is not as the runner left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Drift {
    /// The source of an applied migration is another than when it was applied.
    Edited {
        /// The migration.
        id: MigrationId,
        /// The digest of its source in the history.
        recorded: String,
        /// The digest of its source now.
        found: String,
        /// How many steps back it lies; the last applied lies 1 back.
        steps_back: usize,
    },
    /// An applied migration has no crate.
    Missing {
        /// The migration.
        id: MigrationId,
    },
    /// An applied migration has no crate, and seems to have one under another name.
    Renamed {
        /// The migration, as the history knows it.
        id: MigrationId,
        /// What it is called now.
        to: MigrationId,
        /// Why it seems so.
        evidence: Evidence,
    },
    /// All applied migrations without a crate are newer than every crate there is: the code is older
    /// than the database.
    NewerDatabase {
        /// The migrations, oldest first.
        ids: Vec<MigrationId>,
        /// Whether each of them declares that code which is as old as this may use the database.
        usable: bool,
    },
    /// A pending migration is older than the last applied.
    OutOfOrder {
        /// The migration.
        id: MigrationId,
        /// The last applied.
        last: MigrationId,
    },
    /// A migration replaces others of which some are applied, and the rest neither is nor has a crate.
    PartlyReplaced {
        /// The migration.
        id: MigrationId,
        /// The ones that it replaces, that are not applied, and that have no crate, oldest first.
        missing: Vec<MigrationId>,
    },
    /// A migration without a transaction was started, and has not finished.
    Unfinished {
        /// The migration.
        id: MigrationId,
        /// Its direction.
        direction: Direction,
        /// When it was started, in UTC.
        started_at: Timestamp,
    },
    /// A batched migration is half done, and its source is another than when it began.
    EditedHalfDone {
        /// The migration.
        id: MigrationId,
        /// The digest of the source that began.
        recorded: String,
        /// The digest of its source now.
        found: String,
    },
    /// A batched migration is half done, and has no crate.
    MissingHalfDone {
        /// The migration.
        id: MigrationId,
    },
    /// The schema is another than after the last step.
    SchemaChanged {
        /// The digest of the schema in the history.
        recorded: String,
        /// The digest of the schema now.
        found: String,
        /// In what it is another; empty where an older runner left it.
        changes: Vec<SchemaChange>,
        /// When it was last seen as recorded, in UTC; `None`: an older runner left it.
        #[serde(skip_serializing_if = "Option::is_none")]
        left_at: Option<Timestamp>,
    },
}

impl From<Started> for Drift {
    fn from(Started { id, direction, started_at }: Started) -> Self {
        Self::Unfinished { id, direction, started_at }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { id, recorded, found, .. } => write!(
                f,
                "`{id}` was edited after it was applied: its digest was {}, and is {}",
                short(recorded),
                short(found)
            ),
            Self::Missing { id } => write!(f, "`{id}` is applied, and its crate is gone"),
            Self::Renamed { id, to, evidence: Evidence::SameSource } => {
                write!(f, "`{id}` is applied, and is called `{to}` now: the source is the same")
            }
            Self::Renamed { id, to, evidence: Evidence::SameTimestamp } => write!(
                f,
                "`{id}` is applied, and its crate is gone; `{to}`, which is not applied, has the same \
                 timestamp"
            ),
            Self::NewerDatabase { ids, usable } => write!(
                f,
                "the database is newer than this code, which does not have {}{}",
                id::listed(ids),
                if *usable { "; it stays usable by this code" } else { "" }
            ),
            Self::OutOfOrder { id, last } => {
                write!(f, "`{id}` is pending, and older than the last applied, `{last}`")
            }
            Self::PartlyReplaced { id, missing } => write!(
                f,
                "`{id}` replaces migrations of which only some are applied, and this code does not have {}",
                id::listed(missing)
            ),
            Self::Unfinished { id, direction, started_at } => {
                let way = match direction {
                    Direction::Forward => "",
                    Direction::Backward => " on its way back",
                };
                write!(
                    f,
                    "`{id}`, which runs without a transaction, was started{way} at {started_at} and \
                     has not finished"
                )
            }
            Self::EditedHalfDone { id, recorded, found } => write!(
                f,
                "`{id}` was edited after it had begun, and is half done: its digest was {}, and is {}",
                short(recorded),
                short(found)
            ),
            Self::MissingHalfDone { id } => {
                write!(f, "`{id}` is half done, and this code does not have it")
            }
            Self::SchemaChanged { recorded, found, changes, .. } if changes.is_empty() => write!(
                f,
                "the schema was changed by something else than the runner: its digest was {}, and \
                 is {}",
                short(recorded),
                short(found)
            ),
            Self::SchemaChanged { changes, .. } => {
                write!(f, "the schema was changed by something else than the runner:")?;
                lines(changes).iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

impl Drift {
    /// The applied migrations that it finds without a crate.
    #[must_use]
    pub fn without_crate(&self) -> &[MigrationId] {
        match self {
            Self::Missing { id } | Self::Renamed { id, .. } => std::slice::from_ref(id),
            Self::NewerDatabase { ids, .. } => ids,
            _ => &[],
        }
    }

    /// Whether it is about the migration `id`.
    #[must_use]
    pub fn names(&self, id: &MigrationId) -> bool {
        match self {
            Self::Edited { id: found, .. }
            | Self::Missing { id: found }
            | Self::OutOfOrder { id: found, .. }
            | Self::Unfinished { id: found, .. }
            | Self::EditedHalfDone { id: found, .. }
            | Self::MissingHalfDone { id: found } => found == id,
            Self::Renamed { id: found, to, .. } => found == id || to == id,
            Self::NewerDatabase { ids, .. } => ids.contains(id),
            Self::PartlyReplaced { id: found, missing } => found == id || missing.contains(id),
            Self::SchemaChanged { .. } => false,
        }
    }

    /// Whether it is about `id`, which is half done.
    pub(crate) fn is_about(&self, id: &MigrationId) -> bool {
        match self {
            Self::EditedHalfDone { id: half_done, .. }
            | Self::MissingHalfDone { id: half_done } => half_done == id,
            _ => false,
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Edited { .. } => Code::EditedMigration,
            Self::Missing { .. } => Code::MissingMigration,
            Self::Renamed { .. } => Code::RenamedMigration,
            Self::NewerDatabase { .. } => Code::NewerDatabase,
            Self::OutOfOrder { .. } => Code::OutOfOrderMigration,
            Self::PartlyReplaced { .. } => Code::PartlyReplaced,
            Self::Unfinished { .. } => Code::UnfinishedMigration,
            Self::EditedHalfDone { .. } | Self::MissingHalfDone { .. } => Code::HalfDone,
            Self::SchemaChanged { .. } => Code::SchemaChanged,
        }
    }

    /// The ways out: the first of them where it is possible.
    #[must_use]
    pub fn ways_out(&self) -> Vec<Hint> {
        match self {
            Self::Edited { id, steps_back, .. } => vec![
                "undo the edit, or use a bundle from before it".into(),
                Hint::from("while developing, take it back and apply it anew: ")
                    .and(Action::Redo { steps: *steps_back }),
                Hint::from("if it still does what was applied: ")
                    .and(Action::AcceptEdit(id.clone())),
            ],
            Self::Missing { id } => vec![
                "bring its folder back from version control, or use a bundle that has it".into(),
                Hint::from("drop it from the history, while what it did stays: ")
                    .and(Action::Forget(id.clone())),
            ],
            Self::Renamed { id, to, evidence } => {
                let record = Action::RecordRename { id: id.clone(), to: to.clone() };
                match evidence {
                    Evidence::SameSource => vec![
                        Hint::from("record the new name: ").and(record),
                        "give it the old name again, in its folder and its `Cargo.toml`".into(),
                    ],
                    Evidence::SameTimestamp => vec![
                        Hint::from("if it is the same migration, record the new name: ").and(record),
                        Hint::from(format!(
                            "if it is another, bring the folder `{id}` back from version control, and \
                             give `{to}` a later timestamp: "
                        ))
                        .and(Action::GiveLaterTimestamp(Some(to.clone()))),
                    ],
                }
            }
            Self::NewerDatabase { .. } => vec![
                "deploy the newer code".into(),
                "revert the database by the newer code before the older is deployed".into(),
            ],
            Self::OutOfOrder { id, .. } => vec![
                Hint::from("give it a later timestamp, if it is applied nowhere: ")
                    .and(Action::GiveLaterTimestamp(Some(id.clone()))),
                Hint::from("apply it all the same: ").and(Action::MigrateOutOfOrder),
            ],
            Self::PartlyReplaced { .. } => vec![
                "migrate by a bundle, or by the sources, from before these were replaced; then by this code, which \
                 records what replaces them"
                    .into(),
                "bring their folders back from version control until no database needs them".into(),
            ],
            Self::Unfinished { id, .. } => vec![
                "wait, if another runner is at it".into(),
                Hint::from("if its work is done: ").and(Action::RecordFinished(id.clone())),
                Hint::from("if it is to run again: ").and(Action::RecordNotStarted(id.clone())),
            ],
            Self::EditedHalfDone { id, .. } => ways_out_of_an_edit_half_way(id),
            Self::MissingHalfDone { id } => vec![
                "bring its folder back from version control, or use the code or bundle that has it"
                    .into(),
                Hint::from("if its work is done: ").and(Action::RecordFinished(id.clone())),
                Hint::from("forget that it began, while what it did stays: ")
                    .and(Action::RecordNotStarted(id.clone())),
            ],
            Self::SchemaChanged { .. } => vec![
                "undo the change".into(),
                Hint::from("keep it as a migration: ")
                    .and(Action::WriteMigrationForDatabase)
                    .and(", then ")
                    .and(Action::AcceptSchema)
                    .and(", then ")
                    .and(Action::RecordAsApplied),
                Hint::from("accept the schema as it is, without a migration: ")
                    .and(Action::AcceptSchema),
            ],
        }
    }
}

/// The ways out where the batched migration `id`, which is half done, was edited.
pub(crate) fn ways_out_of_an_edit_half_way(id: &MigrationId) -> Vec<Hint> {
    vec![
        "undo the edit, or use a bundle from before it".into(),
        Hint::from("if what is done is as the edited source would have done it, go on with that: ")
            .and(Action::AcceptEdit(id.clone())),
    ]
}

/// So much of a digest as a person compares.
fn short(digest: &str) -> &str {
    const ENOUGH: usize = 12;
    digest.get(..ENOUGH).unwrap_or(digest)
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for Drift {
        fn examples() -> Vec<Self> {
            let recorded = || "0a1b2c3d4e5f6071".to_owned();
            let found = || "f0e1d2c3b4a59687".to_owned();
            let ids = || vec![messages::id(), messages::other_id()];
            let started_at = Timestamp::UNIX_EPOCH;
            each_variant!(Drift:
                Edited { id: messages::id(), recorded: recorded(), found: found(), steps_back: 1 },
                Edited { id: messages::id(), recorded: recorded(), found: found(), steps_back: 2 },
                Missing { id: messages::id() },
                Renamed {
                    id: messages::id(),
                    to: messages::other_id(),
                    evidence: Evidence::SameSource,
                },
                Renamed {
                    id: messages::id(),
                    to: messages::named("20250106_090000_add_rank"),
                    evidence: Evidence::SameTimestamp,
                },
                NewerDatabase { ids: ids(), usable: false },
                NewerDatabase { ids: ids(), usable: true },
                OutOfOrder { id: messages::id(), last: messages::other_id() },
                PartlyReplaced { id: messages::other_id(), missing: vec![messages::id()] },
                Unfinished { id: messages::id(), direction: Direction::Forward, started_at },
                Unfinished { id: messages::id(), direction: Direction::Backward, started_at },
                EditedHalfDone { id: messages::id(), recorded: recorded(), found: found() },
                MissingHalfDone { id: messages::id() },
                SchemaChanged {
                    recorded: recorded(),
                    found: found(),
                    changes: Vec::new(),
                    left_at: None,
                },
                SchemaChanged {
                    recorded: recorded(),
                    found: found(),
                    changes: vec![SchemaChange {
                        kind: "table".into(),
                        name: "player".into(),
                        before: Some("CREATE TABLE player (id INTEGER PRIMARY KEY)".into()),
                        after: Some("CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT)".into()),
                    }],
                    left_at: Some(Timestamp::UNIX_EPOCH),
                },
            )
        }
    }
}
