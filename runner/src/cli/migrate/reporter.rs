//! Reports what a migrating command does: to a person line by line, to a machine as one document at the end.

use std::path::{Path, PathBuf};

use runner::backup::Unverified;
use runner::repeatable::{Change, ChangeKind};
use runner::status::Status;
use runner::{
    ApplicationNames, Direction, Done, Event, Issuer, MigrationId, Project, Report, microseconds,
};
use serde_json::{Value, json};

use super::super::dry_run::Shown;
use super::super::failure::Failure;
use super::super::output::{self, Loudness};
use super::super::progress::Progress;
use super::super::{backup, escape, kept};

/// What was reported to a person, or is to be reported to a machine.
pub(super) struct Reporter {
    json: bool,
    dry_run: bool,
    pub(super) progress: Progress,
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
    pub(super) fn new(json: bool, dry_run: bool, application: ApplicationNames) -> Self {
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

    /// Shows an event, or notes it for the document.
    pub(super) fn report(&mut self, event: Event) {
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
            Event::WritersGoOn => self.line("what others write from now on is not in it"),
            Event::NotVerified { what } => {
                let line = backup::not_verified(&what, &self.application);
                line.iter().for_each(|line| self.line(line));
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
            Event::Finished { id, replaced: replaced @ 1.., .. } => {
                let replaced = output::count(replaced, "migration");
                let verb = if self.dry_run { "would record" } else { "recorded" };
                self.line(&format!("{verb} {id} in the place of {replaced}, without running it"));
            }
            Event::Finished { id, direction, took, .. } if !self.dry_run => {
                let verb = verb(direction, "applied", "reverted");
                self.line(&format!("{verb} {id} ({} ms)", took.as_millis()));
            }
            Event::Finished { .. } => self.count_the_rest(),
            Event::Redefined(change) => self.line(&redefined(&change, self.dry_run)),
            Event::Kept(it) => self.line(&kept::line(&it, self.dry_run)),
            Event::PutBack(it) => {
                kept::lines(&it, self.dry_run).iter().for_each(|line| self.line(line));
            }
            Event::AlreadyDone { id, direction } => {
                let verb = verb(direction, "applied", "reverted");
                self.line(&format!("already {verb} by another runner: {id}"));
            }
            _ => {}
        }
    }

    /// `failure`, with what was done by the plan before, if there was one: it is about its own plan alone.
    pub(super) fn after_another_plan(&self, failure: Failure) -> Failure {
        if self.done_before == 0 {
            return failure;
        }
        let steps = output::count(self.done_before, "step");
        let before = format!("what the plan before did stays, which is {steps}");
        let hint = failure.hint.as_ref();
        let hint = hint.map_or(before.clone(), |hint| format!("{before}. Since then: {hint}"));
        Failure { hint: Some(hint), ..failure }
    }

    /// Says why there will be another plan.
    pub(super) fn plans_anew(&mut self, stale: &Failure) {
        self.done_before = self.report.done.len();
        if !self.json {
            self.line(&format!("planning anew: {}", stale.message));
        }
    }

    /// Shows a statement of a dry run, or counts it.
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

    /// Says what was done, and what is applied and pending now.
    pub(super) fn finish(self, project: &Project, here: Counts) -> Result<(), Failure> {
        let report = &self.report;
        let database = &project.config().database.path;
        if self.json {
            let mut document = json!({
                "database": database.to_string_lossy(),
                "dry_run": self.dry_run,
                "backup": self.backup.as_deref().map(Path::to_string_lossy),
                "unverified": self.unverified,
                "steps": report.done.iter().map(step).collect::<Vec<_>>(),
                "already_done": report.already_done,
                "log": self.log,
                "statements": self.statements,
            });
            if !report.redefined.is_empty() {
                document["repeatable"] = json!(report.redefined);
            }
            if !report.kept.is_empty() {
                document["kept"] = json!(report.kept);
            }
            if !report.put_back.is_empty() {
                document["put_back"] = json!(report.put_back);
            }
            output::json(&document);
            return Ok(());
        }
        output::line(&summary(report, here, self.dry_run, database));
        Ok(())
    }
}

/// A step that was done, as a document has it.
fn step(done: &Done) -> Value {
    let mut step = json!({
        "id": done.id,
        "direction": done.direction,
        "duration_us": microseconds(done.took),
    });
    if done.replaced > 0 {
        step["replaced"] = json!(done.replaced);
    }
    step
}

/// How many migrations are applied and pending after the command.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) applied: usize,
    pub(super) pending: usize,
}

impl Counts {
    /// With `applied`, after a command that began with `status`.
    pub(super) fn of(status: &Status, applied: &[MigrationId]) -> Self {
        Self { applied: applied.len(), pending: status.pending_after(applied) }
    }

    pub(super) fn sentence(self, database: &str) -> String {
        format!("`{database}` has {} applied, {} pending", self.applied, self.pending)
    }
}

fn summary(report: &Report, here: Counts, dry_run: bool, database: &Path) -> String {
    let ran = || report.done.iter().filter(|done| done.replaced == 0);
    let done = |direction| ran().filter(|done| done.direction == direction).count();
    let recorded = report.done.len() - ran().count();
    let (forward, backward) = (done(Direction::Forward), done(Direction::Backward));
    let database = output::short(database);
    let redefined = report.redefined.len();
    if dry_run && report.done.is_empty() && redefined > 0 {
        return format!(
            "dry run: {} tried on a copy, `{database}` is unchanged",
            programs(redefined)
        );
    }
    if dry_run && !report.done.is_empty() {
        return format!(
            "dry run: {} tried on a copy, `{database}` is unchanged",
            output::count(report.done.len(), "step")
        );
    }
    let did = match (forward, backward) {
        (0, 0) if recorded > 0 => format!("recorded {}", output::count(recorded, "migration")),
        (forward, 0) if recorded > 0 => {
            format!("applied {}, recorded {recorded}", output::count(forward, "migration"))
        }
        (0, 0) if here.applied + here.pending == 0 => {
            return "there are no migrations yet; `runner create NAME` makes one".to_owned();
        }
        (0, 0) if redefined > 0 => {
            let is_removed = |change: &Change| change.change == ChangeKind::Removed;
            let verb = if report.redefined.iter().all(is_removed) { "dropped" } else { "replaced" };
            format!("{verb} {}", programs(redefined))
        }
        (0, 0) => "nothing to do".to_owned(),
        (forward, 0) => format!("applied {}", output::count(forward, "migration")),
        (0, backward) => format!("reverted {}", output::count(backward, "migration")),
        (forward, _) => format!("redid {}", output::count(forward, "migration")),
    };
    format!("{did}: {}", here.sentence(&database))
}

fn programs(count: usize) -> String {
    match count {
        1 => "1 view or trigger".to_owned(),
        more => format!("{more} views and triggers"),
    }
}

/// What was done to a view or a trigger of a file.
fn redefined(change: &Change, dry_run: bool) -> String {
    let Change { kind, name, file, change } = change;
    let verb = match (change, dry_run) {
        (ChangeKind::Removed, false) => "dropped",
        (ChangeKind::Removed, true) => "would drop",
        (_, false) => "replaced",
        (_, true) => "would replace",
    };
    let file = file.as_ref().map_or(String::new(), |file| format!(" ({file})"));
    format!("{verb} the {kind} {name}{file}")
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
