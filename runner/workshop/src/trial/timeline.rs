//! One database goes forward, migration by migration; before each step that is to be tried it is
//! copied, and the copy given to one of several threads.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::attempt::Attempt;
use super::declared::Rule;
use super::expected::OnDifference;
use super::folder::{Folder, copy_database};
use super::outcome::{Outcome, Trial};
use super::problem::Problem;
use super::running_steps::{RunningSteps, Runs};
use super::step::{Apply, StepFailure};
use crate::cargo::BuildOptions;
use crate::error::Error;
use crate::error::TrialError;
use crate::project::Project;
use runner_engine::MigrationId;
use runner_engine::apply::ApplyOptions;
use runner_engine::job::Job;
use runner_engine::plan::{Direction, Plan, Target, plan};
use runner_engine::status;
use runner_engine::{Event, Observer};

/// Tries the migration `only`, or all of `project`, oldest first in what is given back. Everything
/// is built by one call of cargo; as many trials run at once as there are cores. `apply` takes the
/// steps, each on a scratch database; `on_difference` says what becomes of rows that are not the expected ones. What is
/// found is kept: [`Project::verdicts`].
///
/// # Errors
/// What [`Project::build`] refuses; no room for scratch databases; the end was asked for. A migration
/// that fails is no error: see [`Trial::has_failed`].
pub fn run(
    project: &Project,
    only: Option<&MigrationId>,
    build: BuildOptions,
    options: ApplyOptions,
    on_difference: OnDifference,
    apply: &Apply<'_>,
    observe: &mut Observer<'_>,
) -> Result<Vec<Trial>, Error> {
    let exempt = project.exempt_from_declaring()?;
    let folder = Folder::new()?;
    let base = folder.database("base.db");
    let target = only.map_or(Target::Latest, |id| Target::UpTo(id.clone()));
    let plan: Plan = plan(&project.on_an_empty_database(only)?, &[], &target)?;
    let project = project.clone().on(base);
    let mut job = project.build(&plan, build, options, observe)?;
    // Where all are tried, the files that are written for what all of them give are tried after the last one.
    job.definitions = if only.is_none() { project.definitions()? } else { None };
    let first = if only.is_some() { job.steps.len().saturating_sub(1) } else { 0 };
    // Once the end is asked for, nothing more is begun.
    let apply = &|job: &Job, observe: &mut Observer<'_>| match project.is_stopped() {
        true => Err(StepFailure::of_stop()),
        false => apply(job, observe),
    };
    let chain = Chain {
        project: &project,
        folder: &folder,
        job: &job,
        first,
        on_difference,
        exempt,
        apply,
    };
    let trials = chain.run(observe)?;
    if trials.iter().any(is_stopped) {
        return Err(TrialError::Stopped.into());
    }
    let found = |trial: &Trial| {
        Some((trial.id.clone(), trial.source_digest.clone(), trial.verdict.clone()?))
    };
    project.keep_verdicts(trials.iter().filter_map(found));
    Ok(trials)
}

fn is_stopped(trial: &Trial) -> bool {
    matches!(&trial.outcome, Outcome::Failed { problem: Problem::Stopped })
}

struct Chain<'c> {
    project: &'c Project,
    folder: &'c Folder,
    /// All steps forward, on the database that goes forward.
    job: &'c Job,
    /// The first step that is tried.
    first: usize,
    on_difference: OnDifference,
    /// The last migration that need not declare what it loses.
    exempt: Option<&'c MigrationId>,
    apply: &'c Apply<'c>,
}

/// A copy of the database before a step.
struct Beginning {
    step: usize,
    path: PathBuf,
}

/// How often it is looked for steps that take long.
const TICK: Duration = Duration::from_secs(1);

/// What a thread sends.
enum News {
    /// A step of a migration begins.
    Began { runs: Runs, id: MigrationId, direction: Direction },
    /// The steps of the database that goes forward, which were begun, have ended.
    Advanced,
    /// A migration was tried.
    Ended { step: usize, trial: Box<Trial> },
}

/// Begins a thread with as much stack as the first one has: a schema may be as deep as SQLite takes it.
fn begin<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    const STACK: usize = 8 << 20;
    let begun = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
    begun.unwrap_or_else(|error| panic_any(format!("cannot begin a thread: {error}")))
}

/// Where the database that goes forward stopped, and why.
struct Broken {
    step: usize,
    failure: StepFailure,
}

impl Chain<'_> {
    fn run(&self, observe: &mut Observer<'_>) -> Result<Vec<Trial>, Error> {
        let total = self.job.steps.len().saturating_sub(self.first);
        // A copy waits for a thread, so there are never many.
        let (hand_out, beginnings) = sync_channel(0);
        let beginnings = Mutex::new(beginnings);
        let (news, received) = channel();
        let mut outcomes: Vec<Option<Trial>> = vec![None; self.job.steps.len()];
        let broken = thread::scope(|scope| {
            for _ in 0..cores().min(total) {
                let (news, beginnings) = (news.clone(), &beginnings);
                begin(scope, move || self.work(beginnings, &news));
            }
            let forward = begin(scope, move || self.go_forward(&hand_out, &news));
            let mut running = RunningSteps::default();
            let mut done = 0;
            loop {
                match received.recv_timeout(TICK) {
                    Ok(News::Began { runs, id, direction }) => {
                        running.begin(runs, id, direction, observe);
                    }
                    Ok(News::Advanced) => running.end(&Runs::Base),
                    Ok(News::Ended { step, trial }) => {
                        running.end(&Runs::Trial(step));
                        done += 1;
                        observe(Event::Tried { id: trial.id.clone(), done, total });
                        outcomes[step] = Some(*trial);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                running.report(Instant::now(), observe);
            }
            forward.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        Ok(self.complete(outcomes, broken?.as_ref()))
    }

    /// Tries what is handed out, until nothing more is.
    fn work(&self, beginnings: &Mutex<Receiver<Beginning>>, news: &Sender<News>) {
        while let Some(beginning) = next(beginnings) {
            // If all threads ended by a panic, nobody would take the next copy, and that waits.
            let tried = catch_unwind(AssertUnwindSafe(|| self.try_out(&beginning, news)));
            let trial = tried.unwrap_or_else(|_| self.failed(beginning.step, Problem::Panicked));
            // Whoever started this listens to the end.
            let trial = Box::new(trial);
            let _ = news.send(News::Ended { step: beginning.step, trial });
        }
    }

    /// Takes all steps, and hands out a copy before each that is tried.
    fn go_forward(
        &self,
        hand_out: &SyncSender<Beginning>,
        news: &Sender<News>,
    ) -> Result<Option<Broken>, Error> {
        if self.first > 0
            && let Some(broken) = self.advance(0, self.first, news)?
        {
            return Ok(Some(broken));
        }
        for step in self.first..self.job.steps.len() {
            let path = self.folder.database(&format!("{step}.db")).path;
            let copied = copy_database(&self.job.database.path, path.clone());
            copied.map_err(|problem| self.unusable(&problem))?;
            if hand_out.send(Beginning { step, path }).is_err() {
                break;
            }
            if let Some(broken) = self.advance(step, step + 1, news)? {
                return Ok(Some(broken));
            }
        }
        Ok(None)
    }

    fn unusable(&self, problem: &Problem) -> Error {
        let source = rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR),
            Some(problem.to_string()),
        );
        let doing = format!("use `{}`", self.job.database.path.display());
        TrialError::Sqlite { doing, source }.into()
    }

    /// Takes steps on the database that goes forward. If one fails, the history knows which.
    fn advance(
        &self,
        from: usize,
        to: usize,
        news: &Sender<News>,
    ) -> Result<Option<Broken>, Error> {
        // Views and triggers are written for what the last one leaves.
        let definitions = self.job.definitions.clone().filter(|_| to == self.job.steps.len());
        let steps = self.job.steps[from..to].to_vec();
        let job = Job { steps, definitions, ..self.job.clone() };
        let outcome = (self.apply)(&job, &mut |event| {
            if let Event::Started { id, direction } = event {
                let _ = news.send(News::Began { runs: Runs::Base, id, direction });
            }
        });
        let _ = news.send(News::Advanced);
        let Err(failure) = outcome else { return Ok(None) };
        if failure.stopped {
            return Err(TrialError::Stopped.into());
        }
        let applied = status::applied(&job.database, job.options.busy_timeout)?;
        let is_left =
            |step: &usize| applied.binary_search(&self.job.steps[*step].artifact.id).is_err();
        Ok(Some(Broken { step: (from..to).find(is_left).unwrap_or(from), failure }))
    }

    fn try_out(&self, beginning: &Beginning, news: &Sender<News>) -> Trial {
        let step = beginning.step;
        let artifact = &self.job.steps[step].artifact;
        let trial = Attempt {
            artifact,
            bundle: self.job.bundle.as_ref(),
            source: &self.project.config().migrations.join(artifact.id.as_str()),
            beginning: &beginning.path,
            options: self.job.options,
            rule: self.rule(&artifact.id),
            application: &self.job.application,
            apply: self.apply,
            stop: self.project.stop(),
            on_difference: self.on_difference,
            began: &|direction| {
                let (runs, id) = (Runs::Trial(step), artifact.id.clone());
                let _ = news.send(News::Began { runs, id, direction });
            },
        }
        .try_out();
        for made in ["db", "before", "work", "forward", "fixture", "expected"] {
            // With the folder it goes anyway.
            let _ = std::fs::remove_file(beginning.path.with_extension(made));
        }
        trial
    }

    /// What the migration `id` must say of what it loses.
    fn rule(&self, id: &MigrationId) -> Rule {
        match self.exempt {
            Some(last) if id <= last => Rule::DropByName,
            _ => Rule::Declare,
        }
    }

    fn failed(&self, step: usize, problem: Problem) -> Trial {
        let artifact = &self.job.steps[step].artifact;
        Trial::failed(artifact.id.clone(), artifact.source_digest.clone(), problem)
    }

    /// The outcomes in order, also of what was not reached.
    fn complete(&self, outcomes: Vec<Option<Trial>>, broken: Option<&Broken>) -> Vec<Trial> {
        let id = |step: usize| self.job.steps[step].artifact.id.clone();
        let judge = |(step, outcome): (usize, Option<Trial>)| match (outcome, broken) {
            (Some(trial), Some(broken)) if broken.step == step => {
                let problem = Problem::WithoutRows { failure: broken.failure.clone() };
                Trial { notes: trial.notes, ..self.failed(step, problem) }
            }
            (Some(outcome), _) => outcome,
            (None, broken) => {
                let problem = broken.map_or(Problem::Stopped, |broken| Problem::NotReached {
                    after: id(broken.step),
                    failure: broken.failure.clone(),
                });
                self.failed(step, problem)
            }
        };
        outcomes.into_iter().enumerate().skip(self.first).map(judge).collect()
    }
}

fn next(beginnings: &Mutex<Receiver<Beginning>>) -> Option<Beginning> {
    beginnings.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}
