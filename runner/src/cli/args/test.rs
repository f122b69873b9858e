//! Migrations on trial.

use clap::Args;
use runner::{ApplyOptions, BuildOptions};

use super::Common;
use super::build::Replaying;

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// This migration alone: an id, a name, or the beginning of an id
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    replaying: Replaying,
}

impl TestArgs {
    pub(crate) fn build_options(&self) -> BuildOptions {
        self.replaying.building.options()
    }

    pub(crate) fn apply_options(&self, common: &Common) -> ApplyOptions {
        ApplyOptions {
            busy_timeout: common.busy_timeout,
            timeout: self.replaying.timeout,
            ..ApplyOptions::default()
        }
    }
}
