//! Arguments of the commands that migrate forward and backward.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use runner::kept::{KeepFile, KeepLost, KeptOf};
use runner::{ApplyOptions, Order, Pause};

use super::super::complete;
use super::backup::Verifying;
use super::build::{Building, Replaying};
use super::other_tools::target;
use super::{Common, Yes, time_limit};

#[derive(Debug, Clone, Args)]
pub(crate) struct MigrateArgs {
    /// Revert instead of apply; alone: the last applied migration
    #[arg(long, short, conflicts_with_all = ["keep_lost", "no_keep_lost", "keep_in"])]
    pub(crate) backward: bool,
    /// Apply migrations that are older than the last applied
    #[arg(long, conflicts_with = "backward")]
    allow_out_of_order: bool,
    /// Revert also what leaves the schema as its way forward made it
    #[arg(long, requires = "backward")]
    leave_schema: bool,
    /// As --to, forward
    #[arg(value_name = "ID", group = "HowFar", conflicts_with = "backward")]
    up_to: Option<String>,
    /// Backward: the migration that was applied last, where that is not the newest
    #[arg(long, group = "HowFar", requires = "backward")]
    pub(crate) last_applied: bool,
    #[command(flatten)]
    pub(crate) how_far: HowFar,
    /// Do nothing but what `runner rehearse` did on a copy of this database: the same steps, sources and schema
    #[arg(long, conflicts_with_all = ["backward", "dry_run"])]
    as_rehearsed: bool,
    #[command(flatten)]
    keep: Keep,
    /// The file that lost values were kept in, if it was moved
    #[arg(long, value_name = "FILE", requires = "backward")]
    kept_in: Option<String>,
    #[command(flatten)]
    how: How,
}

impl MigrateArgs {
    /// The migration that is the last one applied afterwards.
    pub(crate) fn to(&self) -> Option<&String> {
        self.up_to.as_ref().or(self.how_far.to.as_ref())
    }

    pub(crate) fn order(&self) -> Order {
        if self.allow_out_of_order { Order::Any } else { Order::Strict }
    }

    pub(crate) fn how(&self) -> How {
        How {
            leave_schema: self.leave_schema,
            as_rehearsed: self.as_rehearsed,
            keep: self.keep.clone(),
            kept_in: self.kept_in.clone(),
            ..self.how.clone()
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DownArgs {
    /// As --steps
    #[arg(value_name = "N", group = "HowFar", value_parser = number)]
    count: Option<u32>,
    /// The migration that was applied last, where that is not the newest
    #[arg(long, group = "HowFar")]
    last_applied: bool,
    /// Revert also what leaves the schema as its way forward made it
    #[arg(long)]
    leave_schema: bool,
    #[command(flatten)]
    how_far: HowFar,
    /// The file that lost values were kept in, if it was moved
    #[arg(long, value_name = "FILE")]
    kept_in: Option<String>,
    #[command(flatten)]
    how: How,
}

impl DownArgs {
    /// As `migrate --backward`.
    pub(crate) fn backward(&self) -> MigrateArgs {
        MigrateArgs {
            backward: true,
            allow_out_of_order: false,
            as_rehearsed: false,
            leave_schema: self.leave_schema,
            up_to: None,
            last_applied: self.last_applied,
            how_far: HowFar { steps: self.count.or(self.how_far.steps), ..self.how_far.clone() },
            keep: Keep::default(),
            kept_in: self.kept_in.clone(),
            how: self.how.clone(),
        }
    }
}

#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct HowFar {
    /// Up to and including this migration; backward: until it is the last one applied.
    /// An id, a name, or the beginning of an id
    #[arg(long, value_name = "ID", alias = "target", add = complete::migrations())]
    pub(crate) to: Option<String>,
    /// So many migrations
    #[arg(long, short = 'n', value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) steps: Option<u32>,
    /// All of them
    #[arg(long)]
    pub(crate) all: bool,
}

/// How steps are taken.
#[derive(Debug, Clone, Args)]
pub(crate) struct How {
    /// Do it to a copy that is thrown away, and print every SQL statement that runs
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take all steps in one transaction: all of them happen, or none
    #[arg(long)]
    single_transaction: bool,
    /// Make the database if it is not there
    #[arg(long)]
    pub(crate) create: bool,
    /// Make no backup, whatever runner.toml says
    #[arg(long)]
    pub(crate) no_backup: bool,
    #[command(flatten)]
    pub(crate) verifying: Verifying,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) batches: Batches,
    #[command(flatten)]
    pub(crate) building: Building,
    #[command(flatten)]
    pub(crate) yes: Yes,
    /// Said by the commands that revert.
    #[arg(skip)]
    leave_schema: bool,
    /// Said by the command that migrates forward.
    #[arg(skip)]
    pub(crate) as_rehearsed: bool,
    /// Said by the commands that apply.
    #[arg(skip)]
    keep: Keep,
    /// Said by the commands that revert.
    #[arg(skip)]
    kept_in: Option<String>,
}

impl How {
    /// `keep`, as far as nothing else is said here. Files are found from the folder `here`.
    pub(crate) fn keep(&self, keep: KeepLost, here: &Path) -> KeepLost {
        let moved_to = self.kept_in.as_ref().map(|path| here.join(path));
        KeepLost { moved_to, ..self.keep.set(keep, here) }
    }

    pub(crate) fn apply_options(&self, common: &Common) -> ApplyOptions {
        self.batches.set(ApplyOptions {
            busy_timeout: common.busy_timeout(),
            timeout: self.timeout,
            single_transaction: self.single_transaction,
            dry_run: self.dry_run,
            leave_schema: self.leave_schema,
            ..ApplyOptions::default()
        })
    }
}

/// How what migrations take away is kept.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Keep {
    #[command(flatten)]
    lost: KeepingLost,
    /// Keep what the migrations lose in a new file of its own
    #[arg(long, value_name = "FILE", conflicts_with = "no_keep_lost")]
    keep_in: Option<String>,
}

impl Keep {
    /// `keep`, as far as nothing else is said here. A file is found from the folder `here`.
    fn set(&self, keep: KeepLost, here: &Path) -> KeepLost {
        let file = self.keep_in.as_ref().map(|path| KeepFile::at(here.join(path)));
        let keep = self.lost.set(keep);
        let of = match keep.of {
            KeptOf::None if file.is_some() => KeptOf::All,
            of => of,
        };
        KeepLost { of, file, ..keep }
    }
}

/// Whether what migrations take away is kept.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct KeepingLost {
    /// Keep what the migrations say that they lose, whatever runner.toml says
    #[arg(long, conflicts_with = "no_keep_lost")]
    keep_lost: bool,
    /// Keep nothing of what the migrations lose, whatever runner.toml says
    #[arg(long)]
    no_keep_lost: bool,
}

impl KeepingLost {
    /// `keep`, as far as nothing else is said here.
    pub(crate) fn set(&self, keep: KeepLost) -> KeepLost {
        let of = match (self.no_keep_lost, self.keep_lost) {
            (true, _) => KeptOf::None,
            (_, true) => KeptOf::All,
            _ => keep.of,
        };
        KeepLost { of, ..keep }
    }
}

/// How batched migrations go beside other programs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Batches {
    /// For how long a batch may hold the write lock, as `50ms` [default: 50ms]
    #[arg(long, value_name = "TIME", value_parser = lock_time)]
    lock_time: Option<Duration>,
    /// How long to let others write between two batches, as `20ms` or `0s` [default: as long as they need]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pause: Option<Duration>,
    /// End at the next batch or migration after this time, as `2h`, with the exit code 75
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_time: Option<Duration>,
}

impl Batches {
    pub(crate) fn set(&self, options: ApplyOptions) -> ApplyOptions {
        ApplyOptions {
            lock_time: self.lock_time.unwrap_or(options.lock_time),
            pause: self.pause.map_or(options.pause, Pause::For),
            max_time: self.max_time,
            ..options
        }
    }
}

/// A time in which something can be done.
fn lock_time(text: &str) -> Result<Duration, String> {
    match time(text)? {
        time if time < Duration::from_millis(1) => Err("it is to be 1ms at least".to_owned()),
        time => Ok(time),
    }
}

/// A time with its unit, which is not negative.
fn time(text: &str) -> Result<Duration, String> {
    let time: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "it is a number with its unit, as `50ms`, `90s` or `2h`".to_owned())?;
    time.try_into().map_err(|_| "it cannot be negative".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct RedoArgs {
    /// As --steps
    #[arg(value_name = "N", conflicts_with = "steps", value_parser = number)]
    count: Option<u32>,
    /// So many migrations
    #[arg(long, short = 'n', value_name = "N", default_value = "1")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Revert also what leaves the schema as its way forward made it
    #[arg(long)]
    leave_schema: bool,
    #[command(flatten)]
    keep: Keep,
    /// The file that lost values were kept in, if it was moved
    #[arg(long, value_name = "FILE")]
    kept_in: Option<String>,
    #[command(flatten)]
    how: How,
}

impl RedoArgs {
    pub(crate) fn steps(&self) -> u32 {
        self.count.unwrap_or(self.steps)
    }

    pub(crate) fn how(&self) -> How {
        How {
            leave_schema: self.leave_schema,
            keep: self.keep.clone(),
            kept_in: self.kept_in.clone(),
            ..self.how.clone()
        }
    }
}

/// So many migrations, of at least one. A name is what people of other tools write there.
fn number(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("it is to be one at least".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => {
            let here = target(text).unwrap_or("`runner down --to ID` goes back to one");
            Err(format!("not a number of migrations; {here}"))
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct FreshArgs {
    #[command(flatten)]
    pub(crate) yes: Yes,
    /// Make the database if it is not there
    #[arg(long)]
    pub(crate) create: bool,
    /// Do not keep what the database holds now
    #[arg(long)]
    pub(crate) no_backup: bool,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}
