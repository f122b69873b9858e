//! `runner rehearse`.

mod text;

use runner::explain::Code;
use runner::rehearse::{self, Rehearsal, RehearsalError, WayBackEnd};
use runner::trial::StepFailure;
use runner::{Exit, Target};
use serde_json::json;

use super::args::{Common, RehearseArgs};
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::test::step;
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
    let rehearsed = rehearse::run(
        &project,
        &target,
        &args.options(common),
        &|job, observe| step(job, &signals, observe),
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
    rehearsed.as_ref().map_or(Ok(()), judge)
}

/// What went wrong, if anything did; the first of it.
fn judge(rehearsal: &Rehearsal) -> Result<(), Failure> {
    if let Some(failed) = &rehearsal.failure {
        return Err(of_step(&failed.failure, None));
    }
    if let Some(WayBackEnd::Broken { id, failure }) = &rehearsal.way_back.end {
        return Err(of_step(failure, Some(format!("the way back of `{id}` failed"))));
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

/// The failure of a step on the copy, under what is told before it.
fn of_step(failure: &StepFailure, about: Option<String>) -> Failure {
    let StepFailure { message, causes, hint, code, .. } = failure.clone();
    let (message, causes) = match about {
        Some(about) => (about, [vec![message], causes].concat()),
        None => (message, causes),
    };
    let unchanged = "this was on a copy, and the database is unchanged";
    let hint = hint.map_or(unchanged.to_owned(), |hint| format!("{hint}. But {unchanged}"));
    let exit = match code {
        Code::DiskFull | Code::DatabaseBusy => Exit::TryAgain,
        Code::DamagedDatabase => Exit::Damaged,
        _ => Exit::Failed,
    };
    Failure { exit, code, message, causes, hint: Some(hint), statement: None }
}
