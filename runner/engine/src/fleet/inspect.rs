//! Looks at a database of a fleet: whether there is anything to do, and what.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::network;
use super::run::{Fleet, FleetOptions};
use super::state::State;
use crate::database::{Database, Identity, NewFile};
use crate::deployment::Deployment;
use crate::drift::{Drift, Order};
use crate::error::Error;
use crate::fleet_plan::{FleetError, FleetPlan};
use crate::id::MigrationId;
use crate::job::Job;

/// What a database was found to be.
pub(super) enum Found {
    /// There is nothing to do, or nothing to be done.
    NothingToDo(State),
    /// There is.
    Pending(Box<Job>),
}

/// What is known of the files of a plan before any is opened.
pub(super) struct Files {
    /// The databases that are the same file as an earlier one, each with that one.
    same: BTreeMap<usize, usize>,
    /// The kind of each file system that was seen, by its device.
    kinds: Mutex<HashMap<u64, Option<&'static str>>>,
}

impl Files {
    /// Asks the system which files the databases of `plan` are. None is opened.
    pub(super) fn of(plan: &FleetPlan) -> Self {
        let mut first: HashMap<Identity, usize> = HashMap::new();
        let mut same = BTreeMap::new();
        // Only Unix says which file is which; elsewhere each has the identity of all.
        for (n, tenant) in plan.tenants().iter().enumerate().filter(|_| cfg!(unix)) {
            let Some(identity) = Database::existing_at(&tenant.path).identity() else { continue };
            match first.get(&identity) {
                Some(earlier) => drop(same.insert(n, *earlier)),
                None => drop(first.insert(identity, n)),
            }
        }
        Self { same, kinds: Mutex::default() }
    }

    fn check(&self, plan: &FleetPlan, n: usize) -> Result<(), FleetError> {
        let path = || plan.tenants()[n].path.clone();
        if let Some(earlier) = self.same.get(&n) {
            let other = plan.tenants()[*earlier].path.clone();
            return Err(FleetError::SameFile { path: path(), other });
        }
        match self.kind(plan, n) {
            Some(kind) => Err(FleetError::Network { path: path(), kind }),
            None => Ok(()),
        }
    }

    fn kind(&self, plan: &FleetPlan, n: usize) -> Option<&'static str> {
        let path = &plan.tenants()[n].path;
        // A database that is to be made is on the file system of its folder.
        let (path, device) = match device(path) {
            Some(device) => (path.as_path(), device),
            None => (path.parent()?, device(path.parent()?)?),
        };
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        *kinds.entry(device).or_insert_with(|| network::kind(path))
    }
}

#[cfg(unix)]
fn device(path: &std::path::Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| metadata.dev())
}

#[cfg(not(unix))]
fn device(_path: &std::path::Path) -> Option<u64> {
    None
}

/// What a database was found to be, and the migrations applied to it, oldest first.
pub(super) type Looked = (Found, Vec<MigrationId>);

/// Looks at the database `n`.
///
/// # Errors
/// It cannot be used, or something is in the way of the plan.
pub(super) fn look(fleet: &Fleet<'_>, files: &Files, n: usize) -> Result<Looked, Error> {
    let FleetOptions { create, backups, keep, target, undo, application, .. } = &fleet.options;
    let apply = fleet.apply_options();
    let path = &fleet.plan.tenants()[n].path;
    let database = if *create { Database::at(path) } else { Database::existing_at(path) };
    if !*create && !database.exists()? {
        let state = if database.path.exists() { State::Empty } else { State::Missing };
        return Ok((Found::NothingToDo(state), Vec::new()));
    }
    files.check(fleet.plan, n)?;
    let own = backups.as_ref().map(|all| all.of_database(path));
    let deployment = Deployment {
        source: fleet.bundle.clone(),
        ids: &fleet.ids,
        database: &database,
        application,
        backups: own.as_ref(),
        keep,
        stop: fleet.stop,
    };
    let status = deployment.status(apply.busy_timeout)?;
    let applied = status.applied();
    let target = match undo.as_ref().and_then(|undo| undo.get(&n)) {
        Some(own) => own.way_back(target, &applied, path)?,
        None => Some(target.clone()),
    };
    let Some(target) = target else {
        return Ok((Found::NothingToDo(State::Already), applied));
    };
    let plan = deployment.plan(&target, &status, Order::Strict)?;
    if plan.is_empty() {
        if *create {
            // The run that was killed while it made this database is the one that goes on here.
            NewFile::clear_up(&database);
        }
        let is_newer = |drift: &Drift| matches!(drift, Drift::NewerDatabase { .. });
        let newer = status.drift.iter().any(is_newer);
        let state = if newer { State::Newer } else { State::Already };
        return Ok((Found::NothingToDo(state), applied));
    }
    // Whether it can be written is not asked before, by one more connection: there is nothing to build for nothing.
    let steps = deployment.built(&plan, &mut |_| {})?;
    let job = Job { steps, ..deployment.job(&plan, apply)? };
    Ok((Found::Pending(Box::new(job)), applied))
}

/// Looks at each of `numbers`, on `threads`, and passes what is found to `take`; `None`: the end was asked for
/// before its turn came.
pub(super) fn each(
    fleet: &Fleet<'_>,
    files: &Files,
    numbers: &[usize],
    threads: NonZeroUsize,
    take: impl Fn(usize, Option<Result<Looked, Error>>) + Sync,
) {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        while let Some(n) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
            let is_stopped = fleet.stop.is_requested();
            take(*n, (!is_stopped).then(|| look(fleet, files, *n)));
        }
    };
    thread::scope(|scope| {
        // This thread is one of them: there is always one, however few the system lets begin.
        for _ in 1..threads.get() {
            if thread::Builder::new().spawn_scoped(scope, take_turns).is_err() {
                break;
            }
        }
        take_turns();
    });
}
