//! What a database says of itself at one moment, compared with the migrations that are known.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use crate::checkpoint::{self, Checkpoint, HalfDone};
use crate::database::{Database, Identity};
use crate::direction::Direction;
use crate::drift::{self, Drift};
use crate::error::Error;
use crate::failed_rows;
use crate::id::{MigrationId, among};
use crate::kept_schema;
use crate::plan::{Plan, PlanError};
use crate::premise::Premise;
use crate::record::{self, Record, Replaced};
use crate::renamed::{Evidence, Renamed};
use crate::repeatable::{self, Change, Definitions, Recorded};
use crate::schema_change::SchemaChange;
use crate::schema_objects::Objects;
use crate::squash::{Counting, Covered};
use crate::started::{self, Started};

/// What a database says of itself at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// What is applied, oldest first.
    pub history: Vec<Record>,
    /// What was applied and is replaced by one of these, oldest first.
    pub replaced: Vec<Replaced>,
    /// The digest of the schema; empty where nothing was ever applied.
    pub schema: String,
    /// The differences between the schema and that which the history records, as far as they are known.
    pub schema_changes: Vec<SchemaChange>,
    /// When the schema was as the history records it, where it is another now, by the log.
    pub schema_left_at: Option<Timestamp>,
    /// The migrations without a transaction that have not finished.
    pub started: Vec<Started>,
    /// The batched migration that is half done.
    pub half_done: Option<Checkpoint>,
    /// How many rows failed in batched migrations and are to be looked after, of each that has some.
    pub failed_rows: BTreeMap<MigrationId, u64>,
    /// The views and triggers of files that were applied, and how they are.
    pub(crate) repeatable: Vec<Recorded>,
    /// The file, if it was opened by its name.
    pub file: Option<Identity>,
}

impl Snapshot {
    /// Reads all of it but the file, in a transaction of the caller.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's.
    pub fn read(connection: &Connection, database: &Database) -> Result<Self, Error> {
        let history = record::read(connection)?;
        let replaced = record::replaced(connection)?;
        let half_done = checkpoint::read(connection)?;
        let is_batched = |id: &MigrationId| half_done.as_ref().is_some_and(|it| it.id == *id);
        let mut started = started::read(connection)?;
        started.retain(|started| !is_batched(&started.id));
        if half_done.is_none() && history.is_empty() && started.is_empty() {
            return Ok(Self::default());
        }
        let fail = |error| database.sqlite_error(error);
        let objects = Objects::read(connection).map_err(fail)?;
        let schema = objects.digest();
        let failed_rows = failed_rows::unsettled(connection)?;
        let mut snapshot =
            Self { history, replaced, schema, started, half_done, failed_rows, ..Self::default() };
        snapshot.repeatable = Recorded::all(repeatable::stored(connection)?, &objects);
        let left = snapshot.left().filter(|left| *left != snapshot.schema).map(str::to_owned);
        if let Some(left) = left {
            snapshot.schema_changes =
                kept_schema::changes(connection, &left, &objects).map_err(fail)?;
            snapshot.schema_left_at = record::left_at(connection, &left)?;
        }
        Ok(snapshot)
    }

    /// Those of the `known`, in ascending order, that are neither applied here nor replaced by what is.
    pub(crate) fn not_covered<'k>(&self, known: &'k [MigrationId]) -> Vec<&'k MigrationId> {
        let is_plain = |record: &Record| record.replaces.is_empty();
        if self.replaced.is_empty() && self.history.iter().all(is_plain) {
            let mut is_applied = among(self.history.iter().map(|record| &record.id));
            return known.iter().filter(|id| !is_applied(id)).collect();
        }
        let covered = Covered::of(&self.history, &self.replaced);
        known.iter().filter(|id| !covered.contains(id)).collect()
    }

    /// The digest of the schema as the runner left it: by the migration that is half done, or by the last step.
    fn left(&self) -> Option<&str> {
        let newest = self.history.last().map(|newest| newest.schema_digest.as_str());
        self.half_done.as_ref().map(|half_done| half_done.schema_digest.as_str()).or(newest)
    }
}

/// The state of every migration that has a crate or a history row, oldest first, and the drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// One entry for each migration.
    pub migrations: Vec<Entry>,
    /// What has drifted.
    pub drift: Vec<Drift>,
    /// The views and triggers that are others in the database than their files say.
    #[serde(skip)]
    pub repeatable: Vec<Change>,
    /// The batched migration that is half done, and which way it goes.
    #[serde(skip)]
    pub half_done: Option<(MigrationId, Direction)>,
    /// How many rows failed in batched migrations and are to be looked after, in all.
    #[serde(skip)]
    pub failed_rows: u64,
    /// The digests of sources that were needed or known, of migrations that are known.
    #[serde(skip)]
    pub source_digests: BTreeMap<MigrationId, String>,
    /// Which of the known migrations count in this database.
    #[serde(skip)]
    pub(crate) counting: Counting,
    /// What was applied, and replaced by another since, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    /// The premise of a plan.
    #[serde(skip)]
    pub(crate) premise: Premise,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The migration.
    pub id: MigrationId,
    /// Its state.
    pub state: State,
    /// Its history row, if it is applied.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub record: Option<Applied>,
    /// How far it is, if it is half done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_done: Option<HalfDone>,
    /// How many of its rows failed, were passed over, and are to be looked after.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed_rows: u64,
    /// How many others it replaces.
    #[serde(skip_serializing_if = "replaces_none")]
    pub replaces: usize,
    /// Whether it is pending, and is to be recorded without being run: what it replaces is applied, or is before it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub to_be_recorded: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn replaces_none(count: &usize) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The history row of an applied migration, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// When it was applied, in UTC.
    pub applied_at: jiff::Timestamp,
    /// How long its own code ran, in microseconds.
    pub duration_us: u64,
}

/// The state of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the history, and its crate is unchanged.
    Applied,
    /// In the history, and its crate was changed since.
    Edited,
    /// In the history, and its crate is gone.
    Missing,
    /// In the history, and its crate has another name now.
    Renamed,
    /// In the history, and newer than every crate.
    Newer,
    /// Not in the history, and newer than every applied migration.
    Pending,
    /// Not in the history, and older than the newest applied migration.
    OutOfOrder,
    /// Without a transaction, started, and not finished.
    Unfinished,
    /// Batched, and half done: the next run goes on with it.
    HalfDone,
}

impl Status {
    /// The migration that was applied last, by the time that the history has: one that came late from another
    /// branch is older than others and may still be it.
    #[must_use]
    pub fn last_applied(&self) -> Option<&MigrationId> {
        let applied =
            self.migrations.iter().filter_map(|entry| Some((entry.record.as_ref()?, entry)));
        applied
            .max_by_key(|(record, entry)| (record.applied_at, &entry.id))
            .map(|(_, entry)| &entry.id)
    }

    /// Compares the migrations that are `counting` with the `snapshot` of a database. `sources` are as
    /// for [`drift::find`]; `renamed` are applied migrations that seem to have another name.
    pub(crate) fn compare(
        counting: Counting,
        snapshot: &Snapshot,
        sources: &BTreeMap<MigrationId, String>,
        renamed: &[Renamed],
    ) -> Self {
        let Snapshot {
            history,
            schema,
            schema_changes,
            schema_left_at,
            started,
            half_done,
            failed_rows,
            ..
        } = snapshot;
        let known = &counting.known;
        let unfinished = started.iter().cloned().map(Drift::from);
        // Last, since the last finding about a migration sets its state.
        let mut drift = drift::naming(
            drift::find_among(&counting, history, sources, (schema, snapshot.left())),
            renamed,
        );
        for found in &mut drift {
            if let Drift::SchemaChanged { changes, left_at, .. } = found {
                changes.clone_from(schema_changes);
                *left_at = *schema_left_at;
            }
        }
        drift.extend(unfinished);
        if let Some(found) = half_done.as_ref().and_then(|it| drifted(it, known, sources)) {
            // Half way back it is applied still, and the finding is the same.
            drift.retain(|drift| match drift {
                Drift::Edited { id, .. } | Drift::Missing { id } => !found.is_about(id),
                _ => true,
            });
            drift.push(found);
        }
        let mut is_applied = among(history.iter().map(|record| &record.id));
        // What is applied under another name is no second migration.
        let is_applied_as = |id: &MigrationId| {
            let same = |one: &&Renamed| one.to == *id && one.evidence == Evidence::SameSource;
            renamed.iter().any(|one| same(&one))
        };
        let is_pending = |id: &&MigrationId| !is_applied(id) && !is_applied_as(id);
        let pending = known.iter().filter(is_pending).map(|id| Entry {
            id: id.clone(),
            state: State::Pending,
            record: None,
            half_done: None,
            failed_rows: 0,
            replaces: counting.replaces(id),
            to_be_recorded: counting.is_recorded(id),
        });
        let recorded = history.iter().map(|record| Entry {
            id: record.id.clone(),
            state: State::Applied,
            record: Some(Applied {
                applied_at: record.applied_at,
                duration_us: record.duration_us,
            }),
            half_done: None,
            failed_rows: 0,
            replaces: record.replaces.len(),
            to_be_recorded: false,
        });
        let mut migrations: Vec<Entry> = pending.chain(recorded).collect();
        migrations.sort_by(|a, b| a.id.cmp(&b.id));
        for found in &drift {
            mark(&mut migrations, found);
        }
        if let Some(checkpoint) = half_done {
            mark_half_done(&mut migrations, checkpoint);
        }
        for entry in &mut migrations {
            entry.failed_rows = failed_rows.get(&entry.id).copied().unwrap_or_default();
        }
        let failed_rows = failed_rows.values().sum();
        let sources = history.iter().map(|row| (row.id.clone(), row.source_digest.clone()));
        let half_done = half_done.as_ref().map(|it| (it.id.clone(), it.direction));
        let begun = half_done.as_ref().map(|(id, _)| id.clone());
        let squashes = history.iter().filter(|record| !record.replaces.is_empty());
        let premise = Premise {
            file: snapshot.file,
            applied: sources.collect(),
            half_done: begun,
            squashes: squashes.map(|record| (record.id.clone(), record.replaces.clone())).collect(),
            schema_digest: None,
        };
        let replaced = snapshot.replaced.clone();
        let repeatable = Vec::new();
        Self {
            migrations,
            drift,
            repeatable,
            half_done,
            failed_rows,
            source_digests: BTreeMap::new(),
            counting,
            replaced,
            premise,
        }
    }

    /// The same, with what is another in the `snapshot` than the `definitions` say; without any, what was applied stays
    /// as it is.
    pub(crate) fn beside(self, definitions: Option<&Definitions>, snapshot: &Snapshot) -> Self {
        let changes = |it: &Definitions| repeatable::changes(it, &snapshot.repeatable);
        // What a newer database has is of newer files.
        let is_newer = self.drift.iter().any(|it| matches!(it, Drift::NewerDatabase { .. }));
        let changes = definitions.filter(|_| !is_newer).map(changes);
        Self { repeatable: changes.unwrap_or_default(), ..self }
    }

    /// The migration that replaces `id` in this database, or is about to.
    #[must_use]
    pub fn replacing(&self, id: &MigrationId) -> Option<&MigrationId> {
        let row = self.replaced.iter().find(|row| row.id == *id);
        let within = || {
            self.counting.squashes().iter().find(|(_, replaces)| replaces.binary_search(id).is_ok())
        };
        row.map(|row| &row.by).or_else(|| within().map(|(squash, _)| squash))
    }

    /// How many are pending once `applied` is in the history, in ascending order, where this was the state before.
    #[must_use]
    pub fn pending_after(&self, applied: &[MigrationId]) -> usize {
        let is_there = |id: &MigrationId| applied.binary_search(id).is_ok();
        // What is applied under another name has no entry of its own.
        let has_entry =
            |id: &&MigrationId| self.migrations.binary_search_by(|entry| entry.id.cmp(id)).is_ok();
        let known = self.counting.known.iter().filter(has_entry);
        known
            .filter(|id| !is_there(id) && !self.counting.is_replaced_by_one_of(id, is_there))
            .count()
    }

    /// Refuses a `plan` that would revert a migration which was recorded in the place of others and never run: its way
    /// back would undo what it did not do.
    ///
    /// # Errors
    /// There is such a step.
    pub(crate) fn refuse_to_revert_what_was_recorded(&self, plan: &Plan) -> Result<(), PlanError> {
        for step in plan.steps.iter().filter(|step| step.direction == Direction::Backward) {
            let replaced = self.replaced.iter().filter(|row| row.by == step.id).count();
            if replaced > 0 {
                return Err(PlanError::OnlyRecorded { id: step.id.clone(), replaced });
            }
        }
        Ok(())
    }

    /// Whether a batched migration is half done on its way back.
    #[must_use]
    pub fn is_half_way_back(&self) -> bool {
        matches!(self.half_done, Some((_, Direction::Backward)))
    }

    /// How many migrations are in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.migrations.iter().filter(|entry| entry.state == state).count()
    }

    /// What is in the history, oldest first.
    #[must_use]
    pub fn applied(&self) -> Vec<MigrationId> {
        let applied = self.migrations.iter().filter(|entry| entry.record.is_some());
        applied.map(|entry| entry.id.clone()).collect()
    }
}

/// Why the migration that is half done cannot be gone on with by what is `known` and its `sources`.
fn drifted(
    checkpoint: &Checkpoint,
    known: &[MigrationId],
    sources: &BTreeMap<MigrationId, String>,
) -> Option<Drift> {
    let Checkpoint { id, source_digest, .. } = checkpoint;
    let has_done_nothing = checkpoint.has_done_nothing();
    if known.binary_search(id).is_err() {
        return Some(Drift::MissingHalfDone { id: id.clone() });
    }
    // What has done nothing begins anew, as what it is now.
    let found = sources.get(id).filter(|found| *found != source_digest && !has_done_nothing)?;
    let (recorded, found) = (source_digest.clone(), found.clone());
    Some(Drift::EditedHalfDone { id: id.clone(), recorded, found })
}

/// Sets the state of the migration that is half done, which may have no crate any more.
fn mark_half_done(migrations: &mut Vec<Entry>, checkpoint: &Checkpoint) {
    let at = match migrations.binary_search_by(|entry| entry.id.cmp(&checkpoint.id)) {
        Ok(at) => at,
        Err(at) => {
            let id = checkpoint.id.clone();
            let entry = Entry {
                id,
                state: State::HalfDone,
                record: None,
                half_done: None,
                failed_rows: 0,
                replaces: 0,
                to_be_recorded: false,
            };
            migrations.insert(at, entry);
            at
        }
    };
    migrations[at].state = State::HalfDone;
    migrations[at].half_done = Some(checkpoint.into());
}

/// Sets the state of the migrations that `drift` is about.
fn mark(migrations: &mut [Entry], drift: &Drift) {
    let (ids, state) = match drift {
        Drift::Edited { id, .. } => (std::slice::from_ref(id), State::Edited),
        Drift::Missing { id } => (std::slice::from_ref(id), State::Missing),
        Drift::Renamed { id, evidence: Evidence::SameSource, .. } => {
            (std::slice::from_ref(id), State::Renamed)
        }
        Drift::Renamed { id, evidence: Evidence::SameTimestamp, .. } => {
            (std::slice::from_ref(id), State::Missing)
        }
        Drift::NewerDatabase { ids, .. } => (ids.as_slice(), State::Newer),
        Drift::OutOfOrder { id, .. } => (std::slice::from_ref(id), State::OutOfOrder),
        // It is pending, and cannot be applied as things are.
        Drift::PartlyReplaced { .. } => return,
        Drift::Unfinished { id, .. } => (std::slice::from_ref(id), State::Unfinished),
        // The state is that it is half done.
        Drift::EditedHalfDone { .. } | Drift::MissingHalfDone { .. } => return,
        Drift::SchemaChanged { .. } => return,
    };
    for id in ids {
        if let Ok(at) = migrations.binary_search_by(|entry| entry.id.cmp(id)) {
            migrations[at].state = state;
        }
    }
}

/// The ids of everything applied to `database`, oldest first. Never writes; a database that is not
/// there has nothing applied.
///
/// # Errors
/// It cannot be read, or its history is not the runner's.
pub fn applied(database: &Database, patience: Duration) -> Result<Vec<MigrationId>, Error> {
    match database.look(patience)? {
        Some(connection) => Ok(record::ids(&connection)?),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::squash::Replacements;

    fn ids<const N: usize>(names: [&str; N]) -> [MigrationId; N] {
        names.map(|name| format!("20250101_000000_{name}").parse().unwrap())
    }

    fn compare(known: &[MigrationId], applied: &[MigrationId], edited: &[MigrationId]) -> Status {
        let history =
            applied.iter().map(|id| Record::example(id.clone(), "source", "schema")).collect();
        let sources = edited.iter().map(|id| (id.clone(), "edited".to_owned())).collect();
        let snapshot = Snapshot { history, schema: "schema".into(), ..Snapshot::default() };
        let counting = Counting::of(known, &Replacements::new(), &snapshot.history, &[]);
        Status::compare(counting, &snapshot, &sources, &[])
    }

    #[test]
    fn crates_and_history_are_merged_in_order_and_each_has_its_state() {
        let [a, b, c, d, e] = ids(["a", "b", "c", "d", "e"]);
        let known = [a.clone(), c.clone(), d.clone(), e];
        let status = compare(&known, &[a, b, d.clone()], &[d]);
        let states: Vec<_> = status.migrations.iter().map(|entry| entry.state).collect();
        use State::*;
        assert_eq!(states, [Applied, Missing, OutOfOrder, Edited, Pending]);
        assert!(states.iter().all(|state| status.count(*state) == 1));
        let applied: Vec<_> = status.applied().iter().map(|id| id.name().to_owned()).collect();
        assert_eq!(applied, ["a", "b", "d"]);
        assert_eq!(
            serde_json::to_string(&status.migrations[0]).unwrap(),
            r#"{"id":"20250101_000000_a","state":"applied","applied_at":"1970-01-01T00:00:00Z","duration_us":5}"#
        );
    }

    #[test]
    fn what_the_code_does_not_have_yet_is_newer() {
        let [a, b, c] = ids(["a", "b", "c"]);
        let status = compare(std::slice::from_ref(&a), &[a.clone(), b, c], &[]);
        let states: Vec<_> = status.migrations.iter().map(|entry| entry.state).collect();
        assert_eq!(states, [State::Applied, State::Newer, State::Newer]);
    }
}
