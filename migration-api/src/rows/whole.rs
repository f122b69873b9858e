//! All rows within one transaction.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::batch::Stopped;
use super::builder::Spec;
use super::function::Work;
use super::pass::Pass;
use super::refusal::RowsError;
use super::staged;
use super::table::Span;
use crate::host::Host;
use crate::{Error, Result};

/// Has the function go over all rows, and gives the number of those that it changed.
pub(super) fn run(
    connection: &Connection,
    host: &dyn Host,
    spec: &Spec,
    work: Work<'_>,
) -> Result<u64, Error> {
    let refused = |error: RowsError| Error::from(error).at(spec.location);
    if spec.skipped_failures > 0 {
        return Err(refused(RowsError::SkipsInOneTransaction));
    }
    let outcome = within_a_transaction(connection, spec, || {
        let mut pass = Pass::prepare(connection, host, spec, Span::OneTransaction, work)
            .map_err(Stopped::Refused)?;
        let mut meter = match spec.progress {
            Progress::Shown => Some(Meter::new(host, pass.count_at_once()?)),
            Progress::Hidden => None,
        };
        pass.all(&mut |read| {
            if let Some(meter) = &mut meter {
                meter.show(read);
            }
        })
    });
    match outcome {
        Ok(changed) => Ok(changed),
        Err(Stopped::Refused(error)) => Err(refused(error)),
        Err(Stopped::Row(failure)) => {
            staged::go_on(&failure.error);
            Err(failure.error)
        }
        Err(Stopped::NotPrepared) => Ok(0),
    }
}

/// Does `work` in the transaction that there is, or else in one of its own, which ends with it: a rowid stays what it
/// is within one, and none of the rows is written if one of them fails.
fn within_a_transaction(
    connection: &Connection,
    spec: &Spec,
    work: impl FnOnce() -> Result<u64, Stopped>,
) -> Result<u64, Stopped> {
    if !connection.is_autocommit() {
        return work();
    }
    let run = |sql, attempt| {
        connection.execute_batch(sql).map_err(|source| {
            let table = spec.table.clone();
            Stopped::Refused(RowsError::Sqlite { table, attempt, source })
        })
    };
    run("BEGIN IMMEDIATE", "begin a transaction for the rows of")?;
    let outcome = work().and_then(|changed| {
        run("COMMIT", "commit the rows of")?;
        Ok(changed)
    });
    if !connection.is_autocommit() {
        // What failed is the reason to be told.
        let _ = connection.execute_batch("ROLLBACK");
    }
    outcome
}

/// Whether the person sees how many rows are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    Hidden,
}

/// Shows how many rows are done, some times a second.
struct Meter<'h> {
    host: &'h dyn Host,
    total: u64,
    shown: Option<Instant>,
}

impl<'h> Meter<'h> {
    fn new(host: &'h dyn Host, total: u64) -> Self {
        Self { host, total, shown: None }
    }

    fn show(&mut self, done: u64) {
        const PAUSE: Duration = Duration::from_millis(100);
        if done < self.total && self.shown.is_some_and(|shown| shown.elapsed() < PAUSE) {
            return;
        }
        self.host.progress(done, self.total.max(done));
        self.shown = Some(Instant::now());
    }
}
