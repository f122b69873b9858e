//! The report of a project, all of one moment.

use std::path::PathBuf;
use std::time::Duration;

use runner_engine::record;
use runner_engine::status::State;
use rusqlite::Connection;
use serde::Serialize;

use super::now::Now;
use super::schema_history::SchemaHistory;
use super::sources::Sources;
use super::timeline::{Happening, Pending, Timeline};
use crate::error::Error;
use crate::project::Project;

/// What there is to show of a project and its database.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectReport {
    /// The database.
    pub database: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// How things stand.
    pub now: Now,
    /// What happened, oldest first.
    pub timeline: Vec<Happening>,
    /// What is not applied yet, oldest first.
    pub pending: Vec<Pending>,
    /// The sources that these have.
    pub sources: Sources,
    /// The schema after each of what happened.
    pub schema: SchemaHistory,
}

impl ProjectReport {
    /// Reads all of it. Nothing is built, and nothing written.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's; a crate or a bundle that cannot be read.
    pub fn read(project: &Project, patience: Duration) -> Result<Self, Error> {
        let database = &project.config().database;
        match database.look(patience)? {
            Some(connection) => {
                // What is read in several pieces is of one moment.
                let moment = connection
                    .unchecked_transaction()
                    .map_err(|error| database.sqlite_error(error))?;
                Self::of(project, Some(&moment), patience)
            }
            None => Self::of(project, None, patience),
        }
    }

    fn of(
        project: &Project,
        connection: Option<&Connection>,
        patience: Duration,
    ) -> Result<Self, Error> {
        let (status, entries) = match connection {
            Some(connection) => {
                let (_, status) = project.status_in(connection)?;
                (status, record::past(connection)?)
            }
            None => (project.status(patience)?, Vec::new()),
        };
        let mut sources = Sources::default();
        let Timeline { happenings, schema } =
            Timeline::read(project, connection, entries, &mut sources)?;
        let pending = status.migrations.iter().filter(|entry| is_pending(entry.state));
        let pending = pending
            .map(|entry| Pending::read(project, entry, &mut sources))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            database: project.config().database.path.clone(),
            exists: connection.is_some(),
            now: Now::read(project, connection, status, &happenings)?,
            timeline: happenings,
            pending,
            sources,
            schema,
        })
    }
}

/// Whether a migration in this state is to be applied, or to be applied to its end.
fn is_pending(state: State) -> bool {
    matches!(state, State::Pending | State::OutOfOrder | State::Unfinished | State::HalfDone)
}
