//! What a database says of itself at one moment.

use rusqlite::Connection;

use crate::database::{Database, Identity};
use crate::error::Error;
use crate::kept_schema;
use crate::record::{self, Record};
use crate::schema_change::SchemaChange;
use crate::schema_objects::Objects;
use crate::started::{self, Started};

/// What a database says of itself at one moment.
#[derive(Default)]
pub struct Snapshot {
    pub history: Vec<Record>,
    /// The digest of the schema; empty where nothing was ever applied.
    pub schema: String,
    /// In what the schema is another than the history says, as far as that is known.
    pub schema_changes: Vec<SchemaChange>,
    /// What has no transaction and has not finished.
    pub started: Vec<Started>,
    /// Which file it is, if it was looked at by its name.
    pub file: Option<Identity>,
}

impl Snapshot {
    /// Reads all of it, in a transaction of the caller.
    pub fn read(connection: &Connection, database: &Database) -> Result<Self, Error> {
        let history = record::read(connection)?;
        let started = started::read(connection)?;
        if history.is_empty() && started.is_empty() {
            return Ok(Self::default());
        }
        let fail = |error| database.sqlite_error(error);
        let objects = Objects::read(connection).map_err(fail)?;
        let schema = objects.digest();
        let schema_changes = match history.last() {
            Some(newest) if newest.schema_digest != schema => {
                kept_schema::changes(connection, &newest.schema_digest, &objects).map_err(fail)?
            }
            _ => Vec::new(),
        };
        Ok(Self { history, schema, schema_changes, started, file: None })
    }
}
