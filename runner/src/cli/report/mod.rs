//! `runner report`: a page to look at.

mod fleet;
mod page;
mod project;

use jiff::Timestamp;
use runner::rehearse;
use runner::report::ProjectReport;
use serde_json::{Value, json};

use super::args::{Common, PageOutput, ReportArgs};
use super::failure::Failure;
use super::{open, output};

pub(super) fn run(common: &Common, args: &ReportArgs) -> Result<(), Failure> {
    let fleet = args.fleet.as_ref().map(|plan| fleet::read(plan, &args.reports)).transpose()?;
    let project = match project::config(common, fleet.is_some())? {
        Some(config) => Some(open::project(config)?),
        None => None,
    };
    let to = args.output(common.json);
    if let PageOutput::File(path) = to {
        if let Some(project) = &project {
            project.config().database.refuse_reserved(path)?;
        }
        if let Some(fleet) = &fleet {
            fleet.refuse_database(path)?;
        }
    }
    let report = project
        .as_ref()
        .map(|project| ProjectReport::read(project, common.busy_timeout()))
        .transpose()?;
    let document = json!({
        "made_at": Timestamp::now(),
        "runner_version": env!("CARGO_PKG_VERSION"),
        "project": report.as_ref().map(project::document),
        "rehearsal": project.as_ref().and_then(rehearse::last).map(|it| project::rehearsal(&it)),
        "fleet": fleet.as_ref().map(fleet::FleetFound::document),
    });
    show(common, to, &document)
}

fn show(common: &Common, to: PageOutput<'_>, document: &Value) -> Result<(), Failure> {
    match to {
        PageOutput::File(path) => output::write(path, &page::page(document)?)?,
        PageOutput::Standard => output::script(&page::page(document)?),
        PageOutput::Nowhere => {}
    }
    if common.json {
        output::json(document);
    } else if let PageOutput::File(path) = to {
        output::line(&format!("made {}", output::short(path)));
    }
    Ok(())
}
