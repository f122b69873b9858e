//! Builds, and the migrations on a database of their own.

use std::time::Duration;

use clap::Args;
use runner::BuildOptions;

use super::time_limit;

/// What cargo may do.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Building {
    /// Let cargo work without a registry
    #[arg(long)]
    offline: bool,
    /// Let cargo refuse to change migrations/Cargo.lock
    #[arg(long)]
    locked: bool,
}

impl Building {
    pub(crate) fn options(self) -> BuildOptions {
        BuildOptions { offline: self.offline, locked: self.locked }
    }
}

/// How all migrations are applied to a database of their own.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Replaying {
    /// How long the code of one migration may run [default: as long as it likes]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) building: Building,
}
