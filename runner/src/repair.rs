//! Repairs: a person decides that the history is to say otherwise, and why. Each repair is recorded
//! in the database.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::drift::Drift;
use crate::error::Error;
use crate::id::MigrationId;
use crate::project::{Project, Standing};
use crate::record::{self, Record, RepairKind, Repaired};

/// What is to be repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// An applied migration was edited: its source as it is now is the one that was applied.
    Accept(MigrationId),
    /// An applied migration has no crate: it leaves the history, and what it did stays.
    Forget(MigrationId),
    /// The schema was changed by something else: as it stands it is what the runner left.
    AcceptSchema,
}

impl Project {
    /// Makes `repair`, and records it with its `reason`. What has drifted is found again in the
    /// transaction that writes, so that what is repaired is what is wrong.
    ///
    /// # Errors
    /// No reason; nothing that needs this repair; a database that cannot be written.
    pub fn repair(
        &self,
        repair: &Repair,
        reason: &str,
        patience: Duration,
    ) -> Result<Repaired, Error> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(RepairError::NoReason.into());
        }
        let needless = || RepairError::Needless { repair: repair.clone() };
        let database = &self.config().database;
        if !database.exists()? {
            return Err(needless().into());
        }
        let connection = database.open_to_migrate(patience)?;
        let fail = |error| Error::from(database.sqlite_error(error));
        // If anything fails, closing the connection rolls back.
        connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
        let standing = Standing::read(&connection, database)?;
        let drift = self.compare(&standing, self.recall())?.drift;
        let change = drift
            .iter()
            .find_map(|drift| change(repair, drift, &standing.history))
            .ok_or_else(needless)?;
        let repaired = Repaired {
            repaired_at: Timestamp::now(),
            kind: repair.kind(),
            id: repair.id().cloned(),
            old_digest: change.old.to_owned(),
            new_digest: change.new.map(str::to_owned),
            reason: reason.to_owned(),
            runner_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        write(&connection, &repaired).map_err(fail)?;
        connection.execute_batch("COMMIT").map_err(fail)?;
        Ok(repaired)
    }
}

impl Repair {
    fn kind(&self) -> RepairKind {
        match self {
            Self::Accept(_) => RepairKind::Accept,
            Self::Forget(_) => RepairKind::Forget,
            Self::AcceptSchema => RepairKind::AcceptSchema,
        }
    }

    fn id(&self) -> Option<&MigrationId> {
        match self {
            Self::Accept(id) | Self::Forget(id) => Some(id),
            Self::AcceptSchema => None,
        }
    }
}

/// What a repair changes in the history: a digest, or a row whose source had one.
#[derive(Debug, PartialEq, Eq)]
struct Change<'d> {
    old: &'d str,
    new: Option<&'d str>,
}

/// What `repair` changes because of `drift`, if it is the repair for it.
fn change<'d>(repair: &Repair, drift: &'d Drift, history: &'d [Record]) -> Option<Change<'d>> {
    match (repair, drift) {
        (Repair::Accept(wanted), Drift::Edited { id, recorded, found, .. }) if id == wanted => {
            Some(Change { old: recorded, new: Some(found) })
        }
        (Repair::AcceptSchema, Drift::SchemaChanged { recorded, found }) => {
            Some(Change { old: recorded, new: Some(found) })
        }
        (Repair::Forget(wanted), drift) if drift.without_crate().contains(wanted) => {
            let record = history.iter().find(|record| record.id == *wanted)?;
            Some(Change { old: &record.source_digest, new: None })
        }
        _ => None,
    }
}

fn write(connection: &Connection, repaired: &Repaired) -> rusqlite::Result<()> {
    match (repaired.kind, &repaired.id, &repaired.new_digest) {
        (RepairKind::Accept, Some(id), Some(new)) => record::restamp_source(connection, id, new)?,
        (RepairKind::Forget, Some(id), _) => record::forget(connection, id)?,
        (RepairKind::AcceptSchema, _, Some(new)) => record::restamp_schema(connection, new)?,
        _ => {}
    }
    record::insert_repair(connection, repaired)
}

/// Why nothing was repaired.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The reason is empty.
    #[error("a repair needs a reason")]
    NoReason,
    /// Nothing needs this repair.
    #[error("{}", told(repair))]
    Needless {
        /// What was asked for.
        repair: Repair,
    },
}

fn told(repair: &Repair) -> String {
    match repair {
        Repair::Accept(id) => {
            format!("there is no edit of `{id}` to accept: it was not edited since it was applied")
        }
        Repair::Forget(id) => {
            format!("`{id}` is not applied without a crate, so the history must not forget it")
        }
        Repair::AcceptSchema => {
            "there is no change of the schema to accept: it is as the runner left it".to_owned()
        }
    }
}

impl RepairError {
    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoReason => "say why, for those who look at it later: `--reason TEXT`".to_owned(),
            Self::Needless { .. } => {
                "nothing was changed; `runner repair` shows what can be repaired".to_owned()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::drift::find;

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    fn ids() -> impl Strategy<Value = Vec<MigrationId>> {
        proptest::collection::btree_set(0u8..12, 0..8)
            .prop_map(|numbers| numbers.into_iter().map(id).collect())
    }

    /// The migrations and the kinds of trouble in `drift`, as far as repairs are for it.
    fn troubles(drift: &[Drift]) -> BTreeSet<Option<MigrationId>> {
        let mut troubles = BTreeSet::new();
        for found in drift {
            match found {
                Drift::Edited { id, .. } => drop(troubles.insert(Some(id.clone()))),
                Drift::SchemaChanged { .. } => drop(troubles.insert(None)),
                other => troubles.extend(other.without_crate().iter().cloned().map(Some)),
            }
        }
        troubles
    }

    proptest! {
        #[test]
        fn a_repair_ends_the_trouble_that_it_is_for_and_hides_no_other(
            known in ids(), applied in ids(), edited in 0u8..12, changed: bool, which in 0u8..12
        ) {
            let connection = Connection::open_in_memory().unwrap();
            for id in &applied {
                record::insert(&connection, &Record::example(id.clone(), "a", "schema")).unwrap();
            }
            let digest = |id: &MigrationId| if *id < self::id(edited) { "b" } else { "a" };
            let sources: BTreeMap<_, _> =
                known.iter().map(|id| (id.clone(), digest(id).to_owned())).collect();
            let schema = if changed { "other" } else { "schema" };
            let look = |history: &[Record]| find(&known, history, &sources, schema);
            for repair in [Repair::Accept(id(which)), Repair::Forget(id(which)), Repair::AcceptSchema] {
                let history = record::read(&connection).unwrap();
                let drift = look(&history);
                let Some(change) = drift.iter().find_map(|found| change(&repair, found, &history))
                else { continue };
                write(&connection, &Repaired {
                    repaired_at: Timestamp::UNIX_EPOCH,
                    kind: repair.kind(),
                    id: repair.id().cloned(),
                    old_digest: change.old.to_owned(),
                    new_digest: change.new.map(str::to_owned),
                    reason: "r".into(),
                    runner_version: "1".into(),
                }).unwrap();
                let mut expected = troubles(&drift);
                prop_assert!(expected.remove(&repair.id().cloned()));
                let left = record::read(&connection).unwrap();
                if left.is_empty() {
                    expected.clear();
                }
                prop_assert_eq!(troubles(&look(&left)), expected);
            }
        }
    }
}
