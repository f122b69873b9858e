//! The power is cut at any moment, and the disk loses, keeps or tears what was not synced: a migration
//! is wholly there or not at all, and one that was told as applied is there. `RUNNER_TEST_LONG=1`: more disks
//! for each moment.

use std::collections::BTreeSet;

use crate::populated::{Files, Journal, Trial, is_finished};
use crate::sandbox::as_many;
use crate::shim_vfs::{Change, Disk, Loss, record, tell};
use runner::Direction;

/// How many torn disks are made for each moment.
fn tears() -> u64 {
    as_many(3, 1)
}

/// Every so many images, the next run is tried too.
const NEXT_RUN: usize = 20;

/// What the disk may make of the changes that were not synced when the power is cut at `moment`.
fn losses(moment: usize) -> Vec<Loss> {
    let seeds = (0..tears()).map(|tear| moment as u64 * tears() + tear);
    let torn = seeds.flat_map(|seed| [Loss::Cut(seed), Loss::Torn(seed)]);
    [Loss::Dropped, Loss::Kept, Loss::NamesDropped].into_iter().chain(torn).collect()
}

/// A job that was done once, and the disks that were found after power cuts in the course of it.
struct Cuts {
    trial: Trial,
    /// How many steps somebody was told of.
    told: usize,
    /// The disks that were looked at since.
    seen: BTreeSet<Files>,
    /// How many were looked at in all.
    count: usize,
}

impl Cuts {
    /// Starts a program on this disk. Panics unless it finds whole steps, and all that were told.
    fn start_again(&mut self, files: Files, cut: &(usize, &Change, Loss)) {
        if self.seen.contains(&files) {
            return;
        }
        self.count += 1;
        self.trial.populated.put(&files);
        self.seen.insert(files);
        let taken = self.trial.steps_taken(cut);
        let told = self.told;
        assert!(
            taken == told || taken == told + 1,
            "{cut:?}: {told} steps were told as done, {taken} are"
        );
        if self.count.is_multiple_of(NEXT_RUN) {
            self.trial.finishes(cut);
        }
    }
}

/// Does the job once, and cuts the power after each change. Gives how many different disks there were.
fn cut_everywhere(journal: Journal, direction: Direction) -> usize {
    let trial = Trial::of(journal, direction);
    trial.populated.put(&trial.start);
    let (outcome, changes) = record(|| {
        trial.job.apply(&mut |event| {
            if is_finished(&event) {
                tell();
            }
        })
    });
    outcome.unwrap();
    let mut disk = Disk::with(trial.start.clone());
    let mut cuts = Cuts { trial, told: 0, seen: BTreeSet::new(), count: 0 };
    for (moment, change) in changes.iter().enumerate() {
        disk.take(change);
        if *change == Change::Told {
            // A disk that was good until now may be a lie from here on.
            cuts.told += 1;
            cuts.seen.clear();
        }
        for loss in losses(moment) {
            cuts.start_again(disk.after_power_cut(loss), &(moment, change, loss));
        }
    }
    assert_eq!(cuts.told, cuts.trial.job.steps.len());
    println!("{journal:?} {direction:?}: {} disks after {} changes", cuts.count, changes.len());
    cuts.count
}

#[test]
fn after_a_power_cut_on_the_way_forward_whole_steps_are_there_and_all_that_were_told() {
    assert!(cut_everywhere(Journal::Delete, Direction::Forward) > 100);
}

#[test]
fn after_a_power_cut_on_the_way_backward_whole_steps_are_there_and_all_that_were_told() {
    assert!(cut_everywhere(Journal::Delete, Direction::Backward) > 100);
}

#[test]
fn after_a_power_cut_in_wal_mode_whole_steps_are_there_and_all_that_were_told() {
    assert!(cut_everywhere(Journal::Wal, Direction::Forward) > 100);
}

#[test]
fn after_a_power_cut_in_wal_mode_backward_whole_steps_are_there_and_all_that_were_told() {
    assert!(cut_everywhere(Journal::Wal, Direction::Backward) > 100);
}
