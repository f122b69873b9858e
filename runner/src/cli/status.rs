//! `runner status`.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use indicatif::HumanCount;
use runner::checkpoint::HalfDone;
use runner::drift::SchemaChange;
use runner::explain::Code;
use runner::repeatable::Change;
use runner::status::{Entry, State, Status};
use runner::{Database, Direction, Drift, Exit, MigrationId, Project, Verdict};
use serde_json::{Value, json};

use super::args::{Common, StatusArgs};
use super::failure::Failure;
use super::{escape, hints, open, output};

pub(super) fn run(common: &Common, args: &StatusArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let project = open::project(config)?;
    let status = open::status(&project, common)?;
    show(common, &project, &status)?;
    if args.exit_code { all_done(&status) } else { Ok(()) }
}

fn show(common: &Common, project: &Project, status: &Status) -> Result<(), Failure> {
    let database = &project.config().database;
    let exists = database.exists()?;
    let verdicts = project.verdicts_of(status)?;
    if common.json {
        let repairs = project.repairs(common.busy_timeout())?;
        let mut document = json!({
            "database": database.path.to_string_lossy(),
            "exists": exists,
            "migrations": with_verdicts(&status.migrations, &verdicts),
            "applied": applied(status),
            "pending": status.migrations.len() - applied(status),
            "missing": status.count(State::Missing) + status.count(State::Newer),
            "drift": status.drift,
            "repairs": repairs,
        });
        if !status.replaced.is_empty() {
            document["replaced"] = json!(status.replaced);
        }
        if !status.repeatable.is_empty() {
            document["repeatable"] = json!(status.repeatable);
        }
        output::json(&document);
        return Ok(());
    }
    let width = status.migrations.iter().map(|entry| entry.id.as_str().len()).max().unwrap_or(0);
    for entry in &status.migrations {
        let verdict = verdict(entry, &verdicts);
        output::composed(line(entry, width, verdict.as_deref()).trim_end());
    }
    let applied = applied(status);
    let replaced = match status.replaced.len() {
        0 => String::new(),
        count => format!(", {count} replaced"),
    };
    let pending = status.migrations.len() - applied;
    output::line(&format!("{applied} applied, {pending} pending{replaced}"));
    if !exists {
        output::line(&not_there(database));
    }
    for line in repeatable(status).into_iter().chain(drifted(status)) {
        output::composed(&line);
    }
    match status.drift.as_slice() {
        [] => {}
        [one] => output::line(&format!("next: {}", hints::ways_out(&one.ways_out()).join("; or "))),
        _ => output::line(&hints::complete("next: `runner repair` shows the way out of each")),
    }
    Ok(())
}

pub(super) fn not_there(database: &Database) -> String {
    let create = if database.create { "" } else { " --create" };
    let how = hints::complete(&format!("`runner migrate{create}` makes it"));
    format!("the database `{}` is not there yet; {how}", output::short(&database.path))
}

/// # Errors
/// A migration is pending, or something has drifted.
fn all_done(status: &Status) -> Result<(), Failure> {
    let failed = |message: String, hint: &str| Failure {
        exit: Exit::Failed,
        code: Code::CheckFailed,
        message,
        causes: Vec::new(),
        statement: None,
        hint: Some(hint.to_owned()),
    };
    match (status.drift.as_slice(), status.migrations.len() - applied(status)) {
        ([], 0) if status.repeatable.is_empty() => Ok(()),
        ([], 0) => Err(failed(
            format!("{} not as the files say", views_and_triggers(status.repeatable.len())),
            "`runner migrate` applies what is pending",
        )),
        ([], pending) => Err(failed(
            format!("{} pending", output::count(pending, "migration")),
            "`runner migrate` applies what is pending",
        )),
        (drift, _) => Err(failed(
            output::count(drift.len(), "thing") + " drifted",
            "`runner repair` shows the way out of each",
        )),
    }
}

fn applied(status: &Status) -> usize {
    status.migrations.iter().filter(|entry| entry.record.is_some()).count()
}

/// The entries, each with what is known of its source.
fn with_verdicts(entries: &[Entry], verdicts: &BTreeMap<MigrationId, Verdict>) -> Vec<Value> {
    let document = |entry: &Entry| {
        let mut document = json!(entry);
        if let Some(verdict) = verdicts.get(&entry.id) {
            document["verdict"] = json!(verdict);
        }
        document
    };
    entries.iter().map(document).collect()
}

/// What is known of a migration that is to be run, once something is known of any; of one that was run, if its way back
/// does not give back everything.
fn verdict(entry: &Entry, verdicts: &BTreeMap<MigrationId, Verdict>) -> Option<String> {
    const UNDECLARED: Style = AnsiColor::Yellow.on_default();
    let is_to_be_run = entry.record.is_none() && !entry.to_be_recorded;
    match verdicts.get(&entry.id) {
        None => (is_to_be_run && !verdicts.is_empty()).then(|| "not tried".to_owned()),
        Some(verdict) if verdict.is_undeclared() => {
            let words = escape::escape(&verdict.to_string()).into_owned();
            Some(format!("{UNDECLARED}{words} (undeclared){UNDECLARED:#}"))
        }
        Some(verdict) => {
            let words = escape::escape(&verdict.to_string()).into_owned();
            (is_to_be_run || !verdict.gives_back_everything()).then_some(words)
        }
    }
}

fn line(entry: &Entry, width: usize, verdict: Option<&str>) -> String {
    let time =
        entry.record.as_ref().map_or_else(String::new, |record| output::time(record.applied_at));
    let how_far = match &entry.half_done {
        Some(half_done) => how_far(half_done),
        None if entry.failed_rows > 0 => failed(entry.failed_rows),
        None if entry.to_be_recorded => format!(
            "to be recorded in the place of {}, and not run",
            output::count(entry.replaces, "migration")
        ),
        None => String::new(),
    };
    let columns = [&*time, &*how_far, verdict.unwrap_or_default()];
    let columns: Vec<&str> = columns.into_iter().filter(|text| !text.is_empty()).collect();
    format!("{} {:width$}  {}", mark(entry.state), entry.id, columns.join("  "))
}

fn failed(rows: u64) -> String {
    format!("{} failed", output::count(rows as usize, "row"))
}

/// How far a batched migration is.
pub(super) fn how_far(half_done: &HalfDone) -> String {
    let HalfDone { direction, stages_done, stage, rows_done, rows_total, rows_failed } = half_done;
    let way = match direction {
        Direction::Forward => "",
        Direction::Backward => "on its way back, ",
    };
    let number = |number: &u64| HumanCount(*number);
    if *rows_done == 0 && *rows_total == 0 {
        let failed = match rows_failed {
            0 => String::new(),
            rows => format!(" ({})", failed(*rows)),
        };
        return format!("{way}after {}{failed}", output::count(*stages_done as usize, "stage"));
    }
    let percent = match rows_total {
        0 => String::new(),
        total => format!("{} % ", rows_done.saturating_mul(100).min(total * 100) / total),
    };
    let of = match rows_total {
        0 => String::new(),
        total => format!(" of {}", number(total)),
    };
    format!(
        "{way}{percent}({}{of} rows; {} failed) of {stage}",
        number(rows_done),
        number(rows_failed)
    )
}

/// The views and triggers that are not as their files say, a line each.
fn repeatable(status: &Status) -> Vec<String> {
    let line = |it: &Change| {
        let file = it.file.as_ref().map_or(String::new(), |file| format!("  {file}"));
        escape::escape(&format!("{} {} {}{file}", it.change, it.kind, it.name)).into_owned()
    };
    status.repeatable.iter().map(|it| format!("{PENDING}[*]{PENDING:#} {}", line(it))).collect()
}

fn views_and_triggers(count: usize) -> String {
    match count {
        1 => "1 view or trigger is".to_owned(),
        more => format!("{more} views and triggers are"),
    }
}

/// What each mark means that calls for something, and how many have it.
fn drifted(status: &Status) -> Vec<String> {
    let meaning: [(State, &str); 7] = [
        (State::Edited, "edited since applied"),
        (State::Missing, "applied, and the crate is gone"),
        (State::Renamed, "applied, and called otherwise now"),
        (State::Newer, "applied, and newer than this code"),
        (State::OutOfOrder, "pending, and older than the last applied"),
        (State::Unfinished, "started, and not finished"),
        (State::HalfDone, half_done(status)),
    ];
    let mut lines: Vec<String> = meaning
        .iter()
        .map(|(state, words)| (count(status, *state), state, words))
        .filter(|(count, ..)| *count > 0)
        .map(|(count, state, words)| format!("{} {count} {words}", mark(*state)))
        .collect();
    if status.failed_rows > 0 {
        let shows = hints::complete("`runner repair` shows them");
        lines.push(format!("{} {}; {shows}", warn('!'), failed(status.failed_rows)));
    }
    for drift in &status.drift {
        if let Drift::SchemaChanged { changes, .. } = drift {
            lines.push(format!(
                "{} the schema, changed by something else than the runner",
                warn('!')
            ));
            lines.extend(changes.iter().flat_map(SchemaChange::lines).map(|line| changed(&line)));
        }
    }
    lines
}

/// What is to be said of the migration that is half done.
fn half_done(status: &Status) -> &'static str {
    let has = |wanted: fn(&Drift) -> bool| status.drift.iter().any(wanted);
    if has(|drift| matches!(drift, Drift::EditedHalfDone { .. })) {
        "half done, and edited since it began"
    } else if has(|drift| matches!(drift, Drift::MissingHalfDone { .. })) {
        "half done, and the crate is gone"
    } else if status.is_half_way_back() {
        "half way back; the next `runner migrate --backward` goes on with it"
    } else {
        "half done; the next run goes on with it"
    }
}

/// How many are in `state`. What was started may have no line of its own: its crate is gone.
fn count(status: &Status, state: State) -> usize {
    let is_unfinished = |drift: &&Drift| matches!(drift, Drift::Unfinished { .. });
    match state {
        State::Unfinished => status.drift.iter().filter(is_unfinished).count(),
        _ => status.count(state),
    }
}

fn mark(state: State) -> String {
    match state {
        State::Applied => format!("{APPLIED}[x]{APPLIED:#}"),
        State::Pending => format!("{PENDING}[ ]{PENDING:#}"),
        State::Edited => warn('~'),
        State::Missing => warn('?'),
        State::Renamed => warn('='),
        State::Newer => warn('+'),
        State::OutOfOrder => warn('<'),
        State::Unfinished | State::HalfDone => warn('/'),
    }
}

const APPLIED: Style = AnsiColor::Green.on_default();
const PENDING: Style = AnsiColor::Cyan.on_default();

/// A line of a difference, in the colour of its side.
pub(super) fn changed(line: &str) -> String {
    const REMOVED: Style = AnsiColor::Red.on_default();
    const ADDED: Style = AnsiColor::Green.on_default();
    let text = escape::escape(line);
    match line.trim_start().chars().next() {
        Some('-') => format!("    {REMOVED}{text}{REMOVED:#}"),
        Some('+') => format!("    {ADDED}{text}{ADDED:#}"),
        _ => format!("    {text}"),
    }
}

fn warn(mark: char) -> String {
    const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    format!("{WARNING}[{mark}]{WARNING:#}")
}
