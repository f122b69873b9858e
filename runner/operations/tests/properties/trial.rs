//! An operation tried on a world.

use std::collections::{BTreeMap, BTreeSet};

use migration_api::Migrator;
use migration_api::operation::Inverse as _;
use migration_api::operation::Operation;
use migration_api::schema::Schema;
use serde_json::json;

use crate::change::{Change, Outcome, change};
use crate::database::Database;
use crate::draft::ChangeDraft;
use crate::invariants::{self, Allowed};
use crate::message;
use crate::shape::{Shape, Shapes, rows, shapes};
use crate::snapshot::{Snapshot, StoredRow};
use crate::world::World;

pub(crate) struct Trial {
    pub(crate) change: Change,
    database: Database,
    before: Snapshot,
    shapes: Shapes,
    world: World,
}

/// A world's database, as the migration finds it.
fn open(world: &World) -> Database {
    let database = Database::in_memory().unwrap();
    let legacy = u8::from(world.legacy_alter_table);
    database.run("PRAGMA foreign_keys = 0").unwrap();
    database.run(&world.script()).unwrap();
    database.run(&format!("PRAGMA legacy_alter_table = {legacy}")).unwrap();
    database
}

impl Trial {
    pub(crate) fn of(world: &World, draft: ChangeDraft) -> Self {
        let database = open(world);
        let before = Snapshot::of(&database).unwrap();
        let shapes = shapes(&database).unwrap();
        let change = change(world, &shapes, draft);
        Self { change, database, before, shapes, world: world.clone() }
    }

    /// Runs the operation and says what is wrong then.
    pub(crate) fn faults(&self) -> Vec<String> {
        let operation = self.change.operation.clone();
        let done = Migrator::new(&self.database.connection).run([operation]);
        match (done, self.change.outcome) {
            (Ok(()), Outcome::IsRefused) => {
                vec![format!("no refusal to {}", self.change.operation)]
            }
            (Ok(()), _) => self.faults_after_success(),
            (Err(error), Outcome::Succeeds) => {
                vec![message::of(&error)]
            }
            (Err(_), _) => self.faults_after_refusal(),
        }
    }

    /// Runs the operation and then its inverse, where it has one, and says what did not come back.
    pub(crate) fn faults_of_the_way_back(&self) -> Vec<String> {
        let migrator = &mut Migrator::new(&self.database.connection);
        let Some(inverse) = self.inverse() else { return Vec::new() };
        // Whether it should have been refused is another property's question.
        if migrator.run([self.change.operation.clone()]).is_err() {
            return Vec::new();
        }
        if let Err(error) = migrator.run([inverse.clone()]) {
            return vec![format!("the way back, to {inverse}: {}", message::of(&error))];
        }
        let mut faults = unsound(&self.database);
        faults.extend(differences(&self.shapes, &shapes(&self.database).unwrap()));
        let after = Snapshot::of(&self.database).unwrap();
        if !after.schema.keys().eq(self.before.schema.keys()) {
            faults.push(format!("objects: {:?}, after {:?}", self.before.schema, after.schema));
        }
        for ((kind, name), was) in &self.before.schema {
            let is = after.schema.get(&(kind.clone(), name.clone())).cloned().flatten();
            if kind != "table" && is.as_deref().map(bare) != was.as_deref().map(bare) {
                faults.push(format!("{kind} {name} was {was:?}, is {is:?}"));
            }
        }
        if self.change.exceptions.sequence.is_none() && after.sequence != self.before.sequence {
            faults.push(format!("sequence: {:?}, is {:?}", self.before.sequence, after.sequence));
        }
        for table in self.before.tables.keys() {
            faults.extend(self.lost_on_the_way(table, &after));
        }
        faults
    }

    /// What takes the operation back, by the schema before it.
    pub(crate) fn inverse(&self) -> Option<Operation> {
        let schema = Schema::read(&self.database.connection).unwrap();
        self.change.operation.inverse(&schema)
    }

    fn lost_on_the_way(&self, table: &str, after: &Snapshot) -> Option<String> {
        let shape = &self.shapes[table];
        let is_about_it = self.change.table.as_ref().is_some_and(|(from, _)| from == table);
        let kept = |name: &&String| !is_about_it || !self.change.changed_values.contains(*name);
        let names: Vec<String> =
            shape.columns.iter().map(|column| &column.name).filter(kept).cloned().collect();
        let with_rowids = self.change.exceptions.rowids && !shape.is_without_rowid;
        let was = rows(&self.before.tables[table], shape, &names, with_rowids);
        let is = rows(after.tables.get(table)?, shape, &names, with_rowids);
        (was != is).then(|| format!("rows of {table} were {was:?}, are {is:?}"))
    }

    fn faults_after_refusal(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.database.in_transaction() {
            faults.push("a transaction is still open".to_owned());
        } else if Snapshot::of(&self.database).as_ref() != Ok(&self.before) {
            faults.push("the refusal changed something".to_owned());
        }
        faults
    }

    fn faults_after_success(&self) -> Vec<String> {
        let mut faults = invariants::faults(&self.database, &self.allowed(), &self.before);
        let after = shapes(&self.database).unwrap();
        if let Some(wanted) = &self.change.shapes {
            faults.extend(differences(wanted, &after));
        }
        faults.extend(self.lost_values(&after));
        faults
    }

    fn allowed(&self) -> Allowed {
        let (from, to) = self.change.table.clone().unwrap_or_default();
        let (from, to) = (from.to_lowercase(), to.to_lowercase());
        let is_about_an_index = matches!(
            self.change.operation,
            Operation::DropIndex { .. } | Operation::RenameIndex { .. }
        );
        let operated = if is_about_an_index {
            BTreeSet::new()
        } else {
            BTreeSet::from([from.clone(), to.clone()])
        };
        let renamed = if from == to { BTreeMap::new() } else { BTreeMap::from([(from, to)]) };
        Allowed { operated, renamed, exceptions: self.change.exceptions.clone() }
    }

    /// Values of the table that differ, where the operation was not about them.
    fn lost_values(&self, after_shapes: &Shapes) -> Option<String> {
        let (from, to) = self.change.table.as_ref()?;
        let (was, is) = (self.shapes.get(from)?, after_shapes.get(to)?);
        let kept = |name: &&String| !self.change.changed_values.contains(*name);
        let old: Vec<String> =
            was.columns.iter().map(|column| &column.name).filter(kept).cloned().collect();
        let renamed = |name: &String| match &self.change.renamed_column {
            Some((from, to)) if from == name => to.clone(),
            _ => name.clone(),
        };
        let new: Vec<String> = old.iter().map(renamed).collect();
        let after = Snapshot::of(&self.database).unwrap();
        let with_rowids =
            self.change.exceptions.rowids && !is.is_without_rowid && !was.is_without_rowid;
        let before_rows = rows(&self.before.tables[from], was, &old, with_rowids);
        let after_rows = rows(&after.tables[to], is, &new, with_rowids);
        (before_rows != after_rows)
            .then(|| format!("values of {to} changed:\n was {before_rows:?}\n is  {after_rows:?}"))
    }

    pub(crate) fn as_case(&self) -> String {
        case(&self.world, std::slice::from_ref(&self.change.operation))
    }
}

/// A text without what may be spelled in more ways than one.
fn bare(sql: &str) -> String {
    sql.to_ascii_lowercase()
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '(' | ')'))
        .collect()
}

fn differences(wanted: &Shapes, got: &Shapes) -> Vec<String> {
    let mut faults = Vec::new();
    let names: BTreeSet<_> = wanted.keys().chain(got.keys()).collect();
    for name in names {
        let (wanted, got) = (wanted.get(name).cloned().map(Shape::sorted), got.get(name).cloned());
        if wanted != got {
            faults.push(format!("table {name}:\n want {wanted:?}\n got  {got:?}"));
        }
    }
    faults
}

/// What differs between one run of several operations and a run for each.
pub(crate) fn faults_of_one_run(world: &World, drafts: &[ChangeDraft]) -> Vec<String> {
    let changes = changes(world, drafts);
    let operations: Vec<_> = changes.iter().map(|change| change.operation.clone()).collect();
    // Where a key moves the rowids, it matters what the rows went through.
    let keeps_rowids = changes.iter().all(|change| change.exceptions.rowids);
    let (one_by_one, at_once) = (open(world), open(world));
    let before = Snapshot::of(&at_once).unwrap();
    let mut outcome = Ok(());
    for operation in operations.clone() {
        outcome = Migrator::new(&one_by_one.connection).run([operation]);
        if outcome.is_err() {
            break;
        }
    }
    let done = Migrator::new(&at_once.connection).run(operations);
    let after = Snapshot::of(&at_once).unwrap();
    let mut faults = Vec::new();
    match (outcome, done) {
        (Ok(()), Ok(())) => {
            let single = Snapshot::of(&one_by_one).unwrap();
            let rows = |snapshot: &Snapshot| {
                let known = |table: &str| keeps_rowids && before.rowids(table).is_some();
                comparable_rows(snapshot, known)
            };
            if rows(&single) != rows(&after) || single.sequence != after.sequence {
                faults.push(format!("rows: one by one {single:?}\n at once {after:?}"));
            }
            if !single.schema.keys().eq(after.schema.keys()) {
                faults.push(format!("objects: {:?}\n at once {:?}", single.schema, after.schema));
            }
            faults.extend(differences(&shapes(&one_by_one).unwrap(), &shapes(&at_once).unwrap()));
        }
        (Err(_), Err(_)) if after == before => {}
        (Err(_), Err(_)) => faults.push("a refused run changed something".to_owned()),
        // What one operation leaves open another may put right: keys are checked at the end.
        (Err(_), Ok(())) => faults.extend(unsound(&at_once)),
        (Ok(()), Err(error)) => faults.push(format!("at once it fails: {}", message::of(&error))),
    }
    if at_once.in_transaction() {
        faults.push("a transaction is still open".to_owned());
    }
    faults
}

/// The rows of all tables, with the rowids of those whose rowids have to stay.
fn comparable_rows(
    snapshot: &Snapshot,
    has_to_keep_rowids: impl Fn(&str) -> bool,
) -> BTreeMap<String, Vec<StoredRow>> {
    let mut tables = snapshot.tables.clone();
    for (name, rows) in &mut tables {
        if !has_to_keep_rowids(name) {
            rows.iter_mut().for_each(|row| row.rowid = None);
            rows.sort();
        }
    }
    tables
}

/// What SQLite itself finds wrong with a database.
pub(crate) fn unsound(database: &Database) -> Vec<String> {
    let mut faults = Vec::new();
    if database.rows("PRAGMA integrity_check").unwrap() != [["ok"]] {
        faults.push("integrity_check".to_owned());
    }
    match database.rows("PRAGMA foreign_key_check") {
        Ok(violations) if violations.is_empty() => {}
        other => faults.push(format!("foreign_key_check: {other:?}")),
    }
    let snapshot = Snapshot::of(database).unwrap();
    faults.extend(snapshot.views.into_values().flatten());
    faults.extend(snapshot.triggers.into_values().flatten());
    faults
}

fn changes(world: &World, drafts: &[ChangeDraft]) -> Vec<Change> {
    let shapes = shapes(&open(world)).unwrap();
    drafts.iter().map(|draft| change(world, &shapes, *draft)).collect()
}

pub(crate) fn as_case(world: &World, drafts: &[ChangeDraft]) -> String {
    let changes = changes(world, drafts);
    let operations: Vec<_> = changes.iter().map(|change| change.operation.clone()).collect();
    case(world, &operations)
}

/// A line of the corpus that still has to say what it expects.
fn case(world: &World, operations: &[Operation]) -> String {
    json!({
        "id": "found.", "group": "found_by_properties", "source": "own: tests/properties", "tags": [],
        "hard": true, "pragmas": {
            "foreign_keys": u8::from(world.foreign_keys),
            "legacy_alter_table": u8::from(world.legacy_alter_table),
        },
        "setup_sql": world.script(), "operations": operations, "expect": {"checks": []},
        "reference_sql": "",
    })
    .to_string()
}
