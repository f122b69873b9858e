//! The disk refuses, is full, or loses the power, between the transactions of one migration and in them.
//! `RUNNER_TEST_LONG=1`: at every operation, and more disks for each moment.

use std::collections::BTreeSet;
use std::time::Duration;

use super::work::{KINDS, Kind, Work};
use crate::populated::{Journal, is_finished};
use crate::power_cuts::losses;
use crate::sandbox::as_many;
use crate::shim_vfs::{self, Change, Disk, Fault, Lasting, record, tell, with_fault};

/// So many rows make several batches.
const ROWS: usize = 250;

/// From one operation that fails to the next.
fn stride() -> usize {
    as_many(1, 60)
}

/// Every so many disks, the next run is tried too.
const NEXT_RUN: usize = 20;

fn work(kind: Kind, journal: Journal) -> Work {
    // However slow the machine is, some rows are a batch.
    Work::of(kind, journal, ROWS, Duration::from_millis(10))
}

fn every_fault(kind: Kind, journal: Journal) {
    let work = work(kind, journal);
    for disk in [shim_vfs::Kind::Io, shim_vfs::Kind::Full] {
        for lasting in [Lasting::Once, Lasting::FromThenOn] {
            let mut at = 1;
            loop {
                work.populated.put(&work.start);
                let fault = Fault { kind: disk, lasting, at };
                let (outcome, struck) = with_fault(fault, || work.job.apply(&mut |_| {}));
                let done = work.is_done(&fault);
                assert!(done || outcome.is_err(), "{fault:?}: {outcome:?}");
                if !struck {
                    assert!(outcome.is_ok(), "{fault:?}: {outcome:?}");
                    break;
                }
                work.finishes(&fault);
                at += stride();
            }
            println!("{kind:?} {journal:?} {disk:?} {lasting:?}: up to operation {at}");
            assert!(at > 100, "only {at} operations: is the shim in use?");
        }
    }
}

#[test]
fn a_fault_anywhere_is_told_and_the_next_run_goes_on() {
    KINDS.iter().for_each(|kind| every_fault(*kind, Journal::Delete));
}

#[test]
fn a_fault_anywhere_in_wal_mode_is_told_and_the_next_run_goes_on() {
    KINDS.iter().for_each(|kind| every_fault(*kind, Journal::Wal));
}

fn cut_everywhere(kind: Kind, journal: Journal) {
    let work = work(kind, journal);
    work.populated.put(&work.start);
    let (outcome, changes) = record(|| {
        work.job.apply(&mut |event| {
            if is_finished(&event) {
                tell();
            }
        })
    });
    outcome.unwrap();
    let mut disk = Disk::with(work.start.clone());
    let (mut told, mut seen, mut count) = (false, BTreeSet::new(), 0);
    for (moment, change) in changes.iter().enumerate() {
        disk.take(change);
        told |= *change == Change::Told;
        if moment % as_many(1, 15) != 0 && !told {
            continue;
        }
        for loss in losses(moment) {
            let files = disk.after_power_cut(loss);
            if !seen.insert(files.clone()) {
                continue;
            }
            work.populated.put(&files);
            let cut = (moment, change, loss);
            assert!(work.is_done(&cut) || !told, "{cut:?}: it was told as done");
            count += 1;
            if count % NEXT_RUN == 0 {
                work.finishes(&cut);
            }
        }
    }
    println!("{kind:?} {journal:?}: {count} disks after {} changes", changes.len());
    assert!(told && count > 50, "{count}");
}

#[test]
fn after_a_power_cut_the_next_run_goes_on() {
    KINDS.iter().for_each(|kind| cut_everywhere(*kind, Journal::Delete));
}

#[test]
fn after_a_power_cut_in_wal_mode_the_next_run_goes_on() {
    KINDS.iter().for_each(|kind| cut_everywhere(*kind, Journal::Wal));
}
