//! A rehearsal, from the copy to what is kept of it.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;
use runner_engine::apply::ApplyOptions;
use runner_engine::database::OnlyRead;
use runner_engine::job::Job;
use runner_engine::plan::{Plan, Target};
use runner_engine::schema_objects::Objects;
use runner_engine::sum::sha256;
use runner_engine::{Definitions, Direction, Observer, Order, machine, microseconds, record};
use rusqlite::Connection;

use super::copies::{self, Copies};
use super::course::Course;
use super::record::{
    CopyMade, FileDigest, Rehearsal, RehearsedDatabase, RehearsedPlan, RehearsedPlanStep,
    RehearsedStep, RehearsedWayBack, WayBackEnd,
};
use super::store::RehearsalStore;
use super::verdicts::{told, undeclared, verdicts};
use crate::cargo::BuildOptions;
use crate::error::{Error, RehearsalError};
use crate::project::Project;
use crate::trial::Apply;

/// Whether the way back is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBackChoice {
    /// It is, after all steps forward.
    Try,
    /// It is not: nobody knows then whether what steps take away comes back.
    LeaveOut,
}

/// How a rehearsal is done.
#[derive(Debug, Clone)]
pub struct RehearsalOptions {
    /// What cargo may do.
    pub build: BuildOptions,
    /// How steps are taken.
    pub apply: ApplyOptions,
    /// The folder that the copies are made in.
    pub folder: PathBuf,
    /// Whether the way back is tried.
    pub way_back: WayBackChoice,
    /// Whether what is older than the last applied is taken, too.
    pub order: Order,
}

/// Takes the steps to `target` on a copy of the database of `project`, and back again, and keeps what was found.
/// `apply` takes the steps. The database itself is only read. `None`: there is nothing to do.
///
/// # Errors
/// There is no database; no room for the copies, which is found out before anything is copied; what
/// [`Project::plan`] and [`Project::build`] refuse; the end was asked for; what was found cannot be kept. A step that
/// fails is no error: see [`Rehearsal::has_succeeded`].
pub fn run(
    project: &Project,
    target: &Target,
    options: &RehearsalOptions,
    apply: &Apply<'_>,
    observe: &mut Observer<'_>,
) -> Result<Option<Rehearsal>, Error> {
    let patience = options.apply.busy_timeout;
    let database = &project.config().database;
    let absent = || RehearsalError::NoDatabase { path: database.path.clone() };
    // It is held from the first look to the last: closing any other connection is not closing the last one.
    let original = OnlyRead::open(database, patience)?.ok_or_else(absent)?;
    let status = project.status_once_finished(patience, observe)?;
    let plan = project.plan(target, &status, options.order)?;
    let exempt = project.exempt_from_declaring()?;
    if plan.is_empty() {
        return Ok(None);
    }
    let tries_the_way_back = options.way_back == WayBackChoice::Try;
    let size = original.size()?;
    let files = copies::count(plan.steps.len(), tries_the_way_back);
    let copies = Copies::new(&options.folder, size, files)?;
    // Of a dry run nobody asks whether the database could be written.
    let dry_run = ApplyOptions { dry_run: true, ..options.apply };
    let job = project.build(&plan, options.build, dry_run, observe)?;
    let (began_at, began) = (Timestamp::now(), Instant::now());
    let version = copies.make(&original, project.stop(), observe)?;
    let copied = began.elapsed();
    let schema_digest = look_at_the_copy(&copies, &plan, &job)?;
    let stop = project.stop();
    let course = Course { job: &job, copies: &copies, apply, stop, tries_the_way_back };
    let mut forward = course.forward(observe)?;
    let mut way_back = match (&forward.failure, options.way_back) {
        (Some(_), _) => ended(WayBackEnd::Failed),
        (None, WayBackChoice::LeaveOut) => ended(WayBackEnd::NotWanted),
        (None, WayBackChoice::Try) => course.backward(&mut forward, observe)?,
    };
    let verdicts = verdicts(&forward, &mut way_back, exempt);
    let rehearsed = RehearsedDatabase {
        path: canonical(&database.path),
        file: plan.premise.as_ref().and_then(|premise| premise.file),
        size,
        journal_mode: original.journal_mode()?.to_owned(),
        schema_digest,
        changed_since: original.version()? != version,
    };
    let copy = CopyMade {
        folder: copies.folder().to_string_lossy().into_owned(),
        took_us: microseconds(copied),
        files,
        kept_us: microseconds(forward.kept),
        compared_us: microseconds(forward.compared),
    };
    let steps: Vec<RehearsedStep> = forward
        .steps
        .into_iter()
        .zip(verdicts)
        .map(|(step, verdict)| told(step, verdict, &job))
        .collect();
    let rehearsal = Rehearsal {
        format: Rehearsal::FORMAT,
        runner: env!("CARGO_PKG_VERSION").to_owned(),
        began_at,
        took_us: microseconds(began.elapsed()),
        machine: machine::name().unwrap_or_default(),
        database: rehearsed,
        copy,
        plan: planned(&job),
        undeclared: undeclared(&steps),
        steps,
        failure: forward.failure,
        way_back,
    };
    keep(project, &rehearsal)?;
    Ok(Some(rehearsal))
}

fn ended(end: WayBackEnd) -> RehearsedWayBack {
    RehearsedWayBack { end: Some(end), ..RehearsedWayBack::default() }
}

/// A path by which a file is told from others.
pub(super) fn canonical(path: &std::path::Path) -> String {
    let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    canonical.to_string_lossy().into_owned()
}

/// The steps of `job`, and what comes with them.
pub(super) fn planned(job: &Job) -> RehearsedPlan {
    let step = |step: &runner_engine::job::BuiltStep| RehearsedPlanStep {
        id: step.artifact.id.clone(),
        direction: step.direction,
        source_digest: step.artifact.source_digest.clone(),
    };
    RehearsedPlan {
        steps: job.steps.iter().map(step).collect(),
        repeatable: digests(job.definitions.as_ref()),
    }
}

/// The files of views and triggers, by name.
pub(super) fn digests(definitions: Option<&Definitions>) -> Vec<FileDigest> {
    let files = definitions.into_iter().flat_map(Definitions::files);
    let mut files: Vec<_> = files
        .map(|it| FileDigest { file: it.file.clone(), digest: sha256(it.text.as_bytes()) })
        .collect();
    files.sort();
    files
}

/// The digest of the schema of the copy. Whoever migrated the database between the plan and the copy has made the plan
/// untrue.
fn look_at_the_copy(copies: &Copies, plan: &Plan, job: &Job) -> Result<String, Error> {
    let reading = |source| RehearsalError::Sqlite { doing: "read the copy", source };
    let copy = Connection::open(copies.work()).map_err(reading)?;
    let history = record::read(&copy)?;
    let applied = history.into_iter().map(|record| (record.id, record.source_digest)).collect();
    if plan.premise.as_ref().is_some_and(|premise| premise.applied != applied) {
        let path = job.database.path.clone();
        return Err(RehearsalError::OtherHistory { path }.into());
    }
    Ok(Objects::read(&copy).map_err(reading)?.digest())
}

/// Keeps the rehearsal, and what it found of each migration.
fn keep(project: &Project, rehearsal: &Rehearsal) -> Result<(), Error> {
    let store = RehearsalStore::of(project);
    let written = store.write(rehearsal);
    written.map_err(|source| RehearsalError::Io {
        doing: "keep the outcome in",
        path: store.place().to_owned(),
        source,
    })?;
    let digest = |step: &RehearsedStep| {
        let is_it = |planned: &&RehearsedPlanStep| {
            planned.id == step.id && planned.direction == Direction::Forward
        };
        let planned = rehearsal.plan.steps.iter().find(is_it)?;
        Some((step.id.clone(), planned.source_digest.clone(), step.verdict.clone()))
    };
    project.keep_verdicts(rehearsal.steps.iter().filter_map(digest));
    Ok(())
}
