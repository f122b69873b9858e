//! `runner migrate`, forward and backward, and `runner redo`: how far, plan, build, and apply in a child process.

mod reporter;

use runner::check;
use runner::explain::Code;
use runner::plan::{Plan, Step};
use runner::repeatable::ChangeKind;
use runner::status::{Entry, Status};
use runner::{Direction, Exit, MigrationId, Order, Project, Target, rehearse};

use super::args::{Common, How, MigrateArgs, RedoArgs, current_folder, target_elsewhere};
use super::child;
use super::consent::Loss;
use super::crash;
use super::failure::Failure;
use super::signals::Signals;
use super::{open, output, schema_file};
use reporter::{Counts, Reporter};

pub(super) fn run(common: &Common, args: &MigrateArgs) -> Result<(), Failure> {
    let how = args.how();
    let project = open(common, &how)?;
    go(common, &how, &project, args.order(), |status| target(common, args, &project, status))
}

/// `runner redo`.
pub(super) fn redo(common: &Common, args: &RedoArgs) -> Result<(), Failure> {
    let how = args.how();
    let project = open(common, &how)?;
    let target = |_: &_| Ok(Target::Redo(args.steps() as usize));
    go(common, &how, &project, Order::Strict, target)
}

/// The project that the command is about.
fn open(common: &Common, how: &How) -> Result<Project, Failure> {
    let mut config = open::config(common, how.create)?;
    config.backup &= !how.no_backup;
    config.keep = how.keep(config.keep, &current_folder()?);
    config.backups.verification = how.verifying.verification();
    open::project(config)
}

fn target(
    common: &Common,
    args: &MigrateArgs,
    project: &Project,
    status: &Status,
) -> Result<Target, Failure> {
    let steps = args.how_far.steps.map(|steps| steps as usize);
    let to = match args.to() {
        Some(words) if is_a_number(words) => return Err(a_number(words)),
        Some(words) => Some(select(project, words, status)?),
        None => None,
    };
    if let Some(last) = status.last_applied().filter(|_| args.backward) {
        if args.last_applied {
            return Ok(Target::Revert(last.clone()));
        }
        if to.is_none()
            && !args.how_far.all
            && let Some(newest) = status.applied().last()
        {
            passed_over(common, last, newest);
        }
    }
    Ok(match (args.backward, to, steps) {
        (false, Some(id), _) => Target::UpTo(id),
        (false, None, Some(steps)) => Target::Next(steps),
        (false, None, None) => Target::Latest,
        (true, Some(id), _) => Target::BackTo(id),
        (true, None, Some(steps)) => Target::Back(steps),
        (true, None, None) if args.how_far.all => Target::Zero,
        (true, None, None) => Target::Back(1),
    })
}

/// The migration that `words` means. Of a word that other tools take there, what does the same here.
fn select(project: &Project, words: &str, status: &Status) -> Result<MigrationId, Failure> {
    project.select(words, status).map_err(|error| {
        let failure = Failure::from(error);
        match target_elsewhere(words).filter(|_| failure.code == Code::UnknownMigration) {
            Some(here) => Failure { hint: Some(here.to_owned()), ..failure },
            None => failure,
        }
    })
}

/// Whether somebody means so many migrations, and not the beginning of an ID, which is a year at least.
fn is_a_number(words: &str) -> bool {
    (1..4).contains(&words.len()) && words.bytes().all(|byte| byte.is_ascii_digit())
}

fn a_number(words: &str) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: Code::BadArguments,
        message: format!("`{words}` is no migration"),
        causes: Vec::new(),
        statement: None,
        hint: Some(format!("`-n {words}` is so many migrations")),
    }
}

/// Says which migration is reverted where it is not the one that was applied last: that one came late, from another
/// branch.
fn passed_over(common: &Common, last: &MigrationId, newest: &MigrationId) {
    if !common.json && last != newest {
        output::line(&format!(
            "the newest is `{newest}`, though `{last}` was applied last: `--last-applied` reverts that one"
        ));
    }
}

/// Plans to where `target` says, and goes there. If the plan is no longer true when a step is to be
/// taken, it is made anew, once.
fn go(
    common: &Common,
    how: &How,
    project: &Project,
    order: Order,
    target: impl Fn(&Status) -> Result<Target, Failure>,
) -> Result<(), Failure> {
    let application = project.config().application.clone();
    let mut reporter = Reporter::new(common.json, how.dry_run, application);
    let outcome = follow(common, how, project, order, target, &mut reporter);
    let here = outcome.map_err(|failure| reporter.after_another_plan(failure))?;
    reporter.finish(project, here)?;
    if !how.dry_run {
        schema_file::update(project.config(), common);
    }
    Ok(())
}

/// Plans and applies until there is nothing left to do. Gives how things stand then.
fn follow(
    common: &Common,
    how: &How,
    project: &Project,
    order: Order,
    target: impl Fn(&Status) -> Result<Target, Failure>,
    reporter: &mut Reporter,
) -> Result<Counts, Failure> {
    let (mut signals, mut stale) = (None, None);
    loop {
        let status = open::status_once_finished(project, common)?;
        let target = target(&status)?;
        let plan = project.plan(&target, &status, order)?;
        match stale.take_if(|_| !plan.may_follow_a_stale_one()) {
            Some(stale) => return Err(stale),
            None => stale.iter().for_each(|stale| reporter.plans_anew(stale)),
        }
        if plan.is_empty() {
            let applied = status.migrations.iter().filter(|entry| entry.record.is_some()).count();
            return Ok(Counts { applied, pending: status.migrations.len() - applied });
        }
        if !how.dry_run {
            agree_to_revert(how, project, &status, &plan)?;
            agree_to_drop(how, project, &plan)?;
            agree_to_lose(how, project, &status, &plan)?;
        }
        let signals = match &signals {
            Some(signals) => signals,
            None => signals.insert(Signals::listen()?),
        };
        match attempt(common, how, project, &status, &plan, signals, reporter) {
            Err(failure)
                if stale.is_none() && target.is_fixed() && failure.code == Code::StalePlan =>
            {
                stale = Some(failure);
            }
            outcome => {
                outcome?;
                let applied = project.applied(common.busy_timeout())?;
                return Ok(Counts::of(&status, &applied));
            }
        }
    }
}

/// Asks before the steps back of `plan` are taken on a protected database, or where one of them takes away all that the
/// migrations had made which it replaces.
fn agree_to_revert(
    how: &How,
    project: &Project,
    status: &Status,
    plan: &Plan,
) -> Result<(), Failure> {
    let mut back = plan.steps.iter().filter(|step| step.direction == Direction::Backward);
    let Some(first) = back.next() else { return Ok(()) };
    let act = match back.count() {
        0 => format!("revert `{}`", first.id),
        more => format!("revert {}, from `{}`", output::count(more + 1, "migration"), first.id),
    };
    let loss = Loss { act: &act, yes: how.yes };
    let is_reverted = |entry: &&Entry| {
        let is_it = |step: &Step| step.direction == Direction::Backward && step.id == entry.id;
        entry.replaces > 0 && plan.steps.iter().any(is_it)
    };
    match status.migrations.iter().find(is_reverted) {
        Some(squash) => loss.of_a_squash(&squash.id, squash.replaces),
        None => loss.of_a_database(project.config()),
    }
}

/// Asks before views and triggers go whose files are gone.
fn agree_to_drop(how: &How, project: &Project, plan: &Plan) -> Result<(), Failure> {
    let changes = plan.repeatable.iter().flatten();
    let removed = changes.filter(|it| it.change == ChangeKind::Removed);
    let names: Vec<String> = removed.map(|it| format!("the {} `{}`", it.kind, it.name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let act = format!("drop {}", names.join(", "));
    Loss { act: &act, yes: how.yes }.of_what_no_file_defines(project.config())
}

/// Asks before a migration is applied to a protected database that is known to lose what it does not declare.
fn agree_to_lose(
    how: &How,
    project: &Project,
    status: &Status,
    plan: &Plan,
) -> Result<(), Failure> {
    if !project.config().protected {
        return Ok(());
    }
    project.exempt_from_declaring()?;
    let verdicts = project.verdicts_of(status)?;
    let is_recorded =
        |id: &MigrationId| status.migrations.iter().any(|it| it.id == *id && it.to_be_recorded);
    let forward = plan.steps.iter().filter(|step| step.direction == Direction::Forward);
    let run = forward.map(|step| &step.id).filter(|id| !is_recorded(id));
    let mut undeclared =
        run.filter_map(|id| Some((id, verdicts.get(id)?))).filter(|(_, it)| it.is_undeclared());
    let Some((id, verdict)) = undeclared.next() else { return Ok(()) };
    let names: Vec<_> = verdict.undeclared().cloned().collect();
    let what = check::undeclared(&names, verdict.hides_missing_way_back());
    let act = match undeclared.count() {
        0 => format!("apply `{id}`, which {what}"),
        more => format!("apply {}: `{id}` {what}", output::count(more + 1, "migration")),
    };
    Loss { act: &act, yes: how.yes }.undeclared(project.config())
}

/// Builds here, applies in a child process, and tells what happens.
fn attempt(
    common: &Common,
    how: &How,
    project: &Project,
    status: &Status,
    plan: &Plan,
    signals: &Signals,
    reporter: &mut Reporter,
) -> Result<(), Failure> {
    let options = how.apply_options(common);
    let project = &project.clone().until(signals.stop.clone());
    let rehearsed = match how.as_rehearsed {
        true => Some(rehearse::require_rehearsed(project, plan, common.busy_timeout())?),
        false => None,
    };
    let job =
        project.build(plan, how.building.options(), options, &mut |event| reporter.report(event));
    reporter.progress.clear();
    let mut job = job.map_err(|error| signals.explain(error.into()))?;
    if let Some(schema_digest) = rehearsed {
        rehearse::require_rehearsed_job(project, &job)?;
        job.premise.iter_mut().for_each(|it| it.schema_digest = Some(schema_digest.clone()));
    }
    let database = &project.config().database;
    let is_new = !database.exists()?;
    let outcome = child::apply(&job, signals, &mut |event| reporter.report(event));
    reporter.progress.clear();
    outcome.map(drop).map_err(|failed| {
        let failure = with_counts(common, how, project, status, signals, failed.failure);
        if is_new && failure.code == Code::MigrationFailed {
            on_a_new_database(failure, &output::short(&database.path))
        } else {
            failure
        }
    })
}

/// A migration that failed on a database that was not there: it may have meant another one.
fn on_a_new_database(failure: Failure, database: &str) -> Failure {
    let hint = failure.hint.map_or(String::new(), |hint| format!("{hint}. "));
    let why = format!(
        "There was no database `{database}`, so the migrations began with an empty one: if it was \
         removed, `runner restore FILE` brings it back; if it is another, name it with `--database FILE`"
    );
    Failure { hint: Some(hint + &why), ..failure }
}

/// `failure`; after a stop, a timeout or a crash, with what is applied now: the steps before it stay.
fn with_counts(
    common: &Common,
    how: &How,
    project: &Project,
    status: &Status,
    signals: &Signals,
    failure: Failure,
) -> Failure {
    let ended = matches!(failure.code, Code::Stopped | Code::TimedOut | Code::MigrationCrashed);
    if !ended || (signals.at_once.is_requested() && !how.dry_run) {
        return signals.explain(failure);
    }
    let database = output::short(&project.config().database.path);
    let state = match project.applied(common.busy_timeout().min(crash::PATIENCE)) {
        _ if how.dry_run => format!("`{database}` is unchanged"),
        Ok(applied) => Counts::of(status, &applied).sentence(&database),
        Err(_) => "`runner status` shows what is applied".to_owned(),
    };
    let hint = failure.hint.as_ref().map_or(String::new(), |hint| format!("{hint}. "));
    signals.explain(Failure { hint: Some(hint + &state), ..failure })
}
