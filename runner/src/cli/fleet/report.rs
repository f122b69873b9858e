//! What came of a fleet, as text and as JSON; `runner fleet report`.

use std::path::{Path, PathBuf};

use runner::Exit;
use runner::explain::Code;
use runner::fleet::{
    Entry, ErrorText, FailureGroup, FailureKind, FleetPlan, Merged, State, Summary, Unwritten,
};
use serde_json::json;

use super::super::args::{Common, FleetReportArgs};
use super::super::failure::Failure;
use super::super::signals::TerminationSignal;
use super::super::{hints, output};
use super::html;
use super::named::{refuse_database_of, typed};

pub(super) fn run(common: &Common, args: &FleetReportArgs) -> Result<(), Failure> {
    let plan = FleetPlan::read(&args.plan).map_err(runner::Error::from)?;
    let reports = args.reports.iter().map(PathBuf::as_path);
    let merged = Merged::read(reports, &plan).map_err(runner::Error::from)?;
    let mut summary = Summary::default();
    merged.found.iter().for_each(|(n, found)| summary.add_found(&plan, *n, found));
    if let Some(path) = &args.html {
        refuse_database_of(&plan, path)?;
        output::write(path, &html::page(&plan, &merged, &summary))?;
    }
    let missing: Vec<usize> = merged.missing(&plan).collect();
    let unfinished: Vec<usize> = merged.unfinished.iter().copied().collect();
    let allow: Vec<State> = args.allow.iter().copied().map(State::from).collect();
    let report = FleetReport {
        plan: &plan,
        summary: &summary,
        allow: &allow,
        signal: None,
        planned: typed("--plan", [args.plan.to_string_lossy()]),
    };
    if common.json {
        let names = |numbers: &[usize]| -> Vec<_> {
            numbers.iter().map(|n| plan.tenants()[*n].path.to_string_lossy()).collect()
        };
        let mut document = report.document();
        document["torn"] = json!(merged.torn);
        document["unreadable"] = json!(merged.unreadable);
        document["unfinished"] = json!(names(&unfinished));
        document["not_reported"] = json!(names(&missing));
        output::json(&document);
    } else {
        report.text();
        told(merged.torn, "line", "of the reports cut off, as by a kill");
        told(merged.unreadable, "line", "of the reports passed over, which nobody can read");
        named(&plan, &unfinished, "begun by a run that was killed, so that its end is not known:");
        named(&plan, &missing, "in no report:");
    }
    report.outcome()?;
    if missing.is_empty() && unfinished.is_empty() {
        return Ok(());
    }
    let count = output::count(missing.len() + unfinished.len(), "database");
    Err(incomplete(
        Exit::TryAgain,
        format!("no report says what came of {count} of the plan"),
        "migrate the plan again, or the shards that are missing: what is done is passed over",
    ))
}

/// Tells how many there are of something, unless there is none.
fn told(number: usize, noun: &str, what: &str) {
    if number > 0 {
        output::line(&format!("{} {what}", output::count(number, noun)));
    }
}

/// Tells that there are such databases, and which they are.
fn named(plan: &FleetPlan, numbers: &[usize], what: &str) {
    told(numbers.len(), "database", what);
    for n in numbers {
        output::line(&format!("  {}", output::short(&plan.tenants()[*n].path)));
    }
}

/// What came of a fleet.
pub(super) struct FleetReport<'t> {
    pub(super) plan: &'t FleetPlan,
    pub(super) summary: &'t Summary,
    /// The states that are as good as the target.
    pub(super) allow: &'t [State],
    /// The signal that ended the run.
    pub(super) signal: Option<TerminationSignal>,
    /// The option that names the databases, as it is typed.
    pub(super) planned: String,
}

/// What is said of databases in the middle of what a squash replaces.
const STILL_NEEDED: &str =
    "in the middle: migrations that a squash replaces are still needed there";

impl FleetReport<'_> {
    fn document(&self) -> serde_json::Value {
        let Self { plan, summary, .. } = self;
        let states = summary.states.iter();
        let states = states.map(|(state, count)| json!({ "state": state, "count": count }));
        let versions = summary.versions.iter();
        let versions = versions.map(|(id, count)| json!({ "id": id, "count": count }));
        json!({
            "plan": plan.identity(),
            "bundle": plan.bundle,
            "target": plan.target,
            "databases": summary.total(),
            "states": states.collect::<Vec<_>>(),
            "versions": versions.collect::<Vec<_>>(),
            "failures": summary.failures.iter().map(group_document).collect::<Vec<_>>(),
        })
    }

    /// `report`: the file that has a line for each database.
    pub(super) fn show(&self, common: &Common, report: Option<&Path>) {
        if !common.json {
            self.text();
            return;
        }
        let mut document = self.document();
        document["report"] = json!(report.map(Path::to_string_lossy));
        if let Some(count) = self.summary.needs_replaced {
            document["needs_replaced"] = json!(count);
        }
        let unwritten = self.summary.unwritten.iter().flat_map(|it| it.databases.values());
        document["unwritten"] =
            json!(unwritten.map(|path| path.to_string_lossy()).collect::<Vec<_>>());
        output::json(&document);
    }

    fn text(&self) {
        let summary = self.summary;
        let states: Vec<String> =
            summary.states.iter().map(|(state, n)| format!("{n} {}", state.name())).collect();
        let total = output::count(summary.total(), "database");
        let states =
            if states.is_empty() { String::new() } else { format!(": {}", states.join(", ")) };
        output::line(&format!("{total}{states}"));
        for (id, count) in summary.versions.iter().rev() {
            output::line(&format!("  {count} at {id}"));
        }
        told(summary.needs_replaced.unwrap_or_default(), "database", STILL_NEEDED);
        for failure in &summary.failures {
            output::line(&grouped(failure));
        }
        let unwritten = summary.unwritten.iter().flat_map(|it| it.databases.values());
        let unwritten: Vec<&PathBuf> = unwritten.collect();
        told(
            unwritten.len(),
            "database",
            "in which steps were taken that the report does not have:",
        );
        for path in unwritten {
            output::line(&format!("  {}", output::short(path)));
        }
    }

    /// # Errors
    /// Not every database is where it should be.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        let exit = self.summary.exit(self.allow);
        if exit == Exit::Done {
            return Ok(());
        }
        let left: usize = self
            .summary
            .states
            .iter()
            .filter(|(state, _)| !state.is_good() && !self.allow.contains(state))
            .map(|(_, count)| count)
            .sum();
        let exit = self.signal.map_or(exit, TerminationSignal::exit);
        if let Some(Unwritten { error, .. }) = &self.summary.unwritten {
            return Err(unwritten(exit, error));
        }
        let of = output::count(self.summary.total(), "database");
        let by = self.signal.map(|signal| format!(" ({})", signal.name())).unwrap_or_default();
        let message = format!("{left} of {of} not at the target{by}");
        Err(incomplete(exit, message, &self.hint()))
    }

    /// What to do about what is not at the target, in the order in which it is done.
    fn hint(&self) -> String {
        let left = || self.summary.states.keys().filter(|state| !self.allow.contains(state));
        let again = left().any(|state| state.helps_again());
        let failed = left().any(|state| state.is_failure());
        let mut parts = Vec::new();
        if failed {
            parts.push("what failed or was refused needs somebody first: each has its own hint");
        }
        let create = format!(
            "`runner fleet migrate {} --create` makes what is missing or empty, and `--allow missing,empty` leaves it",
            self.planned
        );
        if left().any(|state| matches!(state, State::Missing | State::Empty)) {
            parts.push(&create);
        }
        match (failed, again) {
            (true, _) => parts.push("then run it again: what is done is passed over"),
            (false, true) => parts.push(
                "run it again: what is done is passed over, and what was busy, paused, full or skipped is tried",
            ),
            (false, false) => {}
        }
        parts.join("; ")
    }
}

/// The failure of a run whose report could not be written to its end.
fn unwritten(exit: Exit, error: &ErrorText) -> Failure {
    let ErrorText { code, message, causes, hint, .. } = error.clone();
    let again = "no other database was begun: what is done is passed over when it is run again with this report";
    let hint = hint.map_or_else(|| again.to_owned(), |hint| format!("{hint}; {again}"));
    Failure { exit, code, message, causes, hint: Some(hint), statement: None }
}

fn incomplete(exit: Exit, message: String, hint: &str) -> Failure {
    Failure {
        exit,
        code: Code::FleetIncomplete,
        message,
        causes: Vec::new(),
        hint: Some(hint.to_owned()),
        statement: None,
    }
}

/// A group of failures, as JSON.
pub(in crate::cli) fn group_document(
    (kind, group): (&FailureKind, &FailureGroup),
) -> serde_json::Value {
    let FailureKind { state, code, migration } = kind;
    json!({
        "state": state,
        "code": code,
        "migration": migration,
        "message": group.message,
        "messages": group.messages(),
        "hint": group.hint.as_deref().map(|hint| own_hint(hint, group)),
        "count": group.count,
        "first": group.first.values().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
    })
}

fn grouped((kind, group): (&FailureKind, &FailureGroup)) -> String {
    /// How much is shown of a message.
    const SHOWN: usize = 500;
    let FailureKind { state, code, migration } = kind;
    let at = migration.as_ref().map(|id| format!(" in `{id}`")).unwrap_or_default();
    let message = group.message.replace('\n', " ");
    let mut text = format!("  {} {}, {code}{at}: ", group.count, state.name());
    match message.char_indices().nth(SHOWN) {
        Some((end, _)) => text += &format!("{}... (cut off here)", &message[..end]),
        None => text += &message,
    }
    if group.messages() > 1 {
        text += &format!(" (one of {} messages)", group.messages());
    }
    for path in group.first.values() {
        text += &format!("\n    {}", output::short(path));
    }
    if let Some(hint) = &group.hint {
        // Each way out on a line.
        text += &format!("\n    hint: {}", own_hint(hint, group).replace("; or ", "\n      or "));
    }
    text
}

/// The hint of a group, with commands that find the first of its databases.
fn own_hint(hint: &str, group: &FailureGroup) -> String {
    match group.first.values().next() {
        Some(path) => hints::complete_for(hint, &output::short(path)),
        None => hints::complete(hint),
    }
}

/// What came of a database, in a line.
pub(super) fn line(entry: &Entry) -> String {
    let path = entry.path().unwrap_or_default();
    let mut line = format!("{} {}", entry.state.name(), output::short(&path));
    if let Some(to) = entry.to.as_ref().filter(|_| entry.steps > 0) {
        line += &format!(" -> {to} ({} ms)", entry.ms);
    }
    if let Some(error) = &entry.error {
        for text in [&error.message].into_iter().chain(&error.causes) {
            line += &format!(": {text}");
        }
    }
    line
}
