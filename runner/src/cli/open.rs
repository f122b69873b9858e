//! Opens what a command works on: the configuration, the project, its status. `--verbose` shows each.

use std::path::Path;
use std::time::Instant;

use runner::config::ConfigError;
use runner::database::Database;
use runner::status::Status;
use runner::{Config, Project};

use super::args::{Common, current_folder};
use super::failure::Failure;
use super::output;
use super::progress::Progress;

/// The configuration. `create`: a database that is not there may be made.
pub(super) fn config(common: &Common, create: bool) -> Result<Config, Failure> {
    let config = find(common, create)??;
    output::detail(&format!(
        "database `{}`, by SQLite {}, waiting {} s for its lock",
        output::short(&config.database.path),
        rusqlite::version(),
        common.busy_timeout().as_secs_f64()
    ));
    Ok(config)
}

/// The configuration, if it can be used.
///
/// # Errors
/// The current folder is not known.
pub(super) fn find(common: &Common, create: bool) -> Result<Result<Config, ConfigError>, Failure> {
    Ok(Config::find(&current_folder()?, &common.overrides(create)))
}

/// The configuration for a look at `file`, which needs none: that of the project, if there is one.
pub(super) fn config_beside(common: &Common, file: &Path) -> Result<Config, Failure> {
    match find(common, false)? {
        // What `DATABASE_URL` names is not looked at.
        Err(
            ConfigError::NoConfig { .. }
            | ConfigError::Environment { .. }
            | ConfigError::DotEnv { .. },
        ) => Ok(Config::of(Database::existing_at(file))),
        found => Ok(found?),
    }
}

/// The project that `config` describes.
pub(super) fn project(config: Config) -> Result<Project, Failure> {
    let began = Instant::now();
    let project = Project::open(config)?;
    output::detail(&format!(
        "found {} in `{}` ({})",
        output::count(project.migrations().len(), "migration"),
        output::short(&project.config().migrations),
        output::milliseconds(began.elapsed())
    ));
    Ok(project)
}

/// How things stand: crates, history and schema compared.
pub(super) fn status(project: &Project, common: &Common) -> Result<Status, Failure> {
    compared(|| Ok(project.status(common.busy_timeout())?))
}

/// The same, once another runner has finished its migration without a transaction, if it has begun
/// one.
pub(super) fn status_once_finished(project: &Project, common: &Common) -> Result<Status, Failure> {
    let mut progress = Progress::new(!common.json);
    let mut show = |event| progress.show(&event);
    let status = compared(|| Ok(project.status_once_finished(common.busy_timeout(), &mut show)?));
    progress.clear();
    status
}

fn compared(compare: impl FnOnce() -> Result<Status, Failure>) -> Result<Status, Failure> {
    let began = Instant::now();
    let status = compare()?;
    let applied = status.applied().len();
    output::detail(&format!(
        "compared crates, history and schema: {applied} applied, {} drifted ({})",
        status.drift.len(),
        output::milliseconds(began.elapsed())
    ));
    Ok(status)
}
