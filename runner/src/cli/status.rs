//! `runner status`.

use runner::status::{Entry, State};
use runner::{Config, Project};
use serde_json::json;

use super::args::{Common, current_folder};
use super::failure::Failure;
use super::output;

pub(super) fn run(common: &Common) -> Result<(), Failure> {
    let config = Config::find(&current_folder()?, &common.overrides(false))?;
    let project = Project::open(config)?;
    let status = project.status(common.busy_timeout)?;
    let count = |state| status.count(state);
    let (applied, missing) = (count(State::Applied), count(State::Missing));
    if common.json {
        output::json(&json!({
            "database": project.config().database.path.to_string_lossy(),
            "migrations": status.migrations,
            "applied": applied + missing,
            "pending": count(State::Pending),
            "missing": missing,
        }));
        return Ok(());
    }
    let width = status.migrations.iter().map(|entry| entry.id.as_str().len()).max().unwrap_or(0);
    for entry in &status.migrations {
        output::line(line(entry, width).trim_end());
    }
    let mut summary = format!("{} applied, {} pending", applied + missing, count(State::Pending));
    if missing > 0 {
        summary += &format!("; [?] {missing} applied, and the crate is gone");
    }
    output::line(&summary);
    Ok(())
}

fn line(entry: &Entry, width: usize) -> String {
    let mark = match entry.state {
        State::Applied => 'x',
        State::Pending => ' ',
        State::Missing => '?',
    };
    let time = entry.record.as_ref().map_or_else(String::new, |record| {
        record.applied_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    });
    format!("[{mark}] {:width$}  {time}", entry.id)
}
