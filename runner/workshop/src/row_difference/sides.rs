//! The two databases that are compared.

use std::path::{Path, PathBuf};

use runner_engine::ApplicationNames;
use runner_engine::schema_objects::Objects;
use rusqlite::Connection;

/// A database as it was, and as it is. Nobody writes to either while they are compared.
#[derive(Debug, Clone)]
pub(crate) struct Sides {
    pub(crate) before: PathBuf,
    pub(crate) after: PathBuf,
    /// What the schema needs besides what SQLite has.
    pub(crate) application: ApplicationNames,
}

impl Sides {
    /// Opens both, for one thread.
    pub(super) fn open(&self) -> rusqlite::Result<(Connection, Connection)> {
        Ok((open(&self.before, &self.application)?, open(&self.after, &self.application)?))
    }
}

fn open(path: &Path, application: &ApplicationNames) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "query_only", true)?;
    let objects = Objects::read(&connection)?;
    let texts = objects.iter().map(|object| object.sql());
    application.register_substitutes(&connection, texts)?;
    Ok(connection)
}
