//! Arguments of the command that tries migrations.

use std::time::Duration;

use clap::Args;
use runner::trial::OnDifference;
use runner::{ApplyOptions, BuildOptions};

use super::super::complete;
use super::build::Building;
use super::{Common, time_limit};

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// This migration alone: an id, a name, or the beginning of an id
    #[arg(value_name = "ID", add = complete::migrations())]
    pub(crate) id: Option<String>,
    /// Write the rows that queries give into `expected.sql`, in the place of those that stand there
    #[arg(long)]
    accept: bool,
    /// How long the code of one migration may run
    #[arg(long, value_name = "SECONDS", value_parser = time_limit, default_value = "120")]
    timeout: Duration,
    #[command(flatten)]
    building: Building,
}

impl TestArgs {
    pub(crate) fn build_options(&self) -> BuildOptions {
        self.building.options()
    }

    pub(crate) fn on_difference(&self) -> OnDifference {
        match self.accept {
            true => OnDifference::Accept,
            false => OnDifference::Fail,
        }
    }

    pub(crate) fn apply_options(&self, common: &Common) -> ApplyOptions {
        ApplyOptions {
            busy_timeout: common.busy_timeout(),
            timeout: Some(self.timeout),
            ..ApplyOptions::default()
        }
    }
}
