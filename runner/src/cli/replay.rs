//! The schema that the migrations give, by a child process on a database of its own.

use runner::explain::Code;
use runner::replay::{InFiles, Replay, replay};
use runner::schema::Blueprint;
use runner::{Project, Target};

use super::args::{Common, Replaying};
use super::child;
use super::failure::Failure;
use super::progress::Progress;
use super::signals::Signals;

/// Applies the migrations up to `target` to a database of their own, and gives the schema that is
/// there then. What they say is not shown: nothing of it happens to a database that anybody has.
///
/// # Errors
/// As for `migrate`.
pub(super) fn schema(
    project: &Project,
    (target, in_files): (&Target, InFiles),
    common: &Common,
    replaying: Replaying,
    signals: &Signals,
) -> Result<Blueprint, Failure> {
    Ok(apply(project, (target, in_files), common, replaying, signals)?.schema()?)
}

/// The same, with the database itself, which is removed when this is dropped.
///
/// # Errors
/// As for `migrate`.
pub(super) fn apply(
    project: &Project,
    (target, in_files): (&Target, InFiles),
    common: &Common,
    replaying: Replaying,
    signals: &Signals,
) -> Result<Replay, Failure> {
    let project = project.clone().until(signals.stop.clone());
    let mut progress = Progress::new(!common.json);
    let mut show = |event| progress.show(&event);
    let options = replaying.building.options();
    let applied = replay(&project, target, in_files, options, replaying.timeout, &mut show)
        .map_err(Failure::from)
        .and_then(|replay| match replay.job().steps.as_slice() {
            [] => Ok(replay),
            _ => match child::apply(replay.job(), signals, &mut show) {
                Ok(_) => Ok(replay),
                Err(failed) => Err(apart(failed.failure)),
            },
        });
    progress.clear();
    applied.map_err(|failure| signals.explain(failure))
}

/// `failure` of a child that was stopped, took too long or crashed, with what that means: the database that it
/// worked on was nobody's.
pub(super) fn apart(failure: Failure) -> Failure {
    match failure.code {
        Code::Stopped | Code::TimedOut | Code::MigrationCrashed => {
            let hint = "the migrations were applied to a database of their own, which is gone";
            Failure { hint: Some(hint.to_owned()), ..failure }
        }
        _ => failure,
    }
}
