//! A rehearsal as text.

use anstyle::{AnsiColor, Style};
use runner::Measured;
use runner::rehearse::{
    ColumnDifference, ColumnFate, Matching, Rehearsal, RehearsedStep, RehearsedWayBack,
    TableDifference, WayBackEnd,
};
use runner::size::rounded_up;

use super::super::{escape, output};

const WARNING: Style = AnsiColor::Yellow.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();

/// Prints what was found: a block for each step, the way back, and the sum.
pub(super) fn print(rehearsal: &Rehearsal, database: &str) {
    output::line(&format!(
        "copied `{database}`, {} in {}",
        rounded_up(rehearsal.database.size),
        time(rehearsal.copy.took_us)
    ));
    for step in &rehearsal.steps {
        print_step(step);
    }
    if let Some(failure) = &rehearsal.failure {
        let what = failure.id.as_ref().map_or("views and triggers", |id| id.as_str());
        output::composed(&format!("{} {FAILED}FAILED{FAILED:#}", escape::indented(what)));
    }
    print_way_back(&rehearsal.way_back);
    let all = output::count(rehearsal.plan.steps.len(), "migration");
    let rehearsed = match rehearsal.failure {
        Some(_) => format!("{} of {all}", rehearsal.steps.len()),
        None => all,
    };
    let end = match rehearsal.database.changed_since {
        true => "was only read; others have written to it since it was copied",
        false => "is unchanged",
    };
    output::line(&format!("rehearsed {rehearsed}: `{database}` {end}"));
}

fn print_step(step: &RehearsedStep) {
    output::line(&format!("{}{}", step.id, step.measured.as_ref().map_or(String::new(), measured)));
    if let Some(measured) = &step.measured {
        for table in &measured.rewritten {
            output::line(&format!("    writes all of {table} anew"));
        }
    }
    for table in &step.tables {
        print_table(table);
    }
    for lost in &step.verdict.losses {
        let (style, how) = match (lost.declared, step.verdict.exempt) {
            (true, _) => (WARNING, "as it says"),
            (false, true) => (WARNING, "and is too old to say so"),
            (false, false) => (FAILED, "and does not say so"),
        };
        let name = escape::indented(&lost.name.to_string());
        output::composed(&format!("    {style}loses {name}{style:#}, {how}"));
    }
    if step.verdict.hides_missing_way_back() {
        output::composed(&format!("    {FAILED}has no way back{FAILED:#}, and does not say so"));
    }
    for name in &step.not_lost {
        output::line(&format!("    note: says that it loses {name}, and lost nothing of it here"));
    }
}

/// What a step took, behind its name.
fn measured(measured: &Measured) -> String {
    let Measured { times, lock, room, .. } = measured;
    let mut text = format!("  {}", time(times.code_us + times.checks_us + times.commit_us));
    let parts = [("code", times.code_us), ("checks", times.checks_us), ("commit", times.commit_us)];
    let parts: Vec<_> = parts.iter().map(|(name, us)| format!("{name} {}", time(*us))).collect();
    text += &format!(" ({})", parts.join(", "));
    text += &match lock.transactions {
        0 | 1 => format!(", lock {}", time(lock.longest_us)),
        many => format!(", lock {} at a time in {many} transactions", time(lock.longest_us)),
    };
    let files = [("journal", room.journal), ("log", room.log), ("temporary", room.temporary)];
    for (name, bytes) in files.into_iter().filter(|(_, bytes)| *bytes > 0) {
        text += &format!(", {name} {}", rounded_up(bytes));
    }
    text
}

fn print_table(table: &TableDifference) {
    let rows = match table.rows_before == table.rows_after {
        true => rows(table.rows_before),
        false => format!("{}, before {}", rows(table.rows_after), table.rows_before),
    };
    let head = match (&table.before, &table.after) {
        (None, Some(name)) => format!("makes {name}: {}", self::rows(table.rows_after)),
        (Some(name), None) => format!("drops {name}: {}", self::rows(table.rows_before)),
        (Some(before), Some(after)) if before != after => {
            format!("{before} becomes {after}: {rows}")
        }
        _ => format!("{}: {rows}", table.name()),
    };
    let by = match &table.matched {
        Some(Matching::Rowid) => ", matched by rowid",
        Some(Matching::Content) => ", matched by content",
        _ => "",
    };
    output::line(&format!("    {}{by}", escape::indented(&head)));
    for (sample, what) in [(&table.gone, "gone"), (&table.new, "new")] {
        if !sample.is_empty() {
            let keys = examples(sample.examples.iter().cloned(), sample.count);
            detail(&format!("{}: {} {what}: {keys}", table.name(), self::rows(sample.count)));
        }
    }
    for column in &table.columns {
        detail(&column_text(table.name(), column));
    }
    if let Some(why) = &table.not_compared {
        detail(&format!("its rows cannot be compared: {why}"));
    }
}

fn column_text(table: &str, column: &ColumnDifference) -> String {
    let name = format!("{table}.{}", column.name);
    match &column.fate {
        ColumnFate::Changed(sample) => {
            let changes = sample.examples.iter();
            let changes = changes.map(|it| format!("{}: {} -> {}", it.key, it.before, it.after));
            format!("{name} differs in {}: {}", rows(sample.count), examples(changes, sample.count))
        }
        ColumnFate::Dropped { values: 0 } => format!("{name} is dropped, without a value"),
        ColumnFate::Dropped { values } => {
            format!("{name} is dropped, with {}", counted(*values, "value"))
        }
        ColumnFate::Added => format!("{name} is new"),
        ColumnFate::Renamed { to } => format!("{name} becomes {to}"),
    }
}

fn detail(text: &str) {
    output::line(&format!("        {}", escape::indented(text)));
}

fn examples(shown: impl Iterator<Item = String>, count: u64) -> String {
    let shown: Vec<_> = shown.collect();
    let more = if count > shown.len() as u64 { ", ..." } else { "" };
    format!("{}{more}", shown.join("; "))
}

fn print_way_back(way_back: &RehearsedWayBack) {
    let reverted = output::count(way_back.steps.len(), "migration");
    let end = match &way_back.end {
        Some(WayBackEnd::NotWanted) => {
            output::line("the way back was not tried");
            return;
        }
        Some(WayBackEnd::Failed) => return,
        Some(WayBackEnd::Missing { id, declared: true }) => format!("; {id} has none, as it says"),
        Some(WayBackEnd::Missing { id, declared: false }) => format!("; {id} has none"),
        Some(WayBackEnd::Recorded { id }) => {
            format!("; {id} was only recorded in the place of others")
        }
        Some(WayBackEnd::Broken { id, .. }) => format!("; that of {id} FAILED"),
        None => String::new(),
    };
    let compared = match (way_back.is_compared, way_back.tables.is_empty()) {
        (true, true) if way_back.schema.is_none() && way_back.beside.is_empty() => {
            ", everything came back"
        }
        (true, _) if is_only_unknown(way_back) => ", and of this it is not known:",
        (true, _) => ", and this did not come back:",
        (false, _) if way_back.steps.is_empty() => "",
        (false, _) => ", which was compared with nothing",
    };
    output::line(&format!("the way back: {reverted} reverted{compared}{end}"));
    for table in &way_back.tables {
        print_table(table);
    }
    for text in &way_back.beside {
        output::line(&format!("    {}", escape::indented(text)));
    }
    for line in way_back.schema.iter().flat_map(|text| text.lines()) {
        output::line(&format!("    {}", escape::indented(line)));
    }
}

/// Whether nothing is known not to have come back, but of some tables nobody can tell.
fn is_only_unknown(way_back: &RehearsedWayBack) -> bool {
    let is_unknown = |table: &TableDifference| {
        table.not_compared.is_some() && table.keeps_everything() && table.new.is_empty()
    };
    way_back.schema.is_none()
        && way_back.beside.is_empty()
        && way_back.tables.iter().all(is_unknown)
}

fn rows(count: u64) -> String {
    counted(count, "row")
}

fn counted(count: u64, noun: &str) -> String {
    output::count(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

/// A time of microseconds, as a person reads it.
fn time(us: u64) -> String {
    match us {
        0..10_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        10_000..10_000_000 => format!("{} ms", us / 1000),
        more => format!("{} s", more / 1_000_000),
    }
}
