//! A schema is drawn as a diagram that can be read.

mod any_schema;
mod hotel;
mod properties;
mod small;

use migration_api::schema::Schema;
use rusqlite::Connection;

/// The schema that these statements make.
fn schema(sql: &str) -> Schema {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    Schema::read(&connection).unwrap()
}
