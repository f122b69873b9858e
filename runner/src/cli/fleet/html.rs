//! The page that `runner fleet report --html` writes: one file, which needs no other.

use std::fmt::Write as _;

use runner::fleet::{FleetPlan, Found, Merged, Summary};
use runner::schema::diagram::escaped;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}\
table{border-collapse:collapse;width:100%;margin:1rem 0}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}\
code{font-size:.9em;overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}}";

/// The reports of `plan` as a page: the counts, the versions, and each database that is not at the target.
pub(super) fn page(plan: &FleetPlan, merged: &Merged, summary: &Summary) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>Fleet</title><style>{STYLE}</style>\
         <h1>{} of {} databases reported</h1><p>Target <code>{}</code>, planned {}, plan <code>{}</code>",
        merged.found.len() + merged.unfinished.len(),
        plan.tenants().len(),
        plan.target,
        plan.made.strftime("%Y-%m-%d %H:%M UTC"),
        plan.identity(),
    );
    page += "<table><tr><th>State<th>Databases";
    for (state, count) in &summary.states {
        let _ = write!(page, "<tr><td>{}<td class=n>{count}", state.name());
    }
    page += "</table><table><tr><th>Last applied<th>Databases";
    for (id, count) in summary.versions.iter().rev() {
        let _ = write!(page, "<tr><td><code>{id}</code><td class=n>{count}");
    }
    page +=
        "</table><h2>Not at the target</h2><table><tr><th>Database<th>State<th>Last applied<th>Why";
    let path = |n: usize| escaped(&plan.tenants()[n].path.to_string_lossy()).to_string();
    let left = merged.found.iter().filter(|(_, found)| !found.state.is_good());
    left.for_each(|(n, found)| page += &row(&path(*n), found));
    for n in &merged.unfinished {
        let _ = write!(
            page,
            "<tr><td><code>{}</code><td>begun, its end is not known<td><td>",
            path(*n)
        );
    }
    for n in merged.missing(plan) {
        let _ = write!(page, "<tr><td><code>{}</code><td>not reported<td><td>", path(n));
    }
    page + "</table></html>\n"
}

fn row(path: &str, found: &Found) -> String {
    let at = found.to.as_ref().map(ToString::to_string).unwrap_or_default();
    let why = found.failure.iter().map(|failure| {
        let causes = failure.error.causes.iter().map(|cause| format!(": {cause}"));
        failure.error.message.clone() + &causes.collect::<String>()
    });
    format!(
        "<tr><td><code>{path}</code><td>{}<td><code>{at}</code><td>{}",
        found.state.name(),
        escaped(&why.collect::<String>().replace('\n', " "))
    )
}
