//! Random pairs of schemas with rows, made to be awkward: ON CONFLICT clauses and rows that collide only under the
//! other schema's, columns called `true`, `rowid` or `row`, ANY with STRICT and without, keys that match nothing,
//! views over NATURAL JOIN, functions that only an application has. Whatever `difference` finds from one to the
//! other, rows and values are kept or told.
//!
//! `SCHEMA_PAIRS=4000 cargo test -p migration-runner-operations --test random_schema_pairs -- --nocapture` looks
//! longer, and `SCHEMA_PAIRS_SEED=17` begins at that pair.

#![allow(clippy::unwrap_used)]

mod dice;
mod draft;
mod journey;
mod mutate;
mod refusal;
mod rows;
mod snapshot;

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::draft::Draft;
use crate::journey::{Journey, Outcome};

/// So many pairs, and no fewer, tell whether the ways that are found are enough.
const MANY: u64 = 60;

fn number(variable: &str, or: u64) -> u64 {
    std::env::var(variable).ok().map_or(or, |text| text.parse().unwrap())
}

/// The first pair that SQLite takes among those that `seed` gives.
fn pair(seed: u64) -> (Draft, Draft, Dice) {
    let mut dice = Dice::new(seed);
    loop {
        let one = Draft::draw(&mut dice);
        let other = one.mutated(&mut dice);
        if one.is_taken() && other.is_taken() && one.script() != other.script() {
            return (one, other, dice);
        }
    }
}

#[test]
fn rows_and_values_are_kept_or_told_or_nothing_happens() {
    let (first, count) = (number("SCHEMA_PAIRS_SEED", 0), number("SCHEMA_PAIRS", MANY));
    let (mut outcomes, mut faults) = (BTreeMap::<Outcome, u64>::new(), Vec::new());
    for seed in first..first + count {
        let (one, other, mut dice) = pair(seed);
        let rows = one.rows(&mut dice);
        let mut journey = Journey::new(&one, &rows, &mut dice);
        for target in [&other, &one] {
            match journey.go_to(target, &mut dice) {
                Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
                Err(fault) => {
                    let (from, to) = (one.script(), other.script());
                    faults.push(format!("pair {seed}: {fault}\n{from}\n{rows}\n--- to ---\n{to}"));
                    break;
                }
            }
        }
    }
    println!("{count} pairs, there and back: {outcomes:?}, {} faults", faults.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
    if count < MANY {
        return;
    }
    let of = |outcome| outcomes.get(&outcome).copied().unwrap_or_default();
    assert!(of(Outcome::Kept) >= count, "too few arrive: {outcomes:?}");
    assert!(of(Outcome::NotFound) <= count / 3, "too many ways are not found: {outcomes:?}");
}
