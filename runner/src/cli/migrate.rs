//! `runner migrate`, forward and backward.

use std::path::{Path, PathBuf};

use runner::backup::Unverified;
use runner::explain::Code;
use runner::plan::Plan;
use runner::status::Status;
use runner::{
    ApplicationNames, Direction, Event, Exit, Issuer, MigrationId, Order, Project, Report, Target,
};
use serde_json::{Value, json};

use super::args::{Common, How, MigrateArgs};
use super::backup;
use super::child;
use super::consent::Loss;
use super::crash;
use super::dry_run::Shown;
use super::failure::Failure;
use super::output::Loudness;
use super::progress::Progress;
use super::signals::Signals;
use super::{escape, open, output, schema_file};

pub(super) fn run(common: &Common, args: &MigrateArgs) -> Result<(), Failure> {
    let how = args.how();
    let project = open(common, &how)?;
    go(common, &how, &project, args.order(), |status| target(common, args, &project, status))
}

/// The project that the command is about.
pub(super) fn open(common: &Common, how: &How) -> Result<Project, Failure> {
    let mut config = open::config(common, how.create)?;
    config.backup &= !how.no_backup;
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
        Some(words) => Some(project.select(words, status)?),
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
pub(super) fn go(
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
        if plan.steps.is_empty() {
            let applied = status.migrations.iter().filter(|entry| entry.record.is_some()).count();
            return Ok(Counts { applied, pending: status.migrations.len() - applied });
        }
        if !how.dry_run {
            agree_to_revert(how, project, &plan)?;
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
                let applied = project.applied(common.busy_timeout)?;
                return Ok(Counts::of(project, &status, &applied));
            }
        }
    }
}

/// Asks before the steps back of `plan` are taken on a protected database.
fn agree_to_revert(how: &How, project: &Project, plan: &Plan) -> Result<(), Failure> {
    let mut back = plan.steps.iter().filter(|step| step.direction == Direction::Backward);
    let Some(first) = back.next() else { return Ok(()) };
    let act = match back.count() {
        0 => format!("revert `{}`", first.id),
        more => format!("revert {}, from `{}`", output::count(more + 1, "migration"), first.id),
    };
    Loss { act: &act, yes: how.yes }.of_a_database(project.config())
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
    let job =
        project.build(plan, how.building.options(), options, &mut |event| reporter.tell(event));
    reporter.progress.clear();
    let job = job.map_err(|error| signals.explain(error.into()))?;
    let database = &project.config().database;
    let is_new = !database.exists()?;
    let outcome = child::apply(&job, signals, &mut |event| reporter.tell(event));
    reporter.progress.clear();
    outcome.map(drop).map_err(|failed| {
        let failure = with_standing(common, how, project, status, signals, failed.failure);
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

/// `failure`; if it is one of having been stopped, of a time that was over or of a crash, with how things
/// stand: what was applied before it stays.
fn with_standing(
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
    let standing = match project.applied(common.busy_timeout.min(crash::PATIENCE)) {
        _ if how.dry_run => format!("`{database}` is unchanged"),
        Ok(applied) => Counts::of(project, status, &applied).sentence(&database),
        Err(_) => "`runner status` shows what is applied".to_owned(),
    };
    let hint = failure.hint.as_ref().map_or(String::new(), |hint| format!("{hint}. "));
    signals.explain(Failure { hint: Some(hint + &standing), ..failure })
}

/// Tells a person, or in the end a machine, what happens.
struct Reporter {
    json: bool,
    dry_run: bool,
    progress: Progress,
    /// The statements of the migration that runs now, in a dry run.
    shown: Shown,
    statements: Vec<Value>,
    log: Vec<Value>,
    backup: Option<PathBuf>,
    unverified: Vec<Unverified>,
    application: ApplicationNames,
    /// What was done, by all plans.
    report: Report,
    /// How many steps of it by the plans before this one.
    done_before: usize,
}

impl Reporter {
    fn new(json: bool, dry_run: bool, application: ApplicationNames) -> Self {
        Self {
            json,
            dry_run,
            progress: Progress::new(!json),
            shown: Shown::default(),
            statements: Vec::new(),
            backup: None,
            unverified: Vec::new(),
            application,
            log: Vec::new(),
            report: Report::default(),
            done_before: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        self.progress.show(&event);
        self.report.follow(&event);
        match event {
            Event::Log { id, message } if self.json => {
                self.log.push(json!({ "id": id, "message": message }));
            }
            Event::Statement { id, sql, .. } if self.json => {
                self.statements.push(json!({ "id": id, "sql": sql }));
            }
            Event::BackedUp { path } if self.json => self.backup = Some(path),
            Event::NotVerified { what } if self.json => self.unverified.push(what),
            _ if self.json => {}
            Event::BackedUp { path } => self.line(&backup::line(&path)),
            Event::NotVerified { what } => {
                let told = backup::not_verified(&what, &self.application);
                told.iter().for_each(|line| self.line(line));
            }
            Event::Log { id, message } => {
                let start = format!("{}: ", id.name());
                let lines = format!("{start}{}", escape::continued(&message, &start));
                self.progress.suspend(|| output::composed(&lines));
            }
            Event::Statement { sql, issuer, .. } => self.statement(issuer, &sql),
            Event::Started { id, direction } if self.dry_run => {
                self.count_the_rest();
                let verb = verb(direction, "would apply", "would revert");
                self.line(&format!("{verb} {id}"));
            }
            Event::Finished { id, direction, took } if !self.dry_run => {
                let verb = verb(direction, "applied", "reverted");
                self.line(&format!("{verb} {id} ({} ms)", took.as_millis()));
            }
            Event::Finished { .. } => self.count_the_rest(),
            Event::AlreadyDone { id, direction } => {
                let verb = verb(direction, "applied", "reverted");
                self.line(&format!("already {verb} by another runner: {id}"));
            }
            _ => {}
        }
    }

    /// `failure`, with what was done by the plan before, if there was one: it tells of its own plan alone.
    fn after_another_plan(&self, failure: Failure) -> Failure {
        if self.done_before == 0 {
            return failure;
        }
        let steps = output::count(self.done_before, "step");
        let before = format!("what the plan before did stays, which is {steps}");
        let hint = failure.hint.as_ref();
        let hint = hint.map_or(before.clone(), |hint| format!("{before}. Since then: {hint}"));
        Failure { hint: Some(hint), ..failure }
    }

    /// Tells why there will be another plan.
    fn plans_anew(&mut self, stale: &Failure) {
        self.done_before = self.report.done.len();
        if !self.json {
            self.line(&format!("planning anew: {}", stale.message));
        }
    }

    /// Tells a statement of a dry run, or counts it.
    fn statement(&mut self, issuer: Issuer, sql: &str) {
        if output::loudness() == Loudness::Verbose || self.shown.shows(issuer, sql) {
            self.line(&indented(sql));
        }
    }

    /// Sums up the statements of a migration in a dry run that were not shown.
    fn count_the_rest(&mut self) {
        if let Some(rest) = self.shown.rest() {
            self.line(&indented(&rest));
        }
    }

    /// A line of text; a progress bar makes room for it.
    fn line(&self, text: &str) {
        self.progress.suspend(|| output::line(text));
    }

    /// Tells what was done, and how things stand.
    fn finish(self, project: &Project, here: Counts) -> Result<(), Failure> {
        let report = &self.report;
        let database = &project.config().database.path;
        if self.json {
            output::json(&json!({
                "database": database.to_string_lossy(),
                "dry_run": self.dry_run,
                "backup": self.backup.as_deref().map(Path::to_string_lossy),
                "unverified": self.unverified,
                "steps": report.done.iter().map(|done| json!({
                    "id": done.id,
                    "direction": done.direction,
                    "duration_us": u64::try_from(done.took.as_micros()).unwrap_or(u64::MAX),
                })).collect::<Vec<_>>(),
                "already_done": report.already_done,
                "log": self.log,
                "statements": self.statements,
            }));
            return Ok(());
        }
        output::line(&summary(report, here, self.dry_run, database));
        Ok(())
    }
}

/// How things stand after the command.
#[derive(Clone, Copy)]
struct Counts {
    applied: usize,
    pending: usize,
}

impl Counts {
    /// With `applied`, after a command that began with `status`, in which what is applied under another name
    /// is no second migration.
    fn of(project: &Project, status: &Status, applied: &[MigrationId]) -> Self {
        let is_one =
            |id: &MigrationId| status.migrations.binary_search_by(|entry| entry.id.cmp(id)).is_ok();
        let is_pending = |id: &&MigrationId| applied.binary_search(id).is_err() && is_one(id);
        Self {
            applied: applied.len(),
            pending: project.migrations().iter().filter(is_pending).count(),
        }
    }

    fn sentence(self, database: &str) -> String {
        format!("`{database}` has {} applied, {} pending", self.applied, self.pending)
    }
}

fn summary(report: &Report, here: Counts, dry_run: bool, database: &Path) -> String {
    let done = |direction| report.done.iter().filter(|done| done.direction == direction).count();
    let (forward, backward) = (done(Direction::Forward), done(Direction::Backward));
    let database = output::short(database);
    if dry_run && forward + backward > 0 {
        return format!(
            "dry run: {} tried on a copy, `{database}` is unchanged",
            output::count(forward + backward, "step")
        );
    }
    let did = match (forward, backward) {
        (0, 0) if here.applied + here.pending == 0 => {
            return "there are no migrations yet; `runner create NAME` makes one".to_owned();
        }
        (0, 0) => "nothing to do".to_owned(),
        (forward, 0) => format!("applied {}", output::count(forward, "migration")),
        (0, backward) => format!("reverted {}", output::count(backward, "migration")),
        (forward, _) => format!("redid {}", output::count(forward, "migration")),
    };
    format!("{did}: {}", here.sentence(&database))
}

fn verb<'v>(direction: Direction, forward: &'v str, backward: &'v str) -> &'v str {
    match direction {
        Direction::Forward => forward,
        Direction::Backward => backward,
    }
}

fn indented(text: &str) -> String {
    format!("    {}", escape::continued(text, "    "))
}
