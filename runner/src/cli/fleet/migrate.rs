//! `runner fleet migrate`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use runner::backup::Backups;
use runner::fleet::{Applied, ErrorText, Fleet, FleetOptions, FleetPlan, Merged, Share, State};
use runner::{ApplyOptions, Bundle, MigrationId, Target};

use super::super::args::{Common, FleetMigrateArgs, StateName};
use super::super::consent::Loss;
use super::super::failure::Failure;
use super::super::output;
use super::super::signals::Signals;
use super::bar::Bar;
use super::jobs;
use super::named::{Named, refuse_database_of};
use super::opened::{Opened, usage};
use super::pool::{Isolation, ProcessWorker};
use super::report::FleetReport;

/// How long a database that another program holds is waited for before the others have their turn.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn run(common: &Common, args: &FleetMigrateArgs) -> Result<(), Failure> {
    let named = Named::by(&args.planned)?;
    if let Some(report) = &args.report {
        Merged::refuse_other_than(report, named.planned()).map_err(runner::Error::from)?;
    }
    let signals = Signals::listen()?;
    let opened = Opened::of(common, args.building.options(), &signals)?;
    let is_in_memory = named.planned().is_none();
    let plan = named.plan(&opened, args.to.as_deref().filter(|_| !args.backward))?;
    if let Some(report) = &args.report {
        refuse_database_of(&plan, report)?;
        // A plan in memory is another one each time; that of a file has been compared before.
        if is_in_memory {
            Merged::refuse_other_than(report, Some(&plan)).map_err(runner::Error::from)?;
        }
    }
    let options = options(common, args, &opened, &plan)?;
    let isolation = if args.isolate { Isolation::Each } else { Isolation::Shared };
    let worker =
        || ProcessWorker { bundle: &opened.bundle, signals: &signals, isolation, process: None };
    let jobs = jobs::within_the_limit(args.jobs)?;
    let workers = (0..jobs.get()).map(|_| worker()).collect();
    let allow = options.allow.clone();
    let fleet = Fleet::new(&plan, &opened.bundle, options, &signals.stop);
    let fleet = fleet.map_err(runner::Error::from)?;
    if args.backward {
        agree(args, &fleet)?;
    }
    let mut bar = Bar::new(!common.json);
    let summary = fleet.migrate(workers, args.report.as_deref(), &mut |event| bar.follow(&event));
    bar.clear();
    let report = FleetReport {
        plan: &plan,
        summary: &summary?,
        allow: &allow,
        signal: signals.first(),
        planned: args.planned.typed(),
    };
    report.show(common, args.report.as_deref());
    report.outcome()
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
        None if args.canary_only => the_canaries(plan)?,
        None => Share::All,
    };
    let config = &opened.config;
    let known: Vec<MigrationId> = opened.bundle.migrations().cloned().collect();
    config.require_known_in_keep_lost(&known).map_err(runner::workshop::Error::from)?;
    let backups: Option<Backups> =
        (config.backup && !args.no_backup).then(|| config.backups.clone());
    Ok(FleetOptions {
        share,
        only: chosen(args, plan)?,
        undo: applied(args, plan, &opened.bundle)?,
        target,
        apply: args.batches.set(ApplyOptions {
            busy_timeout: common.busy_timeout_or(PATIENCE),
            timeout: args.timeout,
            ..ApplyOptions::default()
        }),
        create: args.create,
        application: config.application.clone(),
        backups,
        keep: args.keep.set(config.keep.clone()),
        max_failures: args.max_failures.unwrap_or_default(),
        allow: args.allow.iter().copied().map(State::from).collect(),
        explain,
    })
}

/// The gate of `plan`, which must have one: a run of no database would open it.
fn the_canaries(plan: &FleetPlan) -> Result<Share, Failure> {
    if plan.share(Share::Canaries).is_empty() {
        let hint =
            "make the plan anew with `--canary N` or `--canary-list FILE`, or migrate it as it is";
        return Err(usage("the plan has no canaries", hint));
    }
    Ok(Share::Canaries)
}

/// An error in the words of the command line.
pub(super) fn explain(error: runner::Error) -> ErrorText {
    Failure::from(error).into()
}

/// Asks whether migrations may be reverted, unless none would be.
fn agree(args: &FleetMigrateArgs, fleet: &Fleet<'_>) -> Result<(), Failure> {
    let count = fleet.to_revert();
    if count == 0 {
        return Ok(());
    }
    let databases = output::count(count, "database");
    let loss = Loss { act: &format!("revert migrations in {databases} at most"), yes: args.yes };
    loss.of_a_fleet()
}

/// Those that `--only` leaves of the plan; `None`: all.
fn chosen(args: &FleetMigrateArgs, plan: &FleetPlan) -> Result<Option<BTreeSet<usize>>, Failure> {
    let (Some(path), false) = (&args.report, args.only.is_empty()) else { return Ok(None) };
    let report = Merged::read([path.as_path()], plan).map_err(runner::Error::from)?;
    let is_wanted = |state| args.only.iter().any(|StateName(wanted)| *wanted == state);
    let wanted = report.found.iter().filter(|(_, found)| is_wanted(found.state));
    let mut chosen: BTreeSet<usize> = wanted.map(|(n, _)| *n).collect();
    if is_wanted(State::Begun) {
        chosen.extend(&report.unfinished);
    }
    Ok(Some(chosen))
}

/// What the runs of a report applied, where only that is to be taken.
fn applied(
    args: &FleetMigrateArgs,
    plan: &FleetPlan,
    bundle: &Bundle,
) -> Result<Option<BTreeMap<usize, Applied>>, Failure> {
    let known: Vec<MigrationId> = bundle.migrations().cloned().collect();
    let read = |path| Merged::applied_by(path, plan, &known).map_err(runner::Error::from);
    Ok(args.only_applied_by.as_deref().map(read).transpose()?)
}
