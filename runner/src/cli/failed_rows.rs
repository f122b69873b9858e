//! The rows that batched migrations passed over because they failed, as `runner repair` shows and settles them.

use std::collections::BTreeMap;

use runner::failed_rows::FailedRow;
use runner::{MigrationId, Project, repair};
use serde_json::json;

use super::args::Common;
use super::failure::Failure;
use super::{hints, output};

/// So many are shown of each migration.
const SHOWN: usize = 10;

/// Records that the rows of `id` were looked after.
pub(super) fn settle(
    common: &Common,
    project: &Project,
    id: &MigrationId,
    reason: &str,
) -> Result<(), Failure> {
    let rows = repair::settle_failed_rows(project, id, reason, common.busy_timeout())?;
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "settled": { "id": id, "rows": rows, "reason": reason },
        }));
    } else {
        output::line(&sentence(rows, id, reason));
    }
    Ok(())
}

/// Shows those that are to be looked after, and how they are settled.
pub(super) fn show(rows: &[FailedRow]) {
    let mut of_each: BTreeMap<&MigrationId, Vec<&FailedRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.settled.is_none()) {
        of_each.entry(&row.id).or_default().push(row);
    }
    for (id, rows) in of_each {
        output::line(&format!("`{id}` passed over {}:", output::count(rows.len(), "row")));
        for FailedRow { table, key, values, reason, .. } in rows.iter().take(SHOWN) {
            output::line(&format!("    {key} of `{table}`, where {values}: {reason}"));
        }
        if rows.len() > SHOWN {
            let more = rows.len() - SHOWN;
            output::line(&hints::complete(&format!(
                "    and {more} more: `runner repair --json` shows all"
            )));
        }
        output::line(&hints::complete(&format!(
            "    once they are looked after: `runner repair --settle-failed {id} --reason TEXT`"
        )));
    }
}

/// Shows what was settled, and why.
pub(super) fn show_settled(rows: &[FailedRow]) {
    let mut counts = BTreeMap::new();
    for (settled, row) in rows.iter().filter_map(|row| Some((row.settled.as_ref()?, row))) {
        *counts.entry((settled.settled_at, &row.id, &settled.reason)).or_insert(0) += 1;
    }
    for ((settled_at, id, reason), count) in counts {
        output::line(&format!("{}  {}", output::time(settled_at), sentence(count, id, reason)));
    }
}

fn sentence(rows: usize, id: &MigrationId, reason: &str) -> String {
    format!("settled {} of `{id}`: {reason}", output::count(rows, "failed row"))
}
