//! Has a table made anew where there is no room for its rows. SQLite calls it a full disk when a database has as
//! many pages as it may have; the guard would not let a migration say how many.

use std::error::Error as _;

use migration_api::prelude::*;
use migration_api::{OperationError, Refusal};
use rusqlite::ffi;

#[derive(Default)]
pub struct FillsTheDisk;

impl Migration for FillsTheDisk {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let connection = migrator.connection();
        migrator.execute_batch(
            "WITH RECURSIVE n (i) AS (VALUES (4) UNION ALL SELECT i + 1 FROM n WHERE i < 999)
             INSERT INTO player SELECT i, 'player ' || i, i FROM n",
        )?;
        unsafe { ffi::sqlite3_set_authorizer(connection.handle(), None, std::ptr::null_mut()) };
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        connection.pragma_update(None, "max_page_count", pages + 8)?;
        let refused = migrator.alter_column_type_using("player", "score", "TEXT", "score || '!'");
        let Err(error) = refused else { panic!("there was room") };
        let of_operations = error.source().downcast_ref::<OperationError>();
        if let Some(Refusal::NotCopied { table, source }) = of_operations.map(|it| &*it.refusal) {
            migrator.log(format!("`{table}`: {source}: {:?}", source.sqlite_error_code()));
        }
        Err(error)
    }
}

export_migration!(FillsTheDisk);
