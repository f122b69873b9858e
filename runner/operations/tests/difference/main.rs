//! Two random databases, and the way from one to the other and back.
//!
//! `PROPTEST_CASES=2000 cargo test -p migration-runner-operations --test difference` looks longer.

#![allow(clippy::unwrap_used)]

#[path = "../conformance/case.rs"]
mod case;
#[path = "../conformance/database.rs"]
#[allow(dead_code, reason = "not all questions are asked here")]
mod database;
#[path = "../properties/draft.rs"]
#[allow(dead_code, reason = "no operation is drawn here")]
mod draft;
#[path = "../properties/world/mod.rs"]
#[allow(dead_code, reason = "only scripts are made here")]
mod world;

mod examples;
mod journey;
mod remade_tables;
mod strict_tables;
mod two_worlds;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::journey::{Journey, Rows};
use crate::two_worlds::two_worlds;

fn config() -> ProptestConfig {
    // A failure becomes an example, in words; a seed in a file says nothing.
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases: 12, max_shrink_iters: 200, ..config },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_way_from_one_schema_to_another_leads_there_and_back(worlds in two_worlds()) {
        let faults = Journey::of(&worlds).map_or_else(|fault| vec![fault], |journey| journey.faults());
        prop_assert!(faults.is_empty(), "{faults:#?}\n{worlds:?}");
    }
}

#[test]
fn many_ways_are_gone_with_rows() {
    let mut runner = TestRunner::deterministic();
    let strategy = two_worlds();
    let (mut gone, mut refused) = (0, 0);
    for _ in 0..20 {
        let worlds = strategy.new_tree(&mut runner).unwrap().current();
        match Journey::of(&worlds).unwrap().rows() {
            Rows::Kept => gone += 1,
            Rows::Refused => refused += 1,
        }
    }
    assert!(gone >= 5, "{gone} of {} were gone", gone + refused);
}
