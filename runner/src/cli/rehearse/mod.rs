//! `runner rehearse`.

mod text;

use std::sync::{Mutex, PoisonError};

use runner::rehearse::{self, Rehearsal, RehearsalError, WayBackEnd};
use runner::trial::StepFailure;
use runner::{Job, Observer, Target};
use serde_json::json;

use super::args::{Common, RehearseArgs};
use super::child;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::{open, output};

pub(super) fn run(common: &Common, args: &RehearseArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let signals = Signals::listen()?;
    let project = open::project(config)?.until(signals.stop.clone());
    let target = match &args.to {
        Some(words) => {
            let status = open::status_once_finished(&project, common)?;
            Target::UpTo(project.select(words, &status)?)
        }
        None => Target::Latest,
    };
    let mut progress = Progress::new(!common.json);
    let failed: Mutex<Option<Failure>> = Mutex::default();
    let rehearsed = rehearse::run(
        &project,
        &target,
        &args.options(common),
        &|job, observe| step(job, &signals, &failed, observe),
        &mut |event| progress.show(&event),
    );
    progress.clear();
    let rehearsed = rehearsed.map_err(|error| signals.explain(error.into()))?;
    if common.json {
        output::json(&json!({ "rehearsal": rehearsed }));
    } else {
        let database = output::short(&project.config().database.path);
        match &rehearsed {
            Some(rehearsal) => text::print(rehearsal, &database),
            None => output::line(&format!("nothing is pending: `{database}` needs no rehearsal")),
        }
    }
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    rehearsed.as_ref().map_or(Ok(()), |rehearsal| judge(rehearsal, failed))
}

/// Takes the steps in a child process. All that is to say of a failure is left in `failed`.
fn step(
    job: &Job,
    signals: &Signals,
    failed: &Mutex<Option<Failure>>,
    observe: &mut Observer<'_>,
) -> Result<(), StepFailure> {
    let outcome = child::apply(job, signals, observe);
    outcome.map(drop).map_err(|failure| {
        let last = Some(failure.failure.clone());
        *failed.lock().unwrap_or_else(PoisonError::into_inner) = last;
        failure.into()
    })
}

/// What went wrong, if anything did; the first of it. `failed` is the last failure of a step.
fn judge(rehearsal: &Rehearsal, failed: Option<Failure>) -> Result<(), Failure> {
    if let Some(failure) = failed.as_ref().filter(|_| rehearsal.failure.is_some()) {
        return Err(on_a_copy(failure.clone()));
    }
    if let (Some(failure), Some(WayBackEnd::Broken { id, .. })) = (failed, &rehearsal.way_back.end)
    {
        let message = format!("the way back of `{id}` failed");
        let causes = [vec![failure.message.clone()], failure.causes.clone()].concat();
        return Err(on_a_copy(Failure { message, causes, ..failure }));
    }
    let mut faults = rehearsal.way_back.faults.clone();
    if let Some(schema) = &rehearsal.way_back.schema {
        faults.insert(0, format!("the schema is another:\n{schema}"));
    }
    if !faults.is_empty() {
        return Err(RehearsalError::WayBack { faults }.into());
    }
    let losses = rehearsal.undeclared.iter().map(|it| (it.id.clone(), it.name.clone()));
    let losses: Vec<_> = losses.collect();
    if losses.is_empty() { Ok(()) } else { Err(RehearsalError::Undeclared { losses }.into()) }
}

/// The failure of a step, with what it means for the database.
fn on_a_copy(failure: Failure) -> Failure {
    let unchanged = "this was on a copy, and the database is unchanged";
    let hint = failure.hint.as_ref();
    let hint = hint.map_or(unchanged.to_owned(), |hint| format!("{hint}. But {unchanged}"));
    Failure { hint: Some(hint), ..failure }
}
