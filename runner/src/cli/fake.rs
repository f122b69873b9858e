//! `runner fake`.

use runner::Target;
use runner::fake::{Because, fake};
use runner::replay::InFiles;
use serde_json::json;

use super::args::{Common, FakeArgs};
use super::failure::Failure;
use super::signals::Signals;
use super::{open, output, replay};

pub(super) fn run(common: &Common, args: &FakeArgs) -> Result<(), Failure> {
    let project = open::project(open::config(common, false)?)?;
    let target = match &args.id {
        Some(words) => {
            let status = open::status(&project, common)?;
            Target::UpTo(project.select(words, &status)?)
        }
        None => Target::Latest,
    };
    let faked = match &args.reason {
        Some(reason) => fake(&project, &target, Because::Reason(reason), common.busy_timeout())?,
        None => {
            let signals = Signals::listen()?;
            let schema = replay::schema(
                &project,
                (&target, InFiles::LeftOut),
                common,
                args.replaying,
                &signals,
            )?;
            fake(&project, &target, Because::SchemaIs(&schema), common.busy_timeout())?
        }
    };
    let database = &project.config().database.path;
    if common.json {
        output::json(&json!({ "database": database.to_string_lossy(), "faked": faked }));
        return Ok(());
    }
    for taken in &faked {
        let id = taken.id.as_ref().map(ToString::to_string).unwrap_or_default();
        output::line(&format!("took {id} for applied: {}", taken.reason));
    }
    if faked.is_empty() {
        output::line("nothing is pending");
    }
    Ok(())
}
