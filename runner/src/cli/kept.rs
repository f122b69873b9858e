//! `runner kept`: what was kept of what migrations took away; and what is told of it when they run.

use runner::kept::{Kept, KeptKind, KeptSet, NotPutBack, PutBack};
use runner::kept_values::{self, Purge};
use runner::{LossName, MigrationId, Project, select};
use serde_json::json;

use super::args::{Common, KeptArgs, KeptCommand, KeptPurgeArgs, KeptShowArgs};
use super::consent::Loss;
use super::failure::Failure;
use super::{open, output};

pub(super) fn run(common: &Common, args: &KeptArgs) -> Result<(), Failure> {
    let project = open::project(open::config(common, false)?)?;
    match &args.command {
        None => list(common, &project),
        Some(KeptCommand::Show(args)) => show(common, &project, args),
        Some(KeptCommand::Purge(args)) => purge(common, &project, args),
    }
}

fn list(common: &Common, project: &Project) -> Result<(), Failure> {
    let sets = project.kept(common.busy_timeout())?;
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "kept": sets,
        }));
        return Ok(());
    }
    let database = output::short(&project.config().database.path);
    if sets.is_empty() {
        output::line(&format!("nothing is kept in `{database}`"));
        return Ok(());
    }
    for set in &sets {
        output::line(&in_a_line(set));
    }
    let bytes = sets.iter().filter(|set| set.file.is_none()).map(|set| set.bytes).sum();
    output::line(&format!("{} in `{database}`", size(bytes)));
    Ok(())
}

/// A set as `runner kept` lists it.
fn in_a_line(set: &KeptSet) -> String {
    let columns = match set.what {
        KeptKind::Values => set.columns.as_slice(),
        KeptKind::Rows | KeptKind::Table => &[],
    };
    let what = what(set.what, &set.table, columns, set.rows);
    let file = set.file.as_deref().map(|file| format!(" in `{}`", output::short(file)));
    let left = if set.left_over { ", left over" } else { "" };
    format!(
        "{}  {what} ({}), {}{}{left}",
        set.id,
        size(set.bytes),
        output::time(set.kept_at),
        file.unwrap_or_default(),
    )
}

fn show(common: &Common, project: &Project, args: &KeptShowArgs) -> Result<(), Failure> {
    let sets = project.kept(common.busy_timeout())?;
    let id = chosen(&args.id, &sets)?;
    let mut documents = Vec::new();
    for set in sets.iter().filter(|set| set.id == id) {
        let rows = kept_values::shown(project, set, args.rows as usize, common.busy_timeout())?;
        if common.json {
            let rows: Vec<_> =
                rows.iter().map(|(key, values)| json!({ "key": key, "values": values })).collect();
            documents.push(json!({ "set": set, "definition": set.definition, "rows": rows }));
            continue;
        }
        output::line(&in_a_line(set));
        for (key, values) in &rows {
            let pairs = set.columns.iter().zip(values);
            let pairs: Vec<_> =
                pairs.map(|(column, value)| format!("{column} = {value}")).collect();
            output::line(&format!("    {key}: {}", pairs.join(", ")));
        }
        let more = set.rows.saturating_sub(rows.len() as u64);
        if more > 0 {
            output::line(&format!("    and {} more", counted(more, "row")));
        }
    }
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "id": id,
            "kept": documents,
        }));
    }
    Ok(())
}

fn purge(common: &Common, project: &Project, args: &KeptPurgeArgs) -> Result<(), Failure> {
    let sets = project.kept(common.busy_timeout())?;
    let ids = args.ids.iter().map(|words| chosen(words, &sets));
    let what = Purge { of: ids.collect::<Result<_, _>>()?, older_than_days: args.older_than };
    let covered: Vec<&KeptSet> = sets.iter().filter(|set| what.covers(set)).collect();
    if !covered.is_empty() {
        let rows = covered.iter().map(|set| set.rows).sum();
        let act = format!("let go of {} that were kept", counted(rows, "row"));
        Loss { act: &act, yes: args.yes }.of_a_database(project.config())?;
    }
    let gone = match covered.is_empty() {
        true => Vec::new(),
        false => kept_values::purge(project, &what, common.busy_timeout())?,
    };
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "purged": gone,
        }));
        return Ok(());
    }
    for set in &gone {
        output::line(&format!("let go of {}", in_a_line(set)));
        if let Some(file) = &set.file {
            output::line(&format!("    the file `{}` stays", output::short(file)));
        }
    }
    if gone.is_empty() {
        output::line("nothing of that is kept");
    }
    Ok(())
}

/// The migration that `words` means, among those of which something is kept.
fn chosen(words: &str, sets: &[KeptSet]) -> Result<MigrationId, Failure> {
    let ids: std::collections::BTreeSet<&MigrationId> = sets.iter().map(|set| &set.id).collect();
    select::select(words, ids).map_err(|error| Failure::from(runner::workshop::Error::from(error)))
}

/// What is told about what was kept of a step.
pub(super) fn line(kept: &Kept, dry_run: bool) -> String {
    let Kept { what: kind, table, columns, rows, bytes, file, .. } = kept;
    let verb = if dry_run { "would keep" } else { "kept" };
    let file = file.as_ref().map(|file| format!(" in `{}`", output::short(file.as_ref())));
    let what = what(*kind, table, columns, *rows);
    format!("{verb} {what} ({}){}", size(*bytes), file.unwrap_or_default())
}

/// What is told about what came of it.
pub(super) fn lines(put_back: &PutBack, dry_run: bool) -> Vec<String> {
    let PutBack { table, columns, rows, not, .. } = put_back;
    let verb = if dry_run { "would put back" } else { "put back" };
    let kind = if columns.is_empty() { KeptKind::Rows } else { KeptKind::Values };
    let mut lines = vec![format!("{verb} {}", what(kind, table, columns, *rows))];
    for NotPutBack { why, rows, examples } in not {
        let examples = match examples.as_slice() {
            [] => String::new(),
            keys => format!(": {}", keys.join("; ")),
        };
        let count = counted(*rows, "row");
        lines.push(format!("    not {count}, since {why}{examples}"));
    }
    if !not.is_empty() && !dry_run {
        lines.push("    that stays kept: `runner kept`".to_owned());
    }
    lines
}

fn what(kind: KeptKind, table: &str, columns: &[String], rows: u64) -> String {
    let names: Vec<String> =
        columns.iter().map(|column| LossName::of_column(table, column).to_string()).collect();
    match kind {
        KeptKind::Values => {
            format!("{} of {}", names.join(", "), counted(rows, "row"))
        }
        KeptKind::Rows => format!("{} of {}", counted(rows, "row"), LossName::of_table(table)),
        KeptKind::Table => {
            format!("all {} of {}", counted(rows, "row"), LossName::of_table(table))
        }
    }
}

fn counted(number: u64, noun: &str) -> String {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    output::count(number, noun)
}

fn size(bytes: u64) -> String {
    runner::size::rounded_up(bytes)
}
