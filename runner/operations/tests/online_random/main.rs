//! A random application beside an online rebuild. The same statements on a copy, on which the ordinary rebuild runs at
//! the moment of the swap, must say the same, and leave the same.
//!
//! `ONLINE_ROUNDS=200 cargo test -p migration-runner-operations --test online_random -- --nocapture` looks longer;
//! `ONLINE_SEED` begins elsewhere. What fails is shortened, and printed with its seed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod application;
#[path = "../random_operations/chance.rs"]
mod chance;
mod rebuild;
mod state;
mod statement;
mod trial;
mod world;

use std::collections::BTreeMap;
use std::env;

use crate::trial::{End, Trial};

/// How many rounds a plain `cargo test` makes.
const FEW: u64 = 20;
/// How many faults are shown.
const SHOWN: usize = 5;

#[test]
fn an_application_sees_nothing_of_it_and_loses_nothing() {
    let number = |name: &str, otherwise: u64| {
        env::var(name).map_or(otherwise, |value| value.parse().unwrap())
    };
    let first = number("ONLINE_SEED", 1);
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for seed in first..first + number("ONLINE_ROUNDS", FEW) {
        let trial = Trial::drawn(seed);
        let end = trial.run();
        if let End::Faulty(_) = end {
            faults.push(format!("seed {seed}: {}", trial.shortened().told()));
        }
        *ends.entry(end.kind()).or_default() += 1;
        if faults.len() >= SHOWN {
            break;
        }
    }
    println!("{ends:#?}");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    let swapped = ends.get("swapped").copied().unwrap_or_default();
    assert!(swapped * 4 > ends.values().sum::<usize>(), "few came to the swap: {ends:#?}");
}
