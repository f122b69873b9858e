//! Whether what is to be done is what was rehearsed.

use runner_engine::database::OnlyRead;
use runner_engine::job::Job;
use runner_engine::plan::Plan;
use runner_engine::schema_objects::Objects;
use runner_engine::{Direction, machine};

use super::record::{Rehearsal, RehearsedPlan, RehearsedPlanStep};
use super::run::{canonical, digests, planned};
use super::store::{Kept, RehearsalStore};
use crate::error::{Error, RehearsalDifference, RehearsalError};
use crate::project::Project;

/// Requires that the last rehearsal of the database of `project` went well, and was of `plan`: on this machine, of this
/// file with this schema, of these steps from these sources. Gives the digest of that schema, which must still hold
/// when the first step is taken.
///
/// # Errors
/// It was not: [`RehearsalError::NotAsRehearsed`]; a source or the database cannot be read.
pub fn require_rehearsed(
    project: &Project,
    plan: &Plan,
    patience: std::time::Duration,
) -> Result<String, Error> {
    let database = &project.config().database;
    let rehearsal = last(project)?;
    let here = machine::name().unwrap_or_default();
    let is_here = rehearsal.machine == here;
    refuse_unless(is_here, || RehearsalDifference::Machine {
        rehearsed: rehearsal.machine.clone(),
        here,
    })?;
    refuse_unless(rehearsal.database.path == canonical(&database.path), || {
        let rehearsed = rehearsal.database.path.clone();
        RehearsalDifference::Database { rehearsed, here: database.path.clone() }
    })?;
    let file = plan.premise.as_ref().and_then(|premise| premise.file);
    refuse_unless(rehearsal.database.file == file, || RehearsalDifference::Replaced {
        database: database.path.clone(),
    })?;
    refuse_unless(rehearsal.has_succeeded(), || RehearsalDifference::Failed {
        at: rehearsal.began_at,
    })?;
    let steps = plan.steps.iter().map(|step| {
        let (id, direction) = (step.id.clone(), step.direction);
        Ok(RehearsedPlanStep { source_digest: project.source_digest(&id)?, id, direction })
    });
    let definitions = match plan.repeatable {
        Some(_) => project.definitions()?,
        None => None,
    };
    let now = RehearsedPlan {
        steps: steps.collect::<Result<_, Error>>()?,
        repeatable: digests(definitions.as_ref()),
    };
    same_plan(&rehearsal.plan, &now)?;
    let schema = schema_digest(project, patience)?;
    refuse_unless(schema == rehearsal.database.schema_digest, || RehearsalDifference::Schema {
        database: database.path.clone(),
    })?;
    Ok(schema)
}

/// Requires that `job`, which was built for a plan that [was rehearsed](require_rehearsed), is of the sources that were.
///
/// # Errors
/// It is not.
pub fn require_rehearsed_job(project: &Project, job: &Job) -> Result<(), Error> {
    same_plan(&last(project)?.plan, &planned(job))
}

fn last(project: &Project) -> Result<Rehearsal, Error> {
    let store = RehearsalStore::of(project);
    match store.read() {
        Kept::Rehearsal(rehearsal) => Ok(*rehearsal),
        Kept::Nothing => {
            let database = project.config().database.path.clone();
            Err(refusal(RehearsalDifference::NoRehearsal { database }))
        }
        Kept::Unreadable => {
            Err(refusal(RehearsalDifference::Unreadable { file: store.place().to_owned() }))
        }
    }
}

fn schema_digest(project: &Project, patience: std::time::Duration) -> Result<String, Error> {
    let database = &project.config().database;
    let Some(original) = OnlyRead::open(database, patience)? else { return Ok(String::new()) };
    let objects = Objects::read(original.connection());
    Ok(objects.map_err(|error| database.sqlite_error(error))?.digest())
}

fn same_plan(rehearsed: &RehearsedPlan, now: &RehearsedPlan) -> Result<(), Error> {
    let steps = |plan: &RehearsedPlan| -> Vec<_> {
        plan.steps.iter().map(|step| (step.id.clone(), step.direction)).collect()
    };
    refuse_unless(steps(rehearsed) == steps(now), || RehearsalDifference::Plan {
        was: format!("what was rehearsed is {}", words(rehearsed)),
        is: format!("it is {}", words(now)),
    })?;
    let edited = rehearsed.steps.iter().zip(&now.steps).find(|(was, is)| was != is);
    if let Some((_, step)) = edited {
        return Err(refusal(RehearsalDifference::Source { id: step.id.clone() }));
    }
    let file = rehearsed.repeatable.iter().find(|it| !now.repeatable.contains(it));
    let file = file.or_else(|| now.repeatable.iter().find(|it| !rehearsed.repeatable.contains(it)));
    match file {
        Some(it) => Err(refusal(RehearsalDifference::Repeatable { file: it.file.clone() })),
        None => Ok(()),
    }
}

fn words(plan: &RehearsedPlan) -> String {
    let step = |step: &RehearsedPlanStep| match step.direction {
        Direction::Forward => format!("`{}`", step.id),
        Direction::Backward => format!("`{}` backward", step.id),
    };
    match &plan.steps[..] {
        [] => "no step".to_owned(),
        [only] => step(only),
        [first, .., last] => {
            format!("{} steps, from {} to {}", plan.steps.len(), step(first), step(last))
        }
    }
}

fn refuse_unless(
    holds: bool,
    difference: impl FnOnce() -> RehearsalDifference,
) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(refusal(difference())) }
}

fn refusal(difference: RehearsalDifference) -> Error {
    RehearsalError::NotAsRehearsed { difference }.into()
}
