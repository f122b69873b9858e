//! The schema of a database, without the runner's own tables.

use migration_api::schema::Schema;
use migration_api::schema::normal::Normal;
use rusqlite::Connection;

use super::SchemaError;
use runner_engine::{checkpoint, record};

/// What the main schema of `connection` means, which `of` names in errors.
///
/// # Errors
/// SQLite's; a text that is not understood.
pub(crate) fn normal(connection: &Connection, of: &str) -> Result<Normal, SchemaError> {
    let mut schema = Schema::read(connection)
        .map_err(|source| SchemaError::Unread { of: of.to_owned(), source })?;
    schema.tables.retain(|table| !record::is_history(&table.name));
    let own = checkpoint::own_names(connection)
        .map_err(|source| SchemaError::Unread { of: of.to_owned(), source: source.into() })?;
    schema.triggers.retain(|trigger| !own.contains(&trigger.name));
    Ok(schema.normal())
}
