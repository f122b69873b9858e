//! `runner fleet migrate`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use runner::backup::Backups;
use runner::fleet::{Fleet, FleetOptions, FleetPlan, Merged, Share};
use runner::{ApplyOptions, Target};

use super::super::args::{Common, FleetMigrateArgs, StateName};
use super::super::consent::Loss;
use super::super::failure::Failure;
use super::super::output;
use super::super::signals::Signals;
use super::bar::Bar;
use super::named::Named;
use super::opened::Opened;
use super::pool::{Isolation, ProcessWorker};
use super::report::FleetReport;

/// How long a database that another program holds is waited for before the others have their turn.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn run(common: &Common, args: &FleetMigrateArgs) -> Result<(), Failure> {
    let named = Named::by(&args.planned)?;
    if let (Named::Plan(plan), Some(report)) = (&named, &args.report) {
        Merged::refuse_other_plan(report, plan).map_err(runner::Error::from)?;
    }
    let signals = Signals::listen()?;
    let opened = Opened::of(common, args.building.options(), &signals)?;
    let plan = named.plan(&opened, args.to.as_deref().filter(|_| !args.backward))?;
    let options = options(common, args, &opened, &plan)?;
    if args.backward {
        let count = output::count(plan.share(options.share).len(), "database");
        let loss = Loss { act: &format!("revert migrations in {count} at most"), yes: args.yes };
        loss.of_a_fleet()?;
    }
    let isolation = if args.isolate { Isolation::Each } else { Isolation::Shared };
    let worker =
        || ProcessWorker { bundle: &opened.bundle, signals: &signals, isolation, process: None };
    let workers = (0..jobs(args.jobs).get()).map(|_| worker()).collect();
    let allow = options.allow.clone();
    let fleet = Fleet::new(&plan, &opened.bundle, options, &signals.stop);
    let fleet = fleet.map_err(runner::Error::from)?;
    let mut bar = Bar::new(!common.json);
    let summary = fleet.migrate(workers, args.report.as_deref(), &mut |event| bar.follow(&event));
    bar.clear();
    let report =
        FleetReport { plan: &plan, summary: &summary?, allow: &allow, signal: signals.first() };
    report.show(common, args.report.as_deref());
    report.outcome()
}

/// How many databases are migrated at a time.
pub(super) fn jobs(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    asked.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

fn options(
    common: &Common,
    args: &FleetMigrateArgs,
    opened: &Opened,
    plan: &FleetPlan,
) -> Result<FleetOptions, Failure> {
    let target = match &args.to {
        Some(words) if args.backward => Target::BackTo(opened.target(Some(words))?),
        Some(words) => Target::UpTo(opened.target(Some(words))?),
        None => Target::UpTo(plan.target.clone()),
    };
    let share = match args.shard {
        Some(shard) => Share::Shard(shard),
        None if args.canary_only => Share::Canaries,
        None => Share::All,
    };
    let config = &opened.config;
    let backups: Option<Backups> =
        (config.backup && !args.no_backup).then(|| config.backups.clone());
    Ok(FleetOptions {
        share,
        only: chosen(args, plan)?,
        target,
        apply: ApplyOptions {
            busy_timeout: common.busy_timeout_or(PATIENCE),
            timeout: args.timeout,
            ..ApplyOptions::default()
        },
        create: args.create,
        application: config.application.clone(),
        backups,
        max_failures: args.max_failures.unwrap_or_default(),
        allow: args.allow.iter().map(|StateName(state)| *state).collect(),
    })
}

/// Those that reports leave of the plan; `None`: all.
fn chosen(args: &FleetMigrateArgs, plan: &FleetPlan) -> Result<Option<BTreeSet<usize>>, Failure> {
    let mut chosen: Option<BTreeSet<usize>> = None;
    let mut keep = |numbers: BTreeSet<usize>| {
        chosen = Some(match chosen.take() {
            Some(before) => before.intersection(&numbers).copied().collect(),
            None => numbers,
        });
    };
    if let (Some(path), false) = (&args.report, args.only.is_empty()) {
        let report = Merged::read([path.as_path()], plan).map_err(runner::Error::from)?;
        let is_wanted = |state| args.only.iter().any(|StateName(wanted)| *wanted == state);
        let wanted = report.entries.values().filter(|entry| is_wanted(entry.state));
        keep(wanted.map(|entry| entry.n).collect());
    }
    if let Some(path) = &args.only_applied_by {
        keep(Merged::applied_by(path, plan).map_err(runner::Error::from)?);
    }
    Ok(chosen)
}
