//! The disk refuses, or is full, at any moment. `RUNNER_TEST_LONG=1`: at every one.

use super::losing::{Losing, Place};
use crate::populated::Journal;
use crate::sandbox::as_many;
use crate::shim_vfs::{Fault, Kind, Lasting, with_fault};
use runner::Direction;

/// From one operation that fails to the next, and after how many of them all is brought back.
fn strides() -> (usize, usize) {
    as_many((1, 5), (11, 4))
}

fn every_fault(journal: Journal, direction: Direction, place: Place) {
    let losing = Losing::of(journal, direction, place);
    let (stride, comes_back) = strides();
    let mut first = 1;
    for kind in [Kind::Io, Kind::Full] {
        for lasting in [Lasting::Once, Lasting::FromThenOn] {
            let (mut at, mut count, mut taken) = (first, 0, 0);
            loop {
                losing.put();
                let fault = Fault { kind, lasting, at };
                let job = losing.job();
                let (outcome, struck) = with_fault(fault, || job.apply(&mut |_| {}));
                taken += usize::from(losing.judge(&fault, Some(&outcome)));
                if !struck {
                    assert!(outcome.is_ok(), "{fault:?}: {outcome:?}");
                    break;
                }
                count += 1;
                if count % comes_back == 0 {
                    losing.comes_back(&fault);
                }
                at += stride;
            }
            println!(
                "{journal:?} {direction:?} {place:?} {kind:?} {lasting:?}: {count} faults, {taken} taken, up to {at}"
            );
            assert!(at > 60, "only {at} operations: is the shim in use?");
            // Each of the four looks elsewhere.
            first += stride / 4;
        }
    }
}

#[test]
fn a_fault_anywhere_while_values_are_kept_leaves_all_of_it_or_nothing() {
    for journal in [Journal::Delete, Journal::Wal] {
        every_fault(journal, Direction::Forward, Place::Database);
    }
}

#[test]
fn a_fault_anywhere_while_values_are_kept_in_a_file_leaves_all_of_it_or_nothing() {
    for journal in [Journal::Delete, Journal::Wal] {
        every_fault(journal, Direction::Forward, Place::File);
    }
}

#[test]
fn a_fault_anywhere_while_values_are_put_back_leaves_all_of_it_or_nothing() {
    for journal in [Journal::Delete, Journal::Wal] {
        every_fault(journal, Direction::Backward, Place::Database);
    }
}

#[test]
fn a_fault_anywhere_while_values_are_put_back_from_a_file_leaves_all_of_it_or_nothing() {
    for journal in [Journal::Delete, Journal::Wal] {
        every_fault(journal, Direction::Backward, Place::File);
    }
}
