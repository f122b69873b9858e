//! Arguments of the command that makes a page to look at.

use std::path::{Path, PathBuf};

use clap::Args;

const PRIVACY: &str = "\
The page holds the sources of migrations, the schema, who migrated, and values of the last rehearsal:
show it to those who may see these.";

#[derive(Debug, Args)]
#[command(after_help = PRIVACY)]
pub(crate) struct ReportArgs {
    /// The file to write, in the place of an older one; `-` is standard output
    /// [default: report.html; with --json none]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show what came of a fleet, too: the plan that the reports are of
    #[arg(long, value_name = "PLAN", requires = "reports")]
    pub(crate) fleet: Option<PathBuf>,
    /// The reports of the fleet
    #[arg(value_name = "REPORT", requires = "fleet")]
    pub(crate) reports: Vec<PathBuf>,
}

/// Where the page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageOutput<'a> {
    File(&'a Path),
    Standard,
    /// It is not asked for.
    Nowhere,
}

impl ReportArgs {
    /// Where the page goes, where a JSON document is on standard output or not.
    pub(crate) fn output(&self, json: bool) -> PageOutput<'_> {
        match (self.output.as_deref(), json) {
            (Some(path), true) if path == Path::new("-") => PageOutput::Nowhere,
            (Some(path), false) if path == Path::new("-") => PageOutput::Standard,
            (Some(path), _) => PageOutput::File(path),
            (None, true) => PageOutput::Nowhere,
            (None, false) => PageOutput::File(Path::new("report.html")),
        }
    }
}
