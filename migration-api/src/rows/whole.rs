//! All rows within one transaction.

use std::time::{Duration, Instant};

use super::builder::Spec;
use super::pass::{Pass, Span, Stopped, Work};
use super::refusal::RowsError;
use super::staged;
use crate::host::Host;
use crate::{Error, Result};

/// Has the function go over all rows, and gives the number of those that it changed.
pub(super) fn run(
    connection: &rusqlite::Connection,
    host: &dyn Host,
    spec: &Spec,
    work: Work<'_>,
) -> Result<u64, Error> {
    let refused = |error: RowsError| Error::from(error).at(spec.location);
    if spec.skipped_failures > 0 {
        return Err(refused(RowsError::SkipsInOneTransaction));
    }
    let outcome = Pass::prepare(connection, host, spec, Span::OneTransaction, work)
        .map_err(Stopped::Refused)
        .and_then(|mut pass| {
            let mut meter = match spec.progress {
                Progress::Shown => Some(Meter::new(host, pass.count_at_once()?)),
                Progress::Hidden => None,
            };
            let changed = pass.all(&mut |read| {
                if let Some(meter) = &mut meter {
                    meter.show(read);
                }
            })?;
            Ok(changed)
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
