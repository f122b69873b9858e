//! Arguments of the commands for fleets.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use runner::fleet::{MaxFailures, Shard, State};

use super::super::complete;
use super::build::Building;
use super::migrate::{Batches, KeepingLost};
use super::{Yes, time_limit};

#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Write down which databases are to be brought where, so that a shard means the same everywhere
    Plan(FleetPlanArgs),
    /// Migrate all databases, or a shard of a plan; what is at the target already is passed over
    Migrate(FleetMigrateArgs),
    /// Ask all databases which migration they have, and take no step
    Status(FleetStatusArgs),
    /// Sum up reports, and name the databases that are in none
    Report(FleetReportArgs),
    /// Print a job that runs the shards of a plan: for Slurm, Kubernetes or GNU parallel
    Template(FleetTemplateArgs),
}

/// Which databases there are.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct Databases {
    /// All files that these patterns match, such as '/srv/*/app.db'; ** is any number of folders
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    pub(crate) databases: Vec<String>,
    /// The files that this file names, one in a line; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetPlanArgs {
    #[command(flatten)]
    pub(crate) databases: Databases,
    /// Names in the list end with a zero byte, as `find -print0` writes them
    #[arg(short = '0', long, requires = "list")]
    pub(crate) null: bool,
    /// A plan for each machine, FILE.HOST, with the files that the pattern matches there
    #[arg(long, value_name = "HOST=GLOB", num_args = 1.., conflicts_with = "Databases")]
    #[arg(required_unless_present_any = ["databases", "list"], value_parser = placed)]
    pub(crate) by_host: Vec<(String, String)>,
    /// So many databases, of different sizes, go before all others
    #[arg(long, value_name = "N", conflicts_with = "canary_list")]
    #[arg(value_parser = at_least_one::<NonZeroUsize>)]
    pub(crate) canary: Option<NonZeroUsize>,
    /// The databases that this file names go before all others
    #[arg(long, value_name = "FILE")]
    pub(crate) canary_list: Option<PathBuf>,
    /// The migration that is the last one applied afterwards [default: the newest of the bundle]
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) to: Option<String>,
    /// Where to
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) building: Building,
}

/// Which databases a command works on.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Planned {
    /// The plan
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// No plan: all files that these patterns match
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    pub(crate) databases: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetMigrateArgs {
    #[command(flatten)]
    pub(crate) planned: Planned,
    /// Part K of N, counted from 0; canaries are in none
    #[arg(long, value_name = "K/N", conflicts_with = "databases")]
    pub(crate) shard: Option<Shard>,
    /// The canaries alone: the gate before all shards
    #[arg(long, conflicts_with_all = ["databases", "shard"])]
    pub(crate) canary_only: bool,
    /// So many at a time [default: as many as there are processors]
    #[arg(long, short, value_name = "J", value_parser = at_least_one::<NonZeroUsize>)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Begin no other database after so many failures, or such a share of them
    /// [default: 10, or 1% where that is more]
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_failures: Option<MaxFailures>,
    /// Add a line for each database to this file; with --databases it is a new one
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Only those that --report has in one of these states; canaries have to be at the target all the same
    #[arg(long, value_name = "STATE", requires = "report", conflicts_with = "databases")]
    #[arg(value_delimiter = ',')]
    pub(crate) only: Vec<StateName>,
    /// Take these states for as good as the target
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(crate) allow: Vec<Absence>,
    /// A process for each database, so that nothing that a migration keeps reaches the next
    #[arg(long)]
    pub(crate) isolate: bool,
    /// Revert instead of apply
    #[arg(long, requires = "to", requires = "only_applied_by")]
    pub(crate) backward: bool,
    /// The migration that is the last one applied afterwards [default: that of the plan]
    #[arg(long, value_name = "ID", conflicts_with = "create", add = complete::migrations())]
    pub(crate) to: Option<String>,
    /// Only what the runs of this report applied, and no further than where they found each database
    #[arg(long, value_name = "REPORT", conflicts_with = "databases")]
    pub(crate) only_applied_by: Option<PathBuf>,
    /// Make databases that are not there
    #[arg(long)]
    pub(crate) create: bool,
    /// Make no backups, whatever runner.toml says
    #[arg(long)]
    pub(crate) no_backup: bool,
    #[command(flatten)]
    pub(crate) keep: KeepingLost,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) batches: Batches,
    #[command(flatten)]
    pub(crate) building: Building,
    #[command(flatten)]
    pub(crate) yes: Yes,
}

#[derive(Debug, Args)]
pub(crate) struct FleetStatusArgs {
    #[command(flatten)]
    pub(crate) planned: Planned,
    /// So many at a time [default: as many as there are processors]
    #[arg(long, short, value_name = "J", value_parser = at_least_one::<NonZeroUsize>)]
    pub(crate) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) building: Building,
}

#[derive(Debug, Args)]
pub(crate) struct FleetReportArgs {
    /// The reports
    #[arg(value_name = "REPORT", required = true)]
    pub(crate) reports: Vec<PathBuf>,
    /// The plan that they are of
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// Take these states for as good as the target
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub(crate) allow: Vec<Absence>,
    /// Write a page to look at, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetTemplateArgs {
    /// What runs it
    #[arg(value_name = "ENGINE")]
    pub(crate) engine: Engine,
    /// The plan, by the path that the job finds it at
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// So many shards
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>)]
    pub(crate) shards: NonZeroU32,
    /// So many of them at a time
    #[arg(long, value_name = "M", default_value = "8", value_parser = at_least_one::<NonZeroU32>)]
    pub(crate) at_a_time: NonZeroU32,
    /// The folder that the reports go to
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(crate) reports: PathBuf,
}

/// What runs the shards of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// An array of Slurm
    Slurm,
    /// An indexed job of Kubernetes
    Kubernetes,
    /// GNU parallel, on this machine or over ssh
    Parallel,
}

/// A state of a database that is not there, which may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Absence {
    /// There is no file
    Missing,
    /// The file is empty
    Empty,
}

impl From<Absence> for State {
    fn from(absence: Absence) -> Self {
        match absence {
            Absence::Missing => Self::Missing,
            Absence::Empty => Self::Empty,
        }
    }
}

/// The name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StateName(pub(crate) State);

impl ValueEnum for StateName {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [StateName; State::ALL.len()] = {
            let mut all = [StateName(State::Applied); State::ALL.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = StateName(State::ALL[at]);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.0.name().into())
    }
}

/// A number that is not zero.
fn at_least_one<N: FromStr>(text: &str) -> Result<N, &'static str> {
    text.parse().map_err(|_| "not a whole number from 1 on")
}

/// A machine, and a pattern.
fn placed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((host, glob)) if is_host(host) && !glob.is_empty() => {
            Ok((host.to_owned(), glob.to_owned()))
        }
        _ => Err("not of the form HOST=GLOB, such as db1='/srv/*/app.db'".to_owned()),
    }
}

/// Whether `name` may be one of a machine. Printed jobs have it in them.
fn is_host(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.bytes().all(is_part)
}
