//! What the migrations under test begin with.

use crate::sandbox::Sandbox;

pub(crate) const ITEMS: &str = "
    CREATE TABLE item (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, note TEXT, level INTEGER);
    CREATE INDEX item_name ON item (name);
    CREATE TABLE tag (item INTEGER NOT NULL REFERENCES item, word TEXT NOT NULL,
      PRIMARY KEY (item, word)) WITHOUT ROWID;";

/// A project whose first migration makes tables.
pub(crate) fn items() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("items", ITEMS, "DROP TABLE tag; DROP TABLE item");
    sandbox
}
