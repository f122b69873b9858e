//! `runner report`: a page to look at.

mod fleet;
mod page;
mod project;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use jiff::Timestamp;
use runner::explain::Code;
use runner::report::ProjectReport;
use runner::{Exit, rehearse};
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
        refuse_other_file(path)?;
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

/// Refuses to write over a file that is no page: by its name, and by how it begins.
///
/// # Errors
/// It is one.
fn refuse_other_file(path: &Path) -> Result<(), Failure> {
    const BEGINNING: &[u8] = b"<!doctype html>";
    let has_the_name = path
        .extension()
        .is_some_and(|it| ["html", "htm"].iter().any(|name| it.eq_ignore_ascii_case(name)));
    // A pipe or a device keeps nothing.
    let is_file = fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() > 0);
    if has_the_name || !is_file {
        return Ok(());
    }
    let mut there = Vec::new();
    let read = File::open(path).map(|file| file.take(BEGINNING.len() as u64));
    if read.and_then(|mut file| file.read_to_end(&mut there)).is_ok()
        && there.eq_ignore_ascii_case(BEGINNING)
    {
        return Ok(());
    }
    let message = format!("cannot write `{}`", path.display());
    Err(Failure {
        exit: Exit::Usage,
        code: Code::BadArguments,
        hint: Some("name another file".to_owned()),
        ..Failure::of_system(
            &message,
            &io::Error::other("there is a file that is no page, which is kept"),
        )
    })
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
