//! The power is cut at any moment, and the disk loses, keeps or tears what was not synced: a migration
//! is wholly there or not at all, and one that was told as applied is there. `RUNNER_TEST_LONG=1`: more disks
//! for each moment.

use std::collections::BTreeSet;
use std::fs;

use crate::populated::{Files, Journal, Trial, is_finished};
use crate::sandbox::{self, Sandbox, as_many};
use crate::shim_vfs::{self, Change, Disk, Loss, record, tell};
use runner::{Bundle, Database, Direction, Error, StartOptions, UpToDate};

/// How many torn disks are made for each moment.
fn tears() -> u64 {
    as_many(3, 1)
}

/// Every so many images, the next run is tried too.
const NEXT_RUN: usize = 20;

/// What the disk may make of the changes that were not synced when the power is cut at `moment`.
pub(crate) fn losses(moment: usize) -> Vec<Loss> {
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

/// A bundle of three migrations, to be applied to a database that is not there.
struct NewDatabase {
    sandbox: Sandbox,
    bundle: Bundle,
}

impl NewDatabase {
    fn planned() -> Self {
        shim_vfs::install();
        let sandbox = Sandbox::project();
        sandbox.sql_migration("power_one", "CREATE TABLE one (a); CREATE INDEX i ON one (a)", "");
        let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
            INSERT INTO one SELECT hex(randomblob(100)) FROM n";
        sandbox.sql_migration("power_two", &format!("PRAGMA cache_size = 5; {rows}"), "");
        sandbox.sql_migration("power_three", "CREATE TABLE three (a)", "");
        sandbox.run(&["bundle", "-o", "migrations.bundle"]).succeeded();
        let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
        Self { sandbox, bundle }
    }

    fn migrate(&self) -> Result<UpToDate, Error> {
        let database = Database::at(self.sandbox.path("app.db"));
        self.bundle.migrate(&database, &StartOptions::default(), &mut |event| {
            if is_finished(&event) {
                tell();
            }
        })
    }

    /// Puts the files of a disk in the place of what is there.
    fn put(&self, files: &Files) {
        for name in self.sandbox.files().into_keys() {
            let is_of_the_database = name.to_str().unwrap().contains("app.db");
            if is_of_the_database {
                fs::remove_file(self.sandbox.path(name)).unwrap();
            }
        }
        for (name, bytes) in files {
            fs::write(self.sandbox.path(name), bytes).unwrap();
        }
    }

    /// How many steps are taken. Panics unless the database is sound, or not there.
    fn steps_taken(&self) -> usize {
        if !self.sandbox.path("app.db").exists() {
            return 0;
        }
        let database = self.sandbox.database();
        assert_eq!(sandbox::rows(&database, "PRAGMA integrity_check").trim(), "Text(\"ok\")");
        let count = "SELECT count(*) FROM _runner_migrations";
        database.query_row(count, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_new_database_is_there_whole_or_not_at_all_and_whole_once_a_step_was_told() {
    let new = NewDatabase::planned();
    let (outcome, changes) = record(|| new.migrate());
    let steps = outcome.unwrap().report.done.len();
    assert_eq!((steps, changes.iter().filter(|it| **it == Change::Told).count()), (3, 3));
    let (mut disk, mut told, mut count) = (Disk::with(Files::new()), 0, 0);
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (moment, change) in changes.iter().enumerate() {
        disk.take(change);
        if *change == Change::Told {
            told += 1;
            seen.clear();
        }
        for loss in losses(moment) {
            let files = disk.after_power_cut(loss);
            if !seen.insert(files.clone()) {
                continue;
            }
            count += 1;
            new.put(&files);
            let taken = new.steps_taken();
            found.insert(taken);
            let is_right = if told == 0 { [0, steps].contains(&taken) } else { taken == steps };
            assert!(is_right, "{moment} {change:?} {loss:?}: told {told}, found {taken}");
            if count % NEXT_RUN == 0 {
                new.migrate().unwrap();
                assert_eq!(new.steps_taken(), steps);
            }
        }
    }
    println!("new database: {count} disks after {} changes", changes.len());
    assert!(found == BTreeSet::from([0, steps]) && count > 30, "{found:?}, {count}");
}
