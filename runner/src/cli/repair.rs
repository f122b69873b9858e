//! `runner repair`.

use runner::record::{RepairKind, Repaired};
use runner::repair::{self, Repair};
use runner::schema::{Line, Side};
use runner::source_difference::FileDifference;
use runner::status::Status;
use runner::{Drift, MigrationId, Project};
use serde_json::{Value, json};

use super::args::{Common, RepairArgs};
use super::failure::Failure;
use super::{escape, failed_rows, hints, open, output, status};

pub(super) fn run(common: &Common, args: &RepairArgs) -> Result<(), Failure> {
    let config = open::config(common, false)?;
    let project = open::project(config)?;
    let status = open::status(&project, common)?;
    if let Some(words) = &args.abandon {
        return abandon(common, &project, &project.select(words, &status)?);
    }
    let reason = args.reason.as_deref().unwrap_or_default();
    if let Some(words) = &args.what.settle_failed {
        let id = project.select(words, &status)?;
        return failed_rows::settle(common, &project, &id, reason);
    }
    let Some(repair) = wanted(args, &project, &status)? else {
        let one = args.id.as_ref().map(|words| project.select(words, &status)).transpose()?;
        return show(common, &project, &status, one.as_ref());
    };
    let repaired = repair::repair(&project, &repair, reason, common.busy_timeout())?;
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "repaired": repaired,
        }));
    } else {
        output::line(&sentence(&repaired));
        if let Some(stays) = what_stays(&repaired, &status) {
            output::line(&stays);
        }
    }
    Ok(())
}

/// Takes away what `id` has made for a change online. Nothing is recorded, as nothing is decided.
fn abandon(common: &Common, project: &Project, id: &MigrationId) -> Result<(), Failure> {
    repair::abandon(project, id, common.busy_timeout())?;
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "abandoned": { "id": id },
        }));
    } else {
        output::line(&format!("took away what `{id}` had made to change a table online"));
    }
    Ok(())
}

/// What stays of a batched migration that is taken for not started.
fn what_stays(repaired: &Repaired, status: &Status) -> Option<String> {
    let entry = status.migrations.iter().find(|entry| Some(&entry.id) == repaired.id.as_ref())?;
    let half_done = entry.half_done.as_ref()?;
    (repaired.kind == RepairKind::NotStarted && !half_done.has_done_nothing()).then(|| {
        format!(
            "what it did stays in the database, and it begins anew. How far it was: {}",
            status::how_far(half_done)
        )
    })
}

/// What the person asks for, if anything.
fn wanted(
    RepairArgs { what, to, .. }: &RepairArgs,
    project: &Project,
    status: &Status,
) -> Result<Option<Repair>, Failure> {
    let select = |words: &String| project.select(words, status);
    if let Some(words) = &what.accept {
        return Ok(Some(Repair::Accept(select(words)?)));
    }
    if let Some(words) = &what.forget {
        return Ok(Some(Repair::Forget(select(words)?)));
    }
    if let (Some(old), Some(new)) = (&what.renamed, to) {
        let to = runner::select::select(new, project.migrations())?;
        return Ok(Some(Repair::Renamed { id: select(old)?, to }));
    }
    if let Some(words) = &what.finished {
        return Ok(Some(Repair::Finished(select(words)?)));
    }
    if let Some(words) = &what.not_started {
        return Ok(Some(Repair::NotStarted(select(words)?)));
    }
    Ok(what.accept_schema.then_some(Repair::AcceptSchema))
}

/// Shows what has drifted, each with the way out, and what was repaired before; of `one` migration alone, or of all.
fn show(
    common: &Common,
    project: &Project,
    status: &Status,
    one: Option<&MigrationId>,
) -> Result<(), Failure> {
    let is_wanted = |id: Option<&MigrationId>| one.is_none_or(|one| id == Some(one));
    let mut repairs = project.repairs(common.busy_timeout())?;
    repairs
        .retain(|repaired| is_wanted(repaired.id.as_ref()) || is_wanted(repaired.old_id.as_ref()));
    let mut failed_rows = project.failed_rows(common.busy_timeout())?;
    failed_rows.retain(|row| is_wanted(Some(&row.id)));
    let drift: Vec<&Drift> =
        status.drift.iter().filter(|drift| one.is_none_or(|one| drift.names(one))).collect();
    if common.json {
        let document = |drift: &&Drift| -> Result<Value, Failure> {
            let mut document = json!(drift);
            document["ways_out"] = json!(ways_out(drift));
            if let Some(difference) = edited(common, project, drift)? {
                document["source_changes"] = json!(difference);
            }
            Ok(document)
        };
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "drift": drift.iter().map(document).collect::<Result<Vec<_>, _>>()?,
            "repairs": repairs,
            "failed_rows": failed_rows,
        }));
        return Ok(());
    }
    let is_unsettled = failed_rows.iter().any(|row| row.settled.is_none());
    match one {
        _ if !drift.is_empty() || is_unsettled => {}
        None => output::line("nothing to repair"),
        Some(id) => output::line(&format!("nothing to repair of `{id}`")),
    }
    for drift in drift {
        output::line(&drift.to_string());
        show_edit(edited(common, project, drift)?.as_deref(), drift, one);
        if let Drift::SchemaChanged { left_at: Some(at), .. } = drift {
            let at = output::time(*at);
            output::line(&format!("    it was still as recorded at {at}"));
        }
        hints::alternatives(&ways_out(drift));
    }
    failed_rows::show(&failed_rows);
    for repaired in &repairs {
        output::line(&format!("{}  {}", output::time(repaired.repaired_at), sentence(repaired)));
    }
    failed_rows::show_settled(&failed_rows);
    Ok(())
}

/// In what the source of an edited migration is another; `None`: it is not known, or none was edited.
fn edited(
    common: &Common,
    project: &Project,
    drift: &Drift,
) -> Result<Option<Vec<FileDifference>>, Failure> {
    match drift {
        Drift::Edited { id, recorded, .. } => {
            Ok(project.source_difference(id, recorded, common.busy_timeout())?)
        }
        _ => Ok(None),
    }
}

/// Shows how the source of a migration was edited: as much as a person reads among other things, or all of it where it
/// is about `one`.
fn show_edit(difference: Option<&[FileDifference]>, drift: &Drift, one: Option<&MigrationId>) {
    const ENOUGH: usize = 24;
    let Drift::Edited { id, .. } = drift else { return };
    let Some(files) = difference else {
        return output::line(
            "    how it was edited is not known: an older runner applied it, or packed the bundle",
        );
    };
    let mut lines: Vec<String> = Vec::new();
    for FileDifference { path, lines: differing } in files {
        lines.push(format!("    {}:", escape::escape(path)));
        let line = |line: &Line| match line.side {
            Side::Gap => "      ...".to_owned(),
            side => status::changed(&format!("  {} {}", side.mark(), line.text)),
        };
        lines.extend(differing.iter().map(line));
    }
    let more = match one {
        None if lines.len() > ENOUGH + 1 => lines.len() - ENOUGH,
        _ => 0,
    };
    lines.truncate(lines.len() - more);
    lines.iter().for_each(|line| output::composed(line.trim_end()));
    if more > 0 {
        let shows = format!("    ... and {more} more lines: `runner repair {id}` shows all");
        output::line(&hints::complete(&shows));
    }
}

fn ways_out(drift: &Drift) -> Vec<String> {
    hints::ways_out(&drift.ways_out())
}

fn sentence(repaired: &Repaired) -> String {
    let Repaired { kind, id, old_id, reason, .. } = repaired;
    format!("{}: {reason}", did(*kind, id.as_ref(), old_id.as_ref()))
}

/// What a repair did, in words.
pub(super) fn did(
    kind: RepairKind,
    id: Option<&MigrationId>,
    old_id: Option<&MigrationId>,
) -> String {
    let name = |id: Option<&MigrationId>| id.map(ToString::to_string).unwrap_or_default();
    let id = name(id);
    match kind {
        RepairKind::Accept => format!("accepted the edit of `{id}`"),
        RepairKind::Forget => format!("forgot `{id}`"),
        RepairKind::AcceptSchema => "accepted the schema".to_owned(),
        RepairKind::Finished => format!("took `{id}` for finished"),
        RepairKind::NotStarted => format!("took `{id}` for not started"),
        RepairKind::Renamed => {
            format!("recorded `{}` as `{id}`", name(old_id))
        }
        RepairKind::Fake => format!("took `{id}` for applied"),
    }
}
