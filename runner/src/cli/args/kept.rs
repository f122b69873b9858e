//! Arguments of `kept`.

use clap::{Args, Subcommand};

use super::Yes;

#[derive(Debug, Args)]
pub(crate) struct KeptArgs {
    #[command(subcommand)]
    pub(crate) command: Option<KeptCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeptCommand {
    /// Show what was kept of a migration, row by row; never writes
    Show(KeptShowArgs),
    /// Let go of what was kept: no way back puts it back any more
    Purge(KeptPurgeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeptShowArgs {
    /// The migration: an id, a name, or the beginning of an id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// How many rows of each table
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) rows: u32,
}

#[derive(Debug, Args)]
#[group(id = "What", required = true, multiple = true)]
pub(crate) struct KeptPurgeArgs {
    /// The migrations: ids, names, or beginnings of ids
    #[arg(value_name = "ID", group = "What")]
    pub(crate) ids: Vec<String>,
    /// What was kept longer ago than so many days
    #[arg(long, value_name = "DAYS", group = "What")]
    pub(crate) older_than: Option<u32>,
    /// All of it
    #[arg(long, group = "What", conflicts_with_all = ["ids", "older_than"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) yes: Yes,
}
