//! Migrates a fleet: several workers, each of which takes one database after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::error_text::ErrorText;
use super::gate;
use super::inspect::{self, Files, Found, Looked};
use super::ledger::{FleetEvent, FleetObserver, Ledger, Tried, locked};
use super::queue::{MaxFailures, Queue, Turn};
use super::report::{Entry, ReportFile};
use super::room;
use super::state::State;
use super::summary::Summary;
use super::undo::Applied;
use super::worker::Worker;
use crate::application::ApplicationNames;
use crate::apply::ApplyOptions;
use crate::backup::Backups;
use crate::bundle::Bundle;
use crate::database::NewFile;
use crate::deployment::MigrationSource as _;
use crate::direction::Direction;
use crate::error::Error;
use crate::event::Event;
use crate::explain::Code;
use crate::fleet_plan::{FleetError, FleetPlan, Share};
use crate::id::MigrationId;
use crate::job::Job;
use crate::kept::KeepLost;
use crate::plan::Target;
use crate::stop::Stop;

/// How a fleet is migrated.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// Which databases of the plan are taken.
    pub share: Share,
    /// Only these of them, by their numbers; `None`: all.
    pub only: Option<BTreeSet<usize>>,
    /// Only those to which the runs of a report [applied](super::Merged::applied_by) something: each goes back to the
    /// target, and no further than where they found it. `None`: all, and all the way.
    pub undo: Option<BTreeMap<usize, Applied>>,
    /// Where each is brought.
    pub target: Target,
    /// How steps are taken; `max_time` is that of the whole run. The time that a database is waited for should be short: what is busy is tried
    /// again after all others, three times in all.
    pub apply: ApplyOptions,
    /// Whether a database that is not there is made.
    pub create: bool,
    /// What the application registers, besides what SQLite has.
    pub application: ApplicationNames,
    /// Where databases are backed up to, each into a folder of its own in there; `None`: they are not.
    pub backups: Option<Backups>,
    /// How what the migrations take away is kept, in each database.
    pub keep: KeepLost,
    /// After how many failures no other database is begun.
    pub max_failures: MaxFailures,
    /// States that are as good as the target.
    pub allow: Vec<State>,
    /// How an error is put into words, such as those of a command line: [`ErrorText::from`] has those of this library.
    pub explain: fn(Error) -> ErrorText,
}

impl FleetOptions {
    /// Brings all databases of `plan` to its target.
    #[must_use]
    pub fn of(plan: &FleetPlan) -> Self {
        Self {
            share: Share::All,
            only: None,
            undo: None,
            target: Target::UpTo(plan.target.clone()),
            apply: ApplyOptions { busy_timeout: Duration::from_secs(1), ..ApplyOptions::default() },
            create: false,
            application: ApplicationNames::default(),
            backups: None,
            keep: KeepLost::default(),
            max_failures: MaxFailures::Usual,
            allow: Vec::new(),
            explain: ErrorText::from,
        }
    }
}

/// A plan, and the bundle that it is carried out with.
#[derive(Debug)]
pub struct Fleet<'f> {
    pub(super) plan: &'f FleetPlan,
    pub(super) bundle: &'f Bundle,
    pub(super) ids: Vec<MigrationId>,
    pub(super) options: FleetOptions,
    pub(super) stop: &'f Stop,
    /// When the run is to end.
    end: Option<Instant>,
}

impl<'f> Fleet<'f> {
    /// Carries out `plan` with `bundle`, until `stop` is requested.
    ///
    /// # Errors
    /// The plan is for another bundle.
    pub fn new(
        plan: &'f FleetPlan,
        bundle: &'f Bundle,
        options: FleetOptions,
        stop: &'f Stop,
    ) -> Result<Self, FleetError> {
        plan.check_bundle(bundle)?;
        let end = options.apply.max_time.and_then(|time| Instant::now().checked_add(time));
        Ok(Self { plan, bundle, ids: bundle.ids(), options, stop, end })
    }

    /// How steps are taken now, with what is left of the time of the run.
    pub(super) fn apply_options(&self) -> ApplyOptions {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        ApplyOptions { max_time: left, ..self.options.apply }
    }

    /// Migrates every database of the share, as many at a time as there are `workers`. A database that
    /// fails, or that cannot be used, is no error: its [`Entry`] says so, the others go on, and the
    /// [`Summary`] has its count. Each is a line at the end of the file `report`. If there are canaries in the share, they
    /// are taken before all others, and unless all of them are at the target none of the others is.
    ///
    /// # Errors
    /// The bundle is damaged; a canary that is not chosen is not at the target; there is no room for the backups; the
    /// report cannot be opened. Where it cannot be written later, what runs is finished, no other database is begun, and
    /// the summary says [so](super::Unwritten).
    pub fn migrate<W: Worker>(
        &self,
        mut workers: Vec<W>,
        report: Option<&Path>,
        observe: &mut FleetObserver<'_>,
    ) -> Result<Summary, Error> {
        let numbers = self.numbers();
        self.bundle.verify()?;
        let files = Files::of(self.plan);
        gate::require_open(self, &files, &numbers)?;
        if let Some(backups) = &self.options.backups {
            let threads = NonZeroUsize::new(workers.len()).unwrap_or(NonZeroUsize::MIN);
            room::make(self, &files, &numbers, backups, threads)?;
        }
        let report = report.map(ReportFile::open).transpose()?;
        observe(FleetEvent::Begun { total: numbers.len() });
        let max = self.options.max_failures.of(numbers.len());
        let ledger = Mutex::new(Ledger {
            queue: Queue::new(max),
            summary: Summary::default(),
            report,
            tried: BTreeMap::new(),
            observe,
        });
        let is_canary = |n: &usize| self.plan.tenants()[*n].canary;
        let gate = numbers.iter().take_while(|n| is_canary(n)).count();
        for group in [&numbers[..gate], &numbers[gate..]] {
            let mut all = locked(&ledger);
            let is_open = all.summary.states.keys().all(|state| gate::opens(self, *state));
            all.queue.extend(group);
            drop(all);
            if is_open {
                self.take_all(&mut workers, &files, &ledger);
            }
        }
        let mut ledger = ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rest: Vec<Turn> = ledger.queue.rest().collect();
        for turn in rest {
            // What was tried has been found to be something, and may have taken steps.
            let tried = ledger.tried.remove(&turn.n).map(|tried| tried.entry);
            ledger.close(&tried.unwrap_or_else(|| self.entry(turn, State::Skipped)));
        }
        Ok(ledger.summary)
    }

    /// Looks at every database of the share, as many at a time as `threads` says. Nothing is written. Once a stop
    /// is requested, the others are skipped.
    #[must_use]
    pub fn status(&self, threads: NonZeroUsize) -> Summary {
        let files = Files::of(self.plan);
        let summary = Mutex::new(Summary::default());
        inspect::each(self, &files, &self.numbers(), threads, |n, looked| {
            let mut entry = self.entry(Turn::first(n), State::Skipped);
            let pending = looked.and_then(|looked| self.note(&mut entry, looked));
            let is_in_the_middle =
                entry.error.as_ref().is_some_and(|error| error.code == Code::PartlyReplaced)
                    || pending.is_some_and(|(job, _)| job.applies_what_is_replaced());
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.add(&entry);
            *summary.needs_replaced.get_or_insert_default() += usize::from(is_in_the_middle);
        });
        summary.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The databases that are taken, by their numbers in the plan, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        let mut numbers = self.plan.share(self.options.share);
        if let Some(only) = &self.options.only {
            numbers.retain(|n| only.contains(n));
        }
        if let Some(undo) = &self.options.undo {
            numbers.retain(|n| undo.contains_key(n));
        }
        numbers
    }

    /// In how many databases steps may be taken back, as far as the report knows that is to be undone.
    #[must_use]
    pub fn to_revert(&self) -> usize {
        let FleetOptions { undo, target, .. } = &self.options;
        let is_beyond = |n: &usize| match (undo.as_ref().and_then(|undo| undo.get(n)), target) {
            (Some(applied), Target::BackTo(target)) => applied.reaches_beyond(target),
            _ => true,
        };
        self.numbers().into_iter().filter(is_beyond).count()
    }

    /// Lets every worker take databases until none is left.
    fn take_all<W: Worker>(
        &self,
        workers: &mut [W],
        files: &Files,
        ledger: &Mutex<Ledger<'_, '_>>,
    ) {
        thread::scope(|scope| {
            // The last one works on this thread, so there is always one, however few the system lets begin.
            let Some((last, others)) = workers.split_last_mut() else { return };
            for worker in others {
                let work = move || self.take_turns(worker, files, ledger);
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            self.take_turns(last, files, ledger);
        });
    }

    /// Lets `worker` take one database after the other until none is left.
    fn take_turns<W: Worker>(&self, worker: &mut W, files: &Files, ledger: &Mutex<Ledger<'_, '_>>) {
        loop {
            let mut all = locked(ledger);
            // Before one is taken out: what nobody takes is `skipped` in the end.
            if self.stop.is_requested() || all.summary.unwritten.is_some() {
                break;
            }
            let Some(turn) = all.queue.next() else { break };
            drop(all);
            let tried = self.take(turn, worker, files, ledger);
            let mut all = locked(ledger);
            if all.queue.is_last(turn, tried.entry.state) {
                all.close(&tried.entry);
            } else {
                all.tried.insert(turn.n, tried);
            }
        }
    }

    /// Takes the database whose `turn` it is.
    fn take<W: Worker>(
        &self,
        turn: Turn,
        worker: &mut W,
        files: &Files,
        ledger: &Mutex<Ledger<'_, '_>>,
    ) -> Tried {
        let start = Instant::now();
        let mut entry = self.entry(turn, State::Skipped);
        let pending = self.note(&mut entry, inspect::look(self, files, turn.n));
        let mut begun = false;
        if let Some(tried) = locked(ledger).tried.remove(&turn.n) {
            begun = tried.begun;
            entry.follow(&tried.entry, &self.ids);
            if entry.by_others.len() > tried.entry.by_others.len() && begun {
                // What others did in between lies after the end of that attempt, and before the begin of this one.
                locked(ledger).write(&tried.entry);
                begun = false;
            }
        }
        if let Some((job, applied)) = pending {
            // Before anything is done: a run that is killed in it has said where it found the database.
            begun = begun || locked(ledger).begin(&entry, applied.last());
            if begun {
                let observe = &mut |event: &Event| {
                    let event = FleetEvent::Within { n: turn.n, event };
                    (locked(ledger).observe)(event);
                };
                apply(&job, applied, worker, &mut entry, observe);
            } else {
                entry.state = State::Skipped;
            }
        }
        let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        entry.ms = entry.ms.saturating_add(took);
        entry.time = Timestamp::now();
        Tried { entry, begun }
    }

    /// Notes in `entry` what a look found. Gives the job, where there is one, and what is applied before it.
    fn note(
        &self,
        entry: &mut Entry,
        looked: Result<Looked, Error>,
    ) -> Option<(Box<Job>, Vec<MigrationId>)> {
        match looked {
            Ok((found, applied)) => {
                entry.from = applied.last().cloned();
                entry.to.clone_from(&entry.from);
                match found {
                    Found::NothingToDo(state) => entry.state = state,
                    Found::Pending(job) => {
                        entry.state = State::Pending;
                        return Some((job, applied));
                    }
                }
            }
            Err(error) => entry.fail((self.options.explain)(error)),
        }
        None
    }

    fn entry(&self, turn: Turn, state: State) -> Entry {
        let shard = match self.options.share {
            Share::Shard(shard) => Some(shard.to_string()),
            Share::All | Share::Canaries => None,
        };
        Entry::of(self.plan, shard, turn, state)
    }
}

/// Lets `worker` do `job`, on a database with what is `applied`, and notes in `entry` what came of it.
fn apply<W: Worker>(
    job: &Job,
    applied: Vec<MigrationId>,
    worker: &mut W,
    entry: &mut Entry,
    observe: &mut dyn FnMut(&Event),
) {
    let mut applied: BTreeSet<MigrationId> = applied.into_iter().collect();
    let (mut at, mut way) = (None, Direction::Forward);
    let outcome = worker.apply(job, &mut |event| {
        match &event {
            Event::Started { id, .. } => at = Some(id.clone()),
            Event::Finished { id, direction, .. } | Event::AlreadyDone { id, direction } => {
                let is_own = matches!(event, Event::Finished { .. });
                entry.steps += usize::from(is_own);
                if !is_own && *direction == Direction::Forward {
                    entry.by_others.push(id.clone());
                }
                way = *direction;
                match direction {
                    Direction::Forward => drop(applied.insert(id.clone())),
                    Direction::Backward => drop(applied.remove(id)),
                }
            }
            _ => {}
        }
        observe(&event);
    });
    entry.to = applied.into_iter().next_back();
    match outcome {
        Ok(report) if entry.steps == 0 && report.redefined.is_empty() => {
            entry.state = State::Already;
        }
        Ok(_) if way == Direction::Backward => entry.state = State::Reverted,
        Ok(_) => entry.state = State::Applied,
        Err(error) => {
            if job.database.create {
                // A process that ended while it made the database has left the file that it made it in.
                NewFile::clear_up(&job.database);
            }
            entry.migration = at;
            entry.fail(error);
        }
    }
}
