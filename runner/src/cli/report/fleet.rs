//! What the page says of a fleet: what `runner fleet report` reads.

use std::path::{Path, PathBuf};

use runner::fleet::{FleetPlan, Merged, Summary};
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::fleet::{group_document, refuse_database_of};

/// What came of the databases of a plan.
pub(super) struct FleetFound {
    plan: FleetPlan,
    merged: Merged,
    summary: Summary,
}

/// How many of the slowest are named.
const SLOWEST: usize = 10;

/// What the reports say of the databases of the plan in this file.
///
/// # Errors
/// A file that cannot be read, or is not what it should be; a report of another plan.
pub(super) fn read(plan: &Path, reports: &[PathBuf]) -> Result<FleetFound, Failure> {
    let plan = FleetPlan::read(plan).map_err(runner::Error::from)?;
    let merged = Merged::read(reports.iter().map(PathBuf::as_path), &plan);
    let merged = merged.map_err(runner::Error::from)?;
    let mut summary = Summary::default();
    merged.found.iter().for_each(|(n, found)| summary.add_found(&plan, *n, found));
    Ok(FleetFound { plan, merged, summary })
}

impl FleetFound {
    /// Refuses to write over one of the databases.
    ///
    /// # Errors
    /// It would be.
    pub(super) fn refuse_database(&self, path: &Path) -> Result<(), Failure> {
        refuse_database_of(&self.plan, path)
    }

    pub(super) fn document(&self) -> Value {
        let Self { plan, merged, summary } = self;
        let path = |n: usize| plan.tenants()[n].path.to_string_lossy().into_owned();
        let states = summary.states.iter().map(|(state, count)| {
            json!({ "state": state, "name": state.name(), "good": state.is_good(), "count": count })
        });
        let versions = summary.versions.iter();
        let versions = versions.map(|(id, count)| json!({ "id": id, "count": count }));
        let mut slowest: Vec<_> = merged.found.iter().filter(|(_, found)| found.ms > 0).collect();
        slowest.sort_by_key(|(n, found)| (std::cmp::Reverse(found.ms), **n));
        slowest.truncate(SLOWEST);
        let slowest = slowest.into_iter().map(|(n, found)| {
            json!({ "database": path(*n), "ms": found.ms, "steps": found.steps, "state": found.state.name(), "to": found.to })
        });
        json!({
            "plan": plan.identity(),
            "target": plan.target,
            "planned_at": plan.made,
            "databases": plan.tenants().len(),
            "reported": merged.found.len() + merged.unfinished.len(),
            "states": states.collect::<Vec<_>>(),
            "versions": versions.collect::<Vec<_>>(),
            "failures": summary.failures.iter().map(group_document).collect::<Vec<_>>(),
            "slowest": slowest.collect::<Vec<_>>(),
            "unfinished": merged.unfinished.iter().map(|n| path(*n)).collect::<Vec<_>>(),
            "not_reported": merged.missing(plan).map(path).collect::<Vec<_>>(),
        })
    }
}
