//! `runner fleet status`.

use runner::fleet::{Fleet, FleetOptions, State};

use super::super::args::{Common, FleetStatusArgs};
use super::super::failure::Failure;
use super::super::signals::Signals;
use super::jobs;
use super::migrate::{PATIENCE, explain};
use super::named::Named;
use super::opened::Opened;
use super::report::FleetReport;

pub(super) fn run(common: &Common, args: &FleetStatusArgs) -> Result<(), Failure> {
    let named = Named::by(&args.planned)?;
    let signals = Signals::listen()?;
    let opened = Opened::of(common, args.building.options(), &signals)?;
    let plan = named.plan(&opened, None)?;
    let mut options = FleetOptions::of(&plan);
    options.apply.busy_timeout = common.busy_timeout_or(PATIENCE);
    options.application = opened.config.application.clone();
    options.explain = explain;
    let fleet = Fleet::new(&plan, &opened.bundle, options, &signals.stop);
    let fleet = fleet.map_err(runner::Error::from)?;
    let summary = fleet.status(jobs::within_the_limit(args.jobs)?);
    // What is still to be done is what was asked for.
    let allow = [State::Pending, State::Missing, State::Empty];
    let report = FleetReport {
        plan: &plan,
        summary: &summary,
        allow: &allow,
        signal: signals.first(),
        planned: args.planned.typed(),
    };
    report.show(common, None);
    report.outcome()
}
