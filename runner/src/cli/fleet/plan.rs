//! `runner fleet plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use runner::fleet::{FleetPlan, Tenant};
use serde_json::json;

use super::super::args::{Common, FleetPlanArgs};
use super::super::failure::Failure;
use super::super::output;
use super::super::signals::Signals;
use super::databases::{listed, tenant};
use super::named::refuse_database_of;
use super::opened::{Opened, usage};
use super::patterns::matching;

pub(super) fn run(common: &Common, args: &FleetPlanArgs) -> Result<(), Failure> {
    let placed = placed(args)?;
    let signals = Signals::listen()?;
    let opened = Opened::of(common, args.building.options(), &signals)?;
    let target = opened.target(args.to.as_deref())?;
    let mut made = Vec::new();
    for (host, tenants) in placed {
        let path = match &host {
            Some(host) => beside(&args.output, host),
            None => args.output.clone(),
        };
        let plan = FleetPlan::new(&opened.bundle, target.clone(), host, tenants);
        made.push((path, plan.map_err(runner::Error::from)?));
    }
    for (path, _) in &made {
        made.iter().try_for_each(|(_, plan)| refuse_database_of(plan, path))?;
    }
    // All of them or none: half of a fleet is not planned by a slip in one pattern.
    for (path, plan) in &made {
        plan.write(path).map_err(runner::Error::from)?;
    }
    if common.json {
        let plans: Vec<_> = made.iter().map(|(path, plan)| described(path, plan)).collect();
        output::json(&json!({ "plans": plans }));
        return Ok(());
    }
    for (path, plan) in &made {
        let count = output::count(plan.tenants().len(), "database");
        let canaries = match plan.tenants().iter().filter(|tenant| tenant.canary).count() {
            0 => String::new(),
            some => format!(", {} first", output::count(some, "canary")),
        };
        let path = output::short(path);
        output::line(&format!("planned {count} up to {}{canaries}: `{path}`", plan.target));
    }
    Ok(())
}

fn described(path: &Path, plan: &FleetPlan) -> serde_json::Value {
    json!({
        "plan": path.to_string_lossy(),
        "identity": plan.identity(),
        "bundle": plan.bundle,
        "target": plan.target,
        "host": plan.host,
        "databases": plan.tenants().len(),
        "canaries": plan.tenants().iter().filter(|tenant| tenant.canary).count(),
        "bytes": plan.tenants().iter().map(|tenant| tenant.bytes).sum::<u64>(),
    })
}

/// A machine, if it is named, and its databases.
type Placed = (Option<String>, Vec<Tenant>);

/// The databases of each machine, with those marked that go first; without a name where all are of one plan.
fn placed(args: &FleetPlanArgs) -> Result<Vec<Placed>, Failure> {
    let mut patterns: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for (host, pattern) in &args.by_host {
        patterns.entry(Some(host)).or_default().push(pattern.clone());
    }
    let found: Vec<(Option<&str>, Vec<PathBuf>)> = match &args.databases.list {
        Some(list) => vec![(None, listed(list, args.null, "database")?)],
        None if patterns.is_empty() => vec![(None, matching(&args.databases.databases, None)?)],
        None => patterns
            .into_iter()
            .map(|(host, patterns)| Ok((host, matching(&patterns, host)?)))
            .collect::<Result<_, Failure>>()?,
    };
    let tenants = |paths: Vec<PathBuf>| paths.into_iter().map(tenant).collect();
    let mut placed: Vec<Placed> =
        found.into_iter().map(|(host, paths)| (host.map(str::to_owned), tenants(paths))).collect();
    if let Some(list) = &args.canary_list {
        mark_listed(&listed(list, args.null, "canary")?, &mut placed)?;
    }
    if let Some(wanted) = args.canary {
        placed.iter_mut().for_each(|(_, tenants)| mark_of_sizes(wanted, tenants));
    }
    Ok(placed)
}

/// `fleet.plan` of the machine `db1` is `fleet.db1.plan`.
fn beside(output: &Path, host: &str) -> PathBuf {
    let mut name = output.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(host);
    if let Some(extension) = output.extension() {
        name.push(".");
        name.push(extension);
    }
    output.with_file_name(name)
}

/// Marks the databases at `paths`, each of which is on one of the machines.
fn mark_listed(paths: &[PathBuf], placed: &mut [Placed]) -> Result<(), Failure> {
    let mut unknown: BTreeSet<PathBuf> =
        paths.iter().map(|path| tenant(path.clone()).path).collect();
    let canaries = unknown.clone();
    for tenant in placed.iter_mut().flat_map(|(_, tenants)| tenants) {
        tenant.canary = canaries.contains(&tenant.path);
        unknown.remove(&tenant.path);
    }
    match unknown.first() {
        None => Ok(()),
        Some(unknown) => {
            let message = format!("the canary `{}` is not among the databases", unknown.display());
            Err(usage(&message, "nothing was written; see whether the path is right"))
        }
    }
}

/// Marks so many databases of different sizes.
fn mark_of_sizes(wanted: NonZeroUsize, tenants: &mut [Tenant]) {
    let mut by_size: Vec<&mut Tenant> = tenants.iter_mut().collect();
    by_size.sort_by(|a, b| (a.bytes, &a.path).cmp(&(b.bytes, &b.path)));
    let (wanted, all) = (wanted.get().min(by_size.len()), by_size.len());
    for number in 0..wanted {
        // From the smallest to the largest; a single one is of middle size.
        let at = if wanted == 1 { all / 2 } else { number * (all - 1) / (wanted - 1) };
        by_size[at].canary = true;
    }
}
