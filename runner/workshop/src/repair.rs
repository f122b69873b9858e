//! Repairs: a person decides that the history is to say otherwise, and why. Each repair is recorded
//! in the database.

mod abandon;
mod settle;

pub use abandon::abandon;
pub use settle::settle_failed_rows;

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::error::Error;
pub use crate::error::RepairError;
use crate::project::Project;
use runner_engine::MigrationId;
use runner_engine::checkpoint::{self, Checkpoint};
use runner_engine::drift::Drift;
use runner_engine::kept;
use runner_engine::kept_schema::keep_schema;
use runner_engine::plan::Direction;
use runner_engine::record::{self, Record, RepairKind, Repaired};
use runner_engine::renamed::Evidence;
use runner_engine::repeatable;
use runner_engine::started;

/// What is to be repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// An applied migration was edited: its source as it is now is the one that was applied. One that is half done goes
    /// on with it.
    Accept(MigrationId),
    /// An applied migration has no crate: it leaves the history, and what it did stays.
    Forget(MigrationId),
    /// An applied migration without a crate has one under another name.
    Renamed {
        /// The migration, as the history knows it.
        id: MigrationId,
        /// A migration that has a crate and is not applied.
        to: MigrationId,
    },
    /// The schema was changed by something else: as it is now, it is what the runner left.
    AcceptSchema,
    /// A migration without a transaction was started and has not finished, or a batched one is half done: its work is
    /// done.
    Finished(MigrationId),
    /// The same, and it is as if it had not been started. What it did stays.
    NotStarted(MigrationId),
}

/// Makes `repair`, and records it with its `reason`. What has drifted is found again in the
/// transaction that writes, so that what is repaired is what is wrong.
///
/// # Errors
/// No reason; nothing that needs this repair; a database that cannot be written.
pub fn repair(
    project: &Project,
    repair: &Repair,
    reason: &str,
    patience: Duration,
) -> Result<Repaired, Error> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(RepairError::NoReason.into());
    }
    let needless = || RepairError::Needless { why: why_needless(repair) };
    let database = &project.config().database;
    if !database.exists()? {
        return Err(needless().into());
    }
    let connection = database.existing().open_to_migrate(patience)?;
    let fail = |error| Error::from(database.sqlite_error(error));
    // If anything fails, closing the connection rolls back.
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    let (snapshot, status) = project.status_in(&connection)?;
    refuse_to_forget_what_is_there(repair, &status.drift)?;
    let mut changes = status
        .drift
        .iter()
        .filter_map(|drift| change_of(project, repair, drift, &snapshot.history));
    let half_done = snapshot.half_done.as_ref();
    refuse_to_leave_what_it_has_made(repair, half_done)?;
    let change = changes
        .next()
        .or_else(|| change_of_half_done(repair, half_done?, &snapshot.history).map(Ok))
        .or_else(|| change_of_squash(repair, project.migrations(), &snapshot.history).map(Ok))
        .ok_or_else(needless)??;
    let repaired = Repaired {
        repaired_at: Timestamp::now(),
        kind: repair.kind(),
        id: repair.id().cloned(),
        old_id: repair.old_id().cloned(),
        old_digest: change.old,
        new_digest: change.new,
        reason: reason.to_owned(),
        runner_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write(&connection, &repaired, &snapshot.schema).map_err(fail)?;
    note_source(project, &connection, &repaired)?;
    if let (Repair::AcceptSchema, Some(half_done)) = (repair, half_done) {
        let schema = &snapshot.schema;
        checkpoint::restamp_schema(&connection, &half_done.id, schema).map_err(fail)?;
    }
    connection.execute_batch("COMMIT").map_err(fail)?;
    Ok(repaired)
}

/// What `repair` changes because of `drift`, if it is the repair for it.
fn change_of(
    project: &Project,
    repair: &Repair,
    drift: &Drift,
    history: &[Record],
) -> Option<Result<Change, Error>> {
    match (repair, drift) {
        (Repair::Finished(wanted), Drift::Unfinished { id, direction, .. })
            if id == wanted && *direction == Direction::Forward =>
        {
            let source = project.source_digest(id);
            Some(source.map(|digest| Change { old: String::new(), new: Some(digest) }))
        }
        (Repair::Renamed { id, to }, drift) if drift.without_crate().contains(id) => {
            let row = history.iter().find(|record| record.id == *id)?;
            let is_pending =
                project.migrations().contains(to) && history.iter().all(|record| record.id != *to);
            let change = |new| Change { old: row.source_digest.clone(), new: Some(new) };
            is_pending.then(|| project.source_digest(to).map(change))
        }
        _ => change(repair, drift, history).map(Ok),
    }
}

/// What `repair` changes because a batched migration is `half_done`, if it is the repair for it.
fn change_of_half_done(
    repair: &Repair,
    Checkpoint { id, direction, source_digest, .. }: &Checkpoint,
    history: &[Record],
) -> Option<Change> {
    let row = history.iter().find(|record| record.id == *id);
    let digest = row.map(|record| record.source_digest.clone());
    match (repair, direction) {
        (Repair::Finished(wanted), Direction::Forward) if wanted == id => {
            Some(Change { old: String::new(), new: Some(source_digest.clone()) })
        }
        (Repair::Finished(wanted), Direction::Backward) if wanted == id => {
            Some(Change { old: digest?, new: None })
        }
        (Repair::NotStarted(wanted), _) if wanted == id => {
            Some(Change { old: digest.clone().unwrap_or_default(), new: digest })
        }
        _ => None,
    }
}

/// What `repair` changes because a migration without a crate stands for others, which the project may have: then nothing
/// has drifted, and whoever wants to go back further still has to forget it.
fn change_of_squash(repair: &Repair, known: &[MigrationId], history: &[Record]) -> Option<Change> {
    let Repair::Forget(wanted) = repair else { return None };
    let row = history.iter().find(|row| row.id == *wanted && !row.replaces.is_empty())?;
    let change = Change { old: row.source_digest.clone(), new: None };
    known.binary_search(wanted).is_err().then_some(change)
}

impl Repair {
    fn kind(&self) -> RepairKind {
        match self {
            Self::Accept(_) => RepairKind::Accept,
            Self::Forget(_) => RepairKind::Forget,
            Self::Renamed { .. } => RepairKind::Renamed,
            Self::AcceptSchema => RepairKind::AcceptSchema,
            Self::Finished(_) => RepairKind::Finished,
            Self::NotStarted(_) => RepairKind::NotStarted,
        }
    }

    fn id(&self) -> Option<&MigrationId> {
        match self {
            Self::Accept(id) | Self::Forget(id) | Self::Finished(id) | Self::NotStarted(id) => {
                Some(id)
            }
            Self::Renamed { to, .. } => Some(to),
            Self::AcceptSchema => None,
        }
    }

    /// What the migration was called before.
    fn old_id(&self) -> Option<&MigrationId> {
        match self {
            Self::Renamed { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// Whoever forgets a migration that only has another name has it applied once more.
fn refuse_to_forget_what_is_there(repair: &Repair, drift: &[Drift]) -> Result<(), RepairError> {
    let Repair::Forget(wanted) = repair else { return Ok(()) };
    let renamed = drift.iter().find_map(|drift| match drift {
        Drift::Renamed { id, to, evidence: Evidence::SameSource } if id == wanted => Some(to),
        _ => None,
    });
    match renamed {
        Some(to) => Err(RepairError::Renamed { id: wanted.clone(), to: to.clone() }),
        None => Ok(()),
    }
}

/// Its triggers would go on noting what others write, for nobody.
fn refuse_to_leave_what_it_has_made(
    repair: &Repair,
    half_done: Option<&Checkpoint>,
) -> Result<(), RepairError> {
    match (repair, half_done) {
        (Repair::Finished(id) | Repair::NotStarted(id), Some(found))
            if found.id == *id && found.is_online() =>
        {
            Err(RepairError::OnlineHalfWay { id: id.clone() })
        }
        _ => Ok(()),
    }
}

/// What a repair changes in the history: a digest, or a row whose source had one.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    old: String,
    new: Option<String>,
}

/// What `repair` changes because of `drift`, if it is the repair for it and needs no look at a crate.
fn change(repair: &Repair, drift: &Drift, history: &[Record]) -> Option<Change> {
    let row = |id: &MigrationId| history.iter().find(|record| record.id == *id);
    match (repair, drift) {
        (Repair::Accept(wanted), Drift::Edited { id, recorded, found, .. }) if id == wanted => {
            Some(Change { old: recorded.clone(), new: Some(found.clone()) })
        }
        (Repair::Accept(wanted), Drift::EditedHalfDone { id, recorded, found }) if id == wanted => {
            Some(Change { old: recorded.clone(), new: Some(found.clone()) })
        }
        (Repair::AcceptSchema, Drift::SchemaChanged { recorded, found, .. }) => {
            Some(Change { old: recorded.clone(), new: Some(found.clone()) })
        }
        (Repair::Forget(wanted), drift) if drift.without_crate().contains(wanted) => {
            Some(Change { old: row(wanted)?.source_digest.clone(), new: None })
        }
        (Repair::Finished(wanted), Drift::Unfinished { id, .. }) if id == wanted => {
            Some(Change { old: row(id)?.source_digest.clone(), new: None })
        }
        (Repair::NotStarted(wanted), Drift::Unfinished { id, .. }) if id == wanted => {
            let digest = row(id).map(|record| record.source_digest.clone());
            Some(Change { old: digest.clone().unwrap_or_default(), new: digest })
        }
        _ => None,
    }
}

/// Makes the repair in a database whose schema has the digest `schema`.
fn write(connection: &Connection, repaired: &Repaired, schema: &str) -> rusqlite::Result<()> {
    match (repaired.kind, &repaired.id, &repaired.new_digest) {
        (RepairKind::Accept, Some(id), Some(new)) => {
            checkpoint::restamp_source(connection, id, new)?;
        }
        (RepairKind::Finished | RepairKind::NotStarted, Some(id), _) => {
            forget_start(connection, id)?;
        }
        _ => {}
    }
    record::repair(connection, repaired, schema, Vec::new())?;
    match repaired.kind {
        RepairKind::Renamed => match (&repaired.old_id, &repaired.id) {
            (Some(from), Some(to)) => {
                repeatable::rename_step(connection, from, to)?;
                kept::rename(connection, from, to)
            }
            _ => Ok(()),
        },
        RepairKind::AcceptSchema | RepairKind::Finished => keep_schema(connection),
        _ => Ok(()),
    }
}

/// Has the log keep the source that is recorded as the one that was applied.
pub(crate) fn note_source(
    project: &Project,
    connection: &Connection,
    repaired: &Repaired,
) -> Result<(), Error> {
    let (RepairKind::Accept | RepairKind::Renamed | RepairKind::Finished | RepairKind::Fake) =
        repaired.kind
    else {
        return Ok(());
    };
    let (Some(id), Some(digest)) = (&repaired.id, &repaired.new_digest) else { return Ok(()) };
    // What is half done and finished by hand may have been edited since it began.
    if project.source_digest(id)? != *digest {
        return Ok(());
    }
    let Some(text) = project.source().source_text(id)? else { return Ok(()) };
    let fail = |error| Error::from(project.config().database.sqlite_error(error));
    record::note_source(connection, &text.pack()).map_err(fail)
}

/// Forgets that `id` was started, and how far it is if it is batched: a runner that is at it is replaced.
fn forget_start(connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
    started::delete(connection, id)?;
    checkpoint::delete(connection, id).map(drop)
}

/// Why `repair` is not needed.
fn why_needless(repair: &Repair) -> String {
    match repair {
        Repair::Accept(id) => {
            format!(
                "there is no edit of `{id}` to accept: it was not edited since it was applied or began"
            )
        }
        Repair::Forget(id) => {
            format!("there is nothing to forget: `{id}` has its crate, or is not applied")
        }
        Repair::Renamed { id, to } => format!(
            "`{id}` was not renamed to `{to}`: the first must be applied and have no crate, and the \
             second have one and not be applied"
        ),
        Repair::Finished(id) | Repair::NotStarted(id) => {
            format!("`{id}` is not recorded as started and unfinished")
        }
        Repair::AcceptSchema => {
            "there is no change of the schema to accept: it is as the runner left it".to_owned()
        }
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for RepairError {
        fn examples() -> Vec<Self> {
            let mut examples = each_variant!(RepairError:
                NoReason,
                Renamed { id: messages::id(), to: messages::other_id() },
                OnlineHalfWay { id: messages::id() },
                Needless { why: why_needless(&Repair::example()) },
            );
            examples.push(Self::Needless { why: abandon::why_needless(&messages::id()) });
            examples.push(Self::Needless { why: settle::why_needless(&messages::id()) });
            examples.extend(
                Repair::others().map(|repair| Self::Needless { why: why_needless(&repair) }),
            );
            examples
        }
    }

    impl Examples for Repair {
        fn examples() -> Vec<Self> {
            each_variant!(Repair:
                Accept(messages::id()),
                Forget(messages::id()),
                Renamed { id: messages::id(), to: messages::other_id() },
                AcceptSchema,
                Finished(messages::id()),
                NotStarted(messages::id()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use runner_engine::drift::find;

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
                record::insert(&connection, &Record::not_run(id.clone(), "a".into(), "schema".into())).unwrap();
            }
            let digest = |id: &MigrationId| if *id < self::id(edited) { "b" } else { "a" };
            let sources: BTreeMap<_, _> =
                known.iter().map(|id| (id.clone(), digest(id).to_owned())).collect();
            let schema = if changed { "other" } else { "schema" };
            let look = |history: &[Record]| {
                let left = history.last().map(|newest| newest.schema_digest.as_str());
                find(&known, history, &sources, (schema, left))
            };
            for repair in [Repair::Accept(id(which)), Repair::Forget(id(which)), Repair::AcceptSchema] {
                let history = record::read(&connection).unwrap();
                let drift = look(&history);
                let Some(change) = drift.iter().find_map(|found| change(&repair, found, &history))
                else { continue };
                write(&connection, &Repaired {
                    repaired_at: Timestamp::UNIX_EPOCH,
                    kind: repair.kind(),
                    id: repair.id().cloned(),
                    old_id: None,
                    old_digest: change.old,
                    new_digest: change.new,
                    reason: "r".into(),
                    runner_version: "1".into(),
                }, schema).unwrap();
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
