//! `runner test`.

use anstyle::{AnsiColor, Style};
use runner::trial::{self, NextStep, Problem, StepFailure, Trial, TrialError, Verdict};
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
    let outcomes = trial::run(
        &project,
        only.as_ref(),
        args.build_options(),
        args.apply_options(common),
        &|job, observe| step(job, &signals, observe),
        &mut |event| progress.show(&event),
    );
    progress.clear();
    let outcomes = outcomes.map_err(|error| signals.explain(error.into()))?;
    if common.json {
        output::json(&json!({ "migrations": outcomes }));
    } else {
        print(&outcomes);
    }
    judge(&outcomes)
}

/// Takes the steps in a child process.
fn step(job: &Job, signals: &Signals, observe: &mut Observer<'_>) -> Result<(), StepFailure> {
    let outcome = child::apply(job, signals, observe);
    outcome.map(drop).map_err(|Failed { failure, irreversible, .. }| StepFailure {
        stopped: failure.exit == Exit::Interrupted,
        hint: failure.hint,
        code: failure.code,
        message: failure.message,
        causes: failure.causes,
        irreversible,
    })
}

fn judge(outcomes: &[Trial]) -> Result<(), Failure> {
    let id = |one: &Trial| one.id.clone();
    let failed: Vec<MigrationId> = outcomes.iter().filter(|one| one.has_failed()).map(id).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let next = NextStep::of(outcomes);
    Err(TrialError::Failed { failed, of: outcomes.len(), next }.into())
}

/// A line for each migration, with what is to be known of it below; then the sum.
fn print(outcomes: &[Trial]) {
    let width = outcomes.iter().map(|one| one.id.as_str().len()).max().unwrap_or(0);
    for outcome in outcomes {
        output::composed(&format!("{:width$}  {}", outcome.id, coloured(&outcome.verdict)));
        if let Verdict::Failed { problem } = &outcome.verdict {
            details(problem);
        }
        for note in &outcome.notes {
            output::line(&format!("    note: {note}"));
        }
    }
    output::line(&summary(outcomes));
}

/// All but the first line, which was told.
fn details(problem: &Problem) {
    for line in problem.to_string().lines().skip(1) {
        output::line(&format!("    {line}"));
    }
}

fn coloured(verdict: &Verdict) -> String {
    const GOOD: Style = AnsiColor::Green.on_default();
    const WARNING: Style = AnsiColor::Yellow.on_default();
    const FAILED: Style = AnsiColor::Red.on_default().bold();
    let style = match verdict {
        Verdict::Reversible { losses } if losses.is_empty() => GOOD,
        Verdict::Failed { .. } => FAILED,
        _ => WARNING,
    };
    format!("{style}{}{style:#}", escape::indented(&verdict.to_string()))
}

fn summary(outcomes: &[Trial]) -> String {
    if outcomes.is_empty() {
        return "there are no migrations yet; `runner create NAME` makes one".to_owned();
    }
    let count = |is: fn(&Verdict) -> bool| outcomes.iter().filter(|one| is(&one.verdict)).count();
    let counts = [
        (
            count(|it| matches!(it, Verdict::Reversible { losses } if losses.is_empty())),
            "reversible",
        ),
        (
            count(|it| matches!(it, Verdict::Reversible { losses } if !losses.is_empty())),
            "reversible with losses",
        ),
        (count(|it| matches!(it, Verdict::Irreversible { .. })), "irreversible"),
        (count(|it| matches!(it, Verdict::Failed { .. })), "failed"),
    ];
    let counted: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("tested {}: {}", output::count(outcomes.len(), "migration"), counted.join(", "))
}
