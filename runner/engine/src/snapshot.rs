//! What a database says of itself at one moment.

use rusqlite::Connection;

use crate::database::{Database, Identity};
use crate::error::Error;
use crate::objects::Objects;
use crate::record::{self, Record};
use crate::started::{self, Started};

/// What a database says of itself at one moment.
#[derive(Default)]
pub(crate) struct Standing {
    pub(crate) history: Vec<Record>,
    /// The digest of the schema; empty where nothing was ever applied.
    pub(crate) schema: String,
    /// What has no transaction and has not finished.
    pub(crate) started: Vec<Started>,
    /// Which file it is, if it was looked at by its name.
    pub(crate) file: Option<Identity>,
}

impl Standing {
    /// Reads all of it, in a transaction of the caller.
    pub(crate) fn read(connection: &Connection, database: &Database) -> Result<Self, Error> {
        let history = record::read(connection)?;
        let started = started::read(connection)?;
        if history.is_empty() && started.is_empty() {
            return Ok(Self::default());
        }
        let objects = Objects::read(connection).map_err(|error| database.sqlite_error(error))?;
        Ok(Self { history, schema: objects.digest(), started, file: None })
    }
}
