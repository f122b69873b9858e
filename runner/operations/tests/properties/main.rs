//! Beyond the conformance cases: random databases, a random operation, and what must then be true.
//!
//! `PROPTEST_CASES=10000 cargo test -p migration-runner-operations --test properties` looks longer. A failure shows
//! the smallest database and operation that was found, as a line for
//! `tests/conformance/cases/20_found_by_properties.jsonl`; what it is to expect is for a person to add.

#![allow(clippy::unwrap_used)]

#[path = "../conformance/case.rs"]
mod case;
#[path = "../conformance/check.rs"]
#[allow(dead_code, reason = "a world has no checks of its own")]
mod check;
#[path = "../conformance/database.rs"]
mod database;
#[path = "../conformance/invariants.rs"]
#[allow(dead_code, reason = "what may change is not taken from a case")]
mod invariants;
#[path = "../conformance/message.rs"]
mod message;
#[path = "../conformance/snapshot.rs"]
mod snapshot;

mod change;
mod draft;
mod shape;
mod trial;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::change::{KINDS, Outcome};
use crate::database::Database;
use crate::draft::{ChangeDraft, changes};
use crate::trial::Trial;
use crate::world::{World, worlds};

fn config() -> ProptestConfig {
    // A failure becomes a case of the corpus, in words; a seed in a file says nothing.
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_world_is_a_sound_database(world in worlds()) {
        let faults = faults_of_a_script(&world.script());
        prop_assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn an_operation_changes_what_it_says_and_loses_nothing(world in worlds(), draft in changes()) {
        let trial = Trial::of(&world, draft);
        let faults = trial.faults();
        prop_assert!(faults.is_empty(), "{faults:#?}\n{}", trial.as_case());
    }

    #[test]
    fn an_inverse_gives_back_schema_and_rows(world in worlds(), draft in changes()) {
        let trial = Trial::of(&world, draft);
        let faults = trial.faults_of_the_way_back();
        prop_assert!(faults.is_empty(), "{faults:#?}\n{}", trial.as_case());
    }

    #[test]
    fn several_operations_at_once_do_what_they_do_one_by_one(
        world in worlds(),
        drafts in vec(changes(), 2..5),
    ) {
        let faults = trial::faults_of_one_run(&world, &drafts);
        prop_assert!(faults.is_empty(), "{faults:#?}\n{}", trial::as_case(&world, &drafts));
    }
}

fn faults_of_a_script(script: &str) -> Vec<String> {
    let database = Database::in_memory().unwrap();
    match database.run(script) {
        Err(error) => vec![error],
        Ok(()) => trial::unsound(&database),
    }
}

/// Worlds and operations that do not differ from run to run.
fn sample(count: usize) -> Vec<(World, ChangeDraft)> {
    let mut runner = TestRunner::deterministic();
    let strategy = (worlds(), changes());
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn worlds_hold_every_feature_that_they_promise() {
    let scripts: Vec<_> = sample(500).iter().map(|(world, _)| world.script()).collect();
    for feature in [
        "STRICT",
        "WITHOUT ROWID",
        "AUTOINCREMENT",
        " STORED",
        " VIRTUAL",
        "CHECK (",
        "CONSTRAINT ",
        "COLLATE NOCASE",
        "UNIQUE (",
        "REFERENCES",
        "DEFERRABLE INITIALLY DEFERRED",
        "ON DELETE CASCADE",
        "DEFAULT (",
        "/* c, ); */",
        "CREATE UNIQUE INDEX",
        ") WHERE (",
        "lower(",
        "CREATE VIEW",
        "WITH c AS",
        "CREATE TRIGGER",
        "BEFORE DELETE",
        "UPDATE OF",
        "INSTEAD OF",
        "SELECT * FROM",
        "ON CONFLICT REPLACE",
        "\"select\"",
        "we\"\"ird",
        "PRAGMA foreign_keys = ON",
    ] {
        let holding = scripts.iter().filter(|script| script.contains(feature)).count();
        assert!(holding >= 10, "only {holding} of {} worlds hold {feature}", scripts.len());
    }
}

#[test]
fn every_kind_of_operation_is_tried_and_succeeds_and_is_refused() {
    let mut tried = BTreeMap::<u8, usize>::new();
    let mut invertible = BTreeSet::new();
    let mut outcomes = [0, 0, 0];
    for (world, draft) in sample(1000) {
        let trial = Trial::of(&world, draft);
        if trial.inverse().is_some() {
            invertible.insert(draft.kind % KINDS);
        }
        *tried.entry(draft.kind % KINDS).or_default() += 1;
        outcomes[match trial.change.outcome {
            Outcome::Succeeds => 0,
            Outcome::IsRefused => 1,
            Outcome::Either => 2,
        }] += 1;
    }
    assert_eq!(tried.len(), usize::from(KINDS));
    // All but to drop a table and to drop a column.
    assert_eq!(invertible.len(), usize::from(KINDS) - 2, "{invertible:?}");
    assert!(outcomes[0] > 500 && outcomes[1] > 50, "{outcomes:?}");
}
