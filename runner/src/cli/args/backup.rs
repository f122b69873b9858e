//! Backups, and the way back to one.

use std::path::PathBuf;

use clap::Args;
use runner::backup::Verification;

use super::Yes;

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Where to, instead of a new name in the folder of backups; never written over
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) verifying: Verifying,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Do not keep what the database holds now
    #[arg(long)]
    pub(crate) no_backup: bool,
    #[command(flatten)]
    pub(crate) verifying: Verifying,
    #[command(flatten)]
    pub(crate) yes: Yes,
}

/// How closely a backup is looked through.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Verifying {
    /// Compare indexes of every kind with their tables; takes much longer
    #[arg(long)]
    paranoid: bool,
}

impl Verifying {
    pub(crate) fn verification(self) -> Verification {
        if self.paranoid { Verification::Paranoid } else { Verification::Usual }
    }
}
