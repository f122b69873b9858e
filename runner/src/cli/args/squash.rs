//! One migration in the place of many.

use std::time::Duration;

use clap::Args;
use runner::BuildOptions;

use super::super::complete;
use super::time_limit;
use super::yes::Yes;

#[derive(Debug, Args)]
pub(crate) struct SquashArgs {
    /// What the new migration is called [default: squashed_up_to_ and the name of the last]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The last migration to be replaced [default: the newest]
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) to: Option<String>,
    /// Show what would be replaced and made, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) yes: Yes,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub(crate) timeout: Option<Duration>,
    /// Let cargo work without a registry
    #[arg(long)]
    offline: bool,
}

impl SquashArgs {
    /// What cargo may do. The lock file gets an entry for the new crate.
    pub(crate) fn build_options(&self) -> BuildOptions {
        BuildOptions { offline: self.offline, locked: false }
    }
}
