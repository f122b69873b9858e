//! Takes away what a half done migration has in the schema for a change online.

use std::time::Duration;

use runner_engine::MigrationId;
use runner_engine::apply::{self, ApplyOptions};

use crate::error::{Error, RepairError};
use crate::project::Project;

/// Takes away what the half done migration `id` has made for a change online, in pieces that let others write in
/// between. The table stays as it is, and the change begins anew with the next run.
///
/// # Errors
/// There is nothing of it; another runner is at it; a database that cannot be written.
pub fn abandon(project: &Project, id: &MigrationId, patience: Duration) -> Result<(), Error> {
    let database = &project.config().database;
    let options = ApplyOptions { busy_timeout: patience, ..ApplyOptions::default() };
    let existing = database.existing();
    let was_there = database.exists()?
        && apply::abandon(&existing, id, options, project.stop())
            .map_err(runner_engine::Error::from)?;
    match was_there {
        true => Ok(()),
        false => Err(RepairError::Needless { why: why_needless(id) }.into()),
    }
}

pub(super) fn why_needless(id: &MigrationId) -> String {
    format!("there is nothing to take away: `{id}` is not changing a table online")
}
