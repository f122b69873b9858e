//! Arguments of the command that rehearses on a copy of the database.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use runner::rehearse::{RehearsalOptions, WayBackChoice};
use runner::{ApplyOptions, Order};

use super::super::complete;
use super::build::Building;
use super::{Common, time_limit};

#[derive(Debug, Args)]
pub(crate) struct RehearseArgs {
    /// Up to and including this migration: an id, a name, or the beginning of an id
    #[arg(long, value_name = "ID", add = complete::migrations())]
    pub(crate) to: Option<String>,
    /// Take migrations, too, that are older than the last applied
    #[arg(long)]
    allow_out_of_order: bool,
    /// Try the way back, too, and compare what comes back; this is what happens anyway
    #[arg(long, overrides_with = "no_way_back")]
    with_way_back: bool,
    /// Go forward only
    #[arg(long)]
    no_way_back: bool,
    /// The folder for the copies of the database [default: that for temporary files]
    #[arg(long, value_name = "DIR")]
    copy_in: Option<PathBuf>,
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    timeout: Option<Duration>,
    #[command(flatten)]
    building: Building,
}

impl RehearseArgs {
    pub(crate) fn options(&self, common: &Common) -> RehearsalOptions {
        RehearsalOptions {
            build: self.building.options(),
            apply: ApplyOptions {
                busy_timeout: common.busy_timeout(),
                timeout: self.timeout,
                ..ApplyOptions::default()
            },
            folder: self.copy_in.clone().unwrap_or_else(std::env::temp_dir),
            way_back: match self.no_way_back && !self.with_way_back {
                true => WayBackChoice::LeaveOut,
                false => WayBackChoice::Try,
            },
            order: if self.allow_out_of_order { Order::Any } else { Order::Strict },
        }
    }
}
