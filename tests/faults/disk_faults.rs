//! Whatever the disk refuses, and whenever: a migration is applied or it is not, the runner says which,
//! and the next run finishes. `RUNNER_TEST_LONG=1`: every operation fails.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::populated::{Journal, Populated, Trial, is_finished};
use crate::sandbox::{Sandbox, as_many, long};
use crate::shim_vfs::{self, Fault, Kind, Lasting, with_fault};
use runner::apply::ApplyError;
use runner::{Bundle, Database, Direction, Error, Report, StartOptions, record};

/// In the short form, from one operation that fails to the next.
const STRIDE: usize = 12;

/// In the short form, so many operations at the end fail one by one: among them is the last COMMIT.
const LAST: usize = 24;

/// Lets the first operation fail, the second, and so on, until none is left; in the short form those that are
/// `STRIDE` apart, from `first`, and the last. Gives how many operations there are, and how many failed.
fn fail_everywhere(trial: &Trial, kind: Kind, lasting: Lasting, first: usize) -> (usize, usize) {
    let (mut at, stride) = as_many((1, 1), (first, STRIDE));
    let mut tried = BTreeSet::new();
    while fails(trial, Fault { kind, lasting, at }) {
        tried.insert(at);
        at += stride;
    }
    if !long() {
        at = at.saturating_sub(STRIDE + LAST).max(1);
        while tried.contains(&at) || fails(trial, Fault { kind, lasting, at }) {
            tried.insert(at);
            at += 1;
        }
    }
    (at - 1, tried.len())
}

/// Runs the job under the fault, and judges what it said and left. `false` if there are fewer operations.
fn fails(trial: &Trial, fault: Fault) -> bool {
    trial.populated.put(&trial.start);
    let mut told = 0;
    let (outcome, struck) = with_fault(fault, || {
        trial.job.apply(&mut |event| told += usize::from(is_finished(&event)))
    });
    judge(trial, fault, &outcome, told);
    if struck {
        trial.finishes(&fault);
    } else {
        assert!(outcome.is_ok());
    }
    struck
}

/// What the runner said must be what is in the database.
fn judge(trial: &Trial, fault: Fault, outcome: &Result<Report, Error>, told: usize) {
    let taken = trial.steps_taken(&fault);
    match outcome {
        Ok(report) => {
            assert_eq!(report.done.len(), trial.job.steps.len(), "{fault:?}");
            assert_eq!((taken, told), (report.done.len(), report.done.len()), "{fault:?}");
        }
        Err(Error::Apply(ApplyError::OutcomeUnknown { .. })) => {
            assert!(taken == told || taken == told + 1, "{fault:?}: {taken}, told {told}");
        }
        Err(error) => assert_eq!(taken, told, "{fault:?}: {error:?}"),
    }
}

fn every_fault(journal: Journal, direction: Direction) {
    let trial = Trial::of(journal, direction);
    let mut first = 1;
    for kind in [Kind::Io, Kind::Full] {
        for lasting in [Lasting::Once, Lasting::FromThenOn] {
            let (count, tried) = fail_everywhere(&trial, kind, lasting, first);
            println!(
                "{journal:?} {direction:?} {kind:?} {lasting:?}: {tried} of {count} fault points"
            );
            assert!(count > 100, "only {count} operations: is the shim in use?");
            // In the short form each of the four looks elsewhere.
            first += STRIDE / 4;
        }
    }
}

#[test]
fn a_fault_anywhere_on_the_way_forward_is_told_and_leaves_whole_steps() {
    every_fault(Journal::Delete, Direction::Forward);
}

#[test]
fn a_fault_anywhere_on_the_way_backward_is_told_and_leaves_whole_steps() {
    every_fault(Journal::Delete, Direction::Backward);
}

#[test]
fn a_fault_anywhere_on_the_way_forward_in_wal_mode_is_told_and_leaves_whole_steps() {
    every_fault(Journal::Wal, Direction::Forward);
}

#[test]
fn a_fault_anywhere_on_the_way_backward_in_wal_mode_is_told_and_leaves_whole_steps() {
    every_fault(Journal::Wal, Direction::Backward);
}

/// What `status` and the end of `migrate` ask.
fn history(populated: &Populated) -> Result<usize, Error> {
    let database = populated.job(Direction::Forward).database;
    let connection = database.look(Duration::ZERO)?.unwrap();
    Ok(record::ids(&connection)?.len())
}

#[test]
fn a_fault_while_looking_is_told_and_never_read_as_another_history() {
    shim_vfs::install();
    for journal in [Journal::Delete, Journal::Wal] {
        let populated = Populated::with(journal);
        populated.job(Direction::Forward).apply(&mut |_| {}).unwrap();
        let start = populated.files();
        for at in 1.. {
            let fault = Fault { kind: Kind::Io, lasting: Lasting::Once, at };
            let (outcome, struck) = with_fault(fault, || history(&populated));
            assert_eq!(populated.files()["app.db"], start["app.db"], "{fault:?}");
            assert!(outcome.as_ref().map_or(true, |count| *count == 2), "{fault:?}: {outcome:?}");
            populated.put(&start);
            if !struck {
                println!("{journal:?}: {} fault points while looking", at - 1);
                assert!(outcome.is_ok() && at > 10);
                break;
            }
        }
    }
}

#[test]
fn a_fault_anywhere_while_a_new_database_is_made_is_told_and_leaves_whole_steps() {
    shim_vfs::install();
    let sandbox = Sandbox::project();
    sandbox.sql_migration("fault_one", "CREATE TABLE one (a); INSERT INTO one VALUES (1)", "");
    sandbox.sql_migration("fault_two", "CREATE TABLE two (a); INSERT INTO two VALUES (2)", "");
    sandbox.run(&["bundle", "-o", "migrations.bundle"]).succeeded();
    let bundle = Bundle::open(&sandbox.path("migrations.bundle")).unwrap();
    let database = Database::at(sandbox.path("app.db"));
    let migrate = |told: &mut usize| {
        bundle.migrate(&database, &StartOptions::default(), &mut |event| {
            *told += usize::from(is_finished(&event));
        })
    };
    for (kind, lasting) in [
        (Kind::Io, Lasting::Once),
        (Kind::Io, Lasting::FromThenOn),
        (Kind::Full, Lasting::Once),
        (Kind::Full, Lasting::FromThenOn),
    ] {
        for at in 1.. {
            let fault = Fault { kind, lasting, at };
            let mut told = 0;
            let (outcome, struck) = with_fault(fault, || migrate(&mut told));
            let taken = match database.look(Duration::ZERO).unwrap() {
                Some(connection) => record::ids(&connection).unwrap().len(),
                None => 0,
            };
            match &outcome {
                Ok(_) => assert_eq!((taken, told), (2, 2), "{fault:?}"),
                // Its name may be lost again.
                Err(Error::Apply(ApplyError::OutcomeUnknown { .. })) => {
                    assert_eq!((taken, told), (2, 0));
                }
                Err(error) => assert_eq!(taken, told, "{fault:?}: {error:?}"),
            }
            if !struck {
                println!("new database, {kind:?} {lasting:?}: {} fault points", at - 1);
                assert!(outcome.is_ok() && at > 10, "{outcome:?}, {at}");
                break;
            }
            migrate(&mut 0).unwrap();
            let left =
                fs::read_dir(sandbox.root()).unwrap().map(|entry| entry.unwrap().file_name());
            assert_eq!(left.filter(|name| name.to_string_lossy().contains("new-app")).count(), 0);
            fs::remove_file(sandbox.path("app.db")).unwrap();
        }
        fs::remove_file(sandbox.path("app.db")).unwrap();
    }
}
