//! Bundles.

use std::path::PathBuf;

use clap::Args;

use super::build::Building;

/// The bundle where none is named.
pub(crate) const DEFAULT_BUNDLE: &str = "migrations.bundle";

#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// Where to, in the place of what is there
    #[arg(long, short, value_name = "FILE", default_value = DEFAULT_BUNDLE)]
    pub(crate) output: PathBuf,
    /// The platform, as rustc names it [default: this machine's]
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,
    /// Sign it with this secret key of minisign, into FILE.minisig
    #[arg(long, value_name = "KEY")]
    pub(crate) sign: Option<PathBuf>,
    /// The first line of this file is the key's password, `-` is standard input
    /// [default: the variable RUNNER_SIGNING_PASSWORD, or else asked for on the terminal]
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) building: Building,
}
