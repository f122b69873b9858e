//! `runner test`.

use anstyle::{AnsiColor, Style};
use runner::trial::{self, NextStep, Outcome, Problem, StepFailure, Trial, TrialError};
use runner::{Exit, Job, MigrationId, Observer};
use serde_json::json;

use super::args::{Common, TestArgs};
use super::child;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;
use super::worker::Failed;
use super::{escape, open, output};

pub(super) fn run(common: &Common, args: &TestArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let signals = Signals::listen()?;
    let project = open::project(config)?.until(signals.stop.clone());
    let only = args.id.as_deref().map(|words| runner::select::select(words, project.migrations()));
    let only = only.transpose()?;
    let mut progress = Progress::new(!common.json);
    let trials = trial::run(
        &project,
        only.as_ref(),
        args.build_options(),
        args.apply_options(common),
        args.on_difference(),
        &|job, observe| step(job, &signals, observe),
        &mut |event| progress.show(&event),
    );
    progress.clear();
    let trials = trials.map_err(|error| signals.explain(error.into()))?;
    if common.json {
        output::json(&json!({ "migrations": trials }));
    } else {
        print(&trials);
    }
    judge(&trials)
}

/// Takes the steps in a child process.
fn step(job: &Job, signals: &Signals, observe: &mut Observer<'_>) -> Result<(), StepFailure> {
    let outcome = child::apply(job, signals, observe);
    outcome.map(drop).map_err(StepFailure::from)
}

impl From<Failed> for StepFailure {
    fn from(Failed { failure, irreversible, .. }: Failed) -> Self {
        Self {
            stopped: failure.exit == Exit::Interrupted,
            hint: failure.hint,
            code: failure.code,
            message: failure.message,
            causes: failure.causes,
            irreversible,
        }
    }
}

fn judge(trials: &[Trial]) -> Result<(), Failure> {
    let id = |one: &Trial| one.id.clone();
    let failed: Vec<MigrationId> = trials.iter().filter(|one| one.has_failed()).map(id).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let next = NextStep::of(trials);
    Err(TrialError::Failed { failed, of: trials.len(), next }.into())
}

/// A line for each migration, with what is to be known of it below; then the sum.
fn print(trials: &[Trial]) {
    let width = trials.iter().map(|one| one.id.as_str().len()).max().unwrap_or(0);
    for trial in trials {
        output::composed(&format!("{:width$}  {}", trial.id, coloured(&trial.outcome)));
        if let Outcome::Failed { problem } = &trial.outcome {
            details(problem);
        }
        for note in &trial.notes {
            output::line(&format!("    note: {}", note.to_string().replace('\n', "\n    ")));
        }
    }
    output::line(&summary(trials));
}

/// All but the first line, which was told.
fn details(problem: &Problem) {
    for line in problem.to_string().lines().skip(1) {
        output::line(&format!("    {line}"));
    }
}

fn coloured(outcome: &Outcome) -> String {
    const GOOD: Style = AnsiColor::Green.on_default();
    const WARNING: Style = AnsiColor::Yellow.on_default();
    const FAILED: Style = AnsiColor::Red.on_default().bold();
    let style = match outcome {
        Outcome::Reversible { losses } if losses.is_empty() => GOOD,
        Outcome::Failed { .. } => FAILED,
        _ => WARNING,
    };
    format!("{style}{}{style:#}", escape::indented(&outcome.to_string()))
}

fn summary(trials: &[Trial]) -> String {
    if trials.is_empty() {
        return "there are no migrations yet; `runner create NAME` makes one".to_owned();
    }
    let count = |is: fn(&Outcome) -> bool| trials.iter().filter(|one| is(&one.outcome)).count();
    let counts = [
        (
            count(|it| matches!(it, Outcome::Reversible { losses } if losses.is_empty())),
            "reversible",
        ),
        (
            count(|it| matches!(it, Outcome::Reversible { losses } if !losses.is_empty())),
            "reversible with losses",
        ),
        (count(|it| matches!(it, Outcome::Irreversible { .. })), "irreversible"),
        (count(|it| matches!(it, Outcome::Failed { .. })), "failed"),
    ];
    let counted: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("tested {}: {}", output::count(trials.len(), "migration"), counted.join(", "))
}
