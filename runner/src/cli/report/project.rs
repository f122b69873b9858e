//! What the page says of a project.

use runner::Config;
use runner::config::ConfigError;
use runner::rehearse::Rehearsal;
use runner::report::{DriftFound, Happening, ProjectReport};
use serde_json::{Value, json};

use super::super::args::Common;
use super::super::failure::Failure;
use super::super::{hints, history, open};

/// The configuration. `None`: there is none, and a page without a project is wanted where `may_lack` it.
///
/// # Errors
/// There is none, or a bad one.
pub(super) fn config(common: &Common, may_lack: bool) -> Result<Option<Config>, Failure> {
    if may_lack && matches!(open::find(common, false)?, Err(ConfigError::NoConfig { .. })) {
        return Ok(None);
    }
    open::config(common, false).map(Some)
}

/// `report`, with the words and the commands of the command line.
pub(super) fn document(report: &ProjectReport) -> Value {
    let mut document = json!(report);
    document["database"] = json!(report.database.to_string_lossy());
    let drift = |found: &DriftFound| {
        let mut drift = json!(found);
        drift["next"] = json!(hints::ways_out(&found.ways_out));
        drift
    };
    document["now"]["drift"] = report.now.drift.iter().map(drift).collect();
    let happening = |happening: &Happening| {
        let mut value = json!(happening);
        value["words"] = json!(history::happened(&happening.entry));
        value
    };
    document["timeline"] = report.timeline.iter().map(happening).collect();
    document
}

/// `rehearsal`, with its verdicts in words.
pub(super) fn rehearsal(rehearsal: &Rehearsal) -> Value {
    let mut document = json!(rehearsal);
    for (number, step) in rehearsal.steps.iter().enumerate() {
        document["steps"][number]["verdict"]["words"] = json!(step.verdict.to_string());
    }
    document
}
