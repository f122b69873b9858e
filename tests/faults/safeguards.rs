//! Each safeguard is needed: without it a promise breaks, and with it the promise holds.
//! Only a build with debug assertions can take one away, so there is nothing here in a release build.
#![cfg(debug_assertions)]

use crate::scene;
use std::time::Duration;

use crate::populated::{self, Files, Journal, Populated, is_finished};
use crate::sandbox::rows;
use crate::shim_vfs::{self, Change, Disk, Fault, Kind, Lasting, Loss, record, tell, with_fault};
use runner::apply::ApplyError;
use runner::safeguard::Safeguard;
use runner::{Direction, Error, Event, Job, Report};

/// A plugin that is pending on a small database.
struct Pending {
    populated: Populated,
    job: Job,
    start: Files,
}

impl Pending {
    fn new(plugin: &str, journal: Journal) -> Self {
        Self::on(scene::GROUND, plugin, journal)
    }

    /// As [`Self::new`], on a database of one's own.
    fn on(sql: &str, plugin: &str, journal: Journal) -> Self {
        shim_vfs::install();
        let populated = Populated::of(sql, journal, &[plugin]);
        let (start, mut job) = (populated.files(), populated.job(Direction::Forward));
        job.options.busy_timeout = Duration::ZERO;
        Self { populated, job, start }
    }

    /// Applied, and pending on its way back.
    fn applied(self) -> Self {
        self.run().unwrap();
        let (start, job) = (self.populated.files(), self.populated.job(Direction::Backward));
        Self { start, job, ..self }
    }

    /// Runs the job from the start.
    fn run(&self) -> Result<Report, Error> {
        self.populated.put(&self.start);
        self.job.apply(&mut |_| {})
    }

    fn rows(&self, sql: &str) -> String {
        rows(&self.populated.sandbox.database(), sql)
    }

    /// Whether the history says that the migration is applied.
    fn is_applied(&self) -> bool {
        let table = "SELECT name FROM sqlite_schema WHERE name = '_runner_migrations'";
        !self.rows(table).is_empty() && !self.rows("SELECT id FROM _runner_migrations").is_empty()
    }
}

/// Panics unless `keeps` is false without the safeguard, and true with it.
#[track_caller]
fn is_needed(safeguard: Safeguard, keeps: impl Fn() -> bool) {
    assert!(!safeguard.removed_from(&keeps), "without {safeguard:?} nothing breaks");
    assert!(keeps(), "{safeguard:?} does not keep its promise");
}

/// What shows that a safeguard is needed. A new one is to be added here.
fn show(safeguard: Safeguard) {
    match safeguard {
        Safeguard::DurableCommit => {
            let pending = Pending::new("uses_savepoint", Journal::Delete);
            is_needed(safeguard, || what_was_told_survives_a_power_cut(&pending));
        }
        Safeguard::WriteLock => {
            let pending = Pending::new("uses_savepoint", Journal::Delete);
            is_needed(safeguard, || no_code_runs_without_the_lock(&pending));
        }
        Safeguard::HistoryReadAgain => {
            let pending = Pending::new("uses_savepoint", Journal::Delete);
            is_needed(safeguard, || {
                pending.run().unwrap();
                pending.job.apply(&mut |_| {}).is_ok_and(|report| report.already_done.len() == 1)
            });
        }
        Safeguard::ForeignKeysOff => {
            let pending = Pending::new("drops_a_parent", Journal::Delete);
            is_needed(safeguard, || {
                pending.run().is_ok()
                    && pending.rows("SELECT count(*) FROM item") == "  Integer(3)\n"
            });
        }
        Safeguard::Authorizer => {
            let pending = Pending::new("sets_pragma", Journal::Delete);
            is_needed(safeguard, || refused(&pending, |e| matches!(e, ApplyError::Denied { .. })));
        }
        Safeguard::NoWriteAfterRollback => {
            let more_rows = populated::SCHEMA.replace("n < 12", "n < 24");
            let pending = Pending::on(&more_rows, "repairs_rows", Journal::Delete).applied();
            // The other one would refuse the commit of what is written then.
            Safeguard::CommitVeto.removed_from(|| {
                is_needed(safeguard, || no_fault_mixes(&pending));
            });
        }
        Safeguard::CommitVeto => {
            let pending = Pending::new("writes_on_outside", Journal::Delete);
            is_needed(safeguard, || {
                pending.run().unwrap_err();
                pending.rows("SELECT 1 FROM player WHERE score = 0").is_empty()
            });
        }
        Safeguard::Savepoint => {
            let pending = Pending::new("opens_a_transaction_of_its_own", Journal::Delete);
            is_needed(safeguard, || {
                let _ = pending.run();
                // Its work is lost, so it must not count as applied.
                !pending.is_applied()
            });
        }
        Safeguard::RunningStatements => {
            let pending = Pending::new("leaves_statement_open", Journal::Delete);
            is_needed(safeguard, || {
                refused(&pending, |error| matches!(error, ApplyError::StatementLeft { .. }))
            });
        }
        Safeguard::RowGuard => {
            let pending = Pending::new("loses_rows_to_a_trigger", Journal::Delete);
            is_needed(safeguard, || {
                let _ = pending.run();
                pending.rows("SELECT count(*) FROM item") == "  Integer(3)\n"
            });
        }
        Safeguard::ObjectGuard => {
            let pending = Pending::new("rebuilds_by_hand", Journal::Delete);
            is_needed(safeguard, || {
                let _ = pending.run();
                !pending.rows("SELECT 1 FROM sqlite_schema WHERE name = 'item_of_owner'").is_empty()
            });
        }
        Safeguard::StatementCheck => {
            let pending = Pending::new("drops_what_a_trigger_names", Journal::Delete);
            is_needed(safeguard, || {
                let _ = pending.run();
                !pending.rows("SELECT 1 FROM sqlite_schema WHERE name = 'farewell'").is_empty()
            });
        }
        Safeguard::ForeignKeyCheck => {
            let pending = Pending::new("breaks_foreign_keys", Journal::Delete);
            is_needed(safeguard, || {
                let _ = pending.run();
                pending.rows("PRAGMA foreign_key_check").is_empty()
            });
        }
        Safeguard::FileInPlace => {
            let pending = Pending::new("moves_the_database", Journal::Delete);
            is_needed(safeguard, || {
                let refused = pending.run().is_err();
                let moved = pending.populated.sandbox.path("moved.db");
                std::fs::rename(moved, &pending.job.database.path).unwrap();
                refused && !pending.is_applied()
            });
        }
        Safeguard::ConfirmedOutcome => {
            let pending = Pending::new("uses_savepoint", Journal::Wal);
            is_needed(safeguard, || no_fault_makes_a_lie(&pending));
        }
    }
}

fn refused(pending: &Pending, as_it_should: fn(&ApplyError) -> bool) -> bool {
    matches!(pending.run(), Err(Error::Apply(error)) if as_it_should(&error))
}

/// The disk loses what was not synced, right after somebody was told.
fn what_was_told_survives_a_power_cut(pending: &Pending) -> bool {
    pending.populated.put(&pending.start);
    let tell_if_done = &mut |event: Event| {
        if is_finished(&event) {
            tell();
        }
    };
    let (outcome, changes) = record(|| pending.job.apply(tell_if_done));
    outcome.unwrap();
    let mut disk = Disk::with(pending.start.clone());
    changes.iter().take_while(|change| **change != Change::Told).for_each(|it| disk.take(it));
    pending.populated.put(&disk.after_power_cut(Loss::Dropped));
    pending.is_applied()
}

fn no_code_runs_without_the_lock(pending: &Pending) -> bool {
    pending.populated.put(&pending.start);
    let other = pending.populated.sandbox.database();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut started = false;
    let outcome = pending.job.apply(&mut |event| started |= matches!(event, Event::Started { .. }));
    assert!(outcome.is_err());
    !started
}

/// One operation after the other fails, and all that follow; an error other than doubt must mean that
/// nothing was done.
fn no_fault_makes_a_lie(pending: &Pending) -> bool {
    for at in 1.. {
        let fault = Fault { kind: Kind::Io, lasting: Lasting::FromThenOn, at };
        let (outcome, struck) = with_fault(fault, || pending.run());
        let in_doubt = matches!(outcome, Err(Error::Apply(ApplyError::OutcomeUnknown { .. })));
        if !in_doubt && outcome.is_ok() != pending.is_applied() {
            return false;
        }
        if !struck {
            break;
        }
    }
    true
}

/// One operation after the other fails; where that is an error, the database is as it was.
fn no_fault_mixes(pending: &Pending) -> bool {
    pending.populated.put(&pending.start);
    let before = pending.populated.sandbox.contents();
    for at in 1.. {
        let fault = Fault { kind: Kind::Io, lasting: Lasting::Once, at };
        let (outcome, struck) = with_fault(fault, || pending.run());
        if outcome.is_err() && pending.populated.sandbox.contents() != before {
            return false;
        }
        if !struck {
            break;
        }
    }
    true
}

#[test]
fn without_any_one_safeguard_a_promise_breaks() {
    for safeguard in Safeguard::ALL {
        println!("{safeguard:?}");
        show(safeguard);
    }
}
