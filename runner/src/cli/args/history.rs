//! Arguments of the commands that check and repair the history.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::complete;
use super::build::Replaying;

#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// A migration: show what has drifted of it alone; where it was edited, every line that differs
    #[arg(value_name = "ID", add = complete::migrations())]
    #[arg(conflicts_with_all = ["WhatToRepair", "abandon", "to", "reason"])]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) what: WhatToRepair,
    /// Take away what a migration that is half done has made to change a table online; the table
    /// stays as it is, and the change begins anew with the next run
    #[arg(long, value_name = "ID", add = complete::migrations())]
    #[arg(conflicts_with_all = ["WhatToRepair", "reason"])]
    pub(crate) abandon: Option<String>,
    /// What the migration is called now that --renamed names
    #[arg(long, value_name = "ID", add = complete::migrations(), requires = "renamed")]
    pub(crate) to: Option<String>,
    /// Why, for those who look at it later; recorded in the database
    #[arg(long, value_name = "TEXT", requires = "WhatToRepair")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
#[group(multiple = false, requires = "reason")]
pub(crate) struct WhatToRepair {
    /// Take the source of an applied migration, as edited since, for the one that was applied; one
    /// that is half done goes on with it
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) accept: Option<String>,
    /// Drop an applied migration without a crate from the history; what it did stays
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) forget: Option<String>,
    /// An applied migration has another name now: record the one that --to says
    #[arg(long, value_name = "ID", add = complete::migrations(), requires = "to")]
    pub(crate) renamed: Option<String>,
    /// A migration without a transaction, or a batched one, has not finished: take its work for done
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) finished: Option<String>,
    /// A migration without a transaction, or a batched one, has not finished: let it run again
    /// from its beginning; what it did stays
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) not_started: Option<String>,
    /// Take the schema as it stands for the one that the runner left
    #[arg(long)]
    pub(crate) accept_schema: bool,
    /// The rows that a batched migration passed over were looked after: count them no more
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) settle_failed: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Exit with 1 if migrations are pending or something has drifted
    #[arg(long)]
    pub(crate) exit_code: bool,
}

const PAST: &str = "\
The log is in the database, and begins with the first step by a runner that keeps one. What an older
runner did is shown as far as the database says it.";

#[derive(Debug, Args)]
#[command(after_help = PAST)]
pub(crate) struct HistoryArgs {
    /// A migration: show what happened to it alone, with versions, digests and what the schema became.
    /// An id, a name, or the beginning of an id
    #[arg(value_name = "ID", add = complete::migrations())]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FakeArgs {
    /// The last one; those before it go along. An id, a name, or the beginning of an id
    #[arg(value_name = "ID", add = complete::migrations())]
    pub(crate) id: Option<String>,
    /// Do it without a look at the schema; why, for those who look at it later
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(override_usage = "runner check [OPTIONS] [WHAT]...\n       runner check bundle [FILE]")]
pub(crate) struct CheckArgs {
    #[command(subcommand)]
    pub(crate) other: Option<CheckOther>,
    /// What to look at [default: all but destructive; the models where runner.toml has some]
    #[arg(value_name = "WHAT", value_enum)]
    pub(crate) what: Vec<Checked>,
    /// Look through the whole database too: every page, and every index against its table
    #[arg(long)]
    pub(crate) paranoid: bool,
    #[command(flatten)]
    pub(crate) replaying: Replaying,
}

/// What is looked at by itself alone.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckOther {
    /// Whether a bundle is what the folder of migrations says; no database is looked at
    Bundle(CheckBundleArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckBundleArgs {
    /// The bundle [default: that of --bundle, or else migrations.bundle]
    #[arg(value_name = "FILE", conflicts_with = "bundle")]
    pub(crate) file: Option<PathBuf>,
}

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checked {
    /// Whether every migration is applied
    Pending,
    /// Whether the crates, the history and the schema agree
    Drift,
    /// Whether the migrations give what the models say
    Models,
    /// Whether what is pending was tried, and loses nothing that it does not declare; only if it is asked for
    Destructive,
}
