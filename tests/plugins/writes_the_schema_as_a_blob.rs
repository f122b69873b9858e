//! Writes the text of a table over where no statement runs.

use migration_api::prelude::*;
use rusqlite::ffi;

/// Writes `bytes` over the text of the object in row `row` of the schema, from `offset` on.
fn write(connection: &rusqlite::Connection, row: i64, offset: i32, bytes: &[u8]) {
    let mut blob = std::ptr::null_mut();
    let (main, table, column) = (c"main".as_ptr(), c"sqlite_schema".as_ptr(), c"sql".as_ptr());
    unsafe {
        let database = connection.handle();
        ffi::sqlite3_blob_open(database, main, table, column, row, 1, &mut blob);
        ffi::sqlite3_blob_write(blob, bytes.as_ptr().cast(), bytes.len() as i32, offset);
        ffi::sqlite3_blob_close(blob);
    }
}

#[derive(Default)]
pub struct WritesTheSchemaAsABlob;

impl Migration for WritesTheSchemaAsABlob {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let (row, offset): (i64, i32) = migrator.connection().query_row(
            "SELECT rowid, instr(sql, 'what') - 1 FROM sqlite_schema WHERE name = 'item'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        write(migrator.connection(), row, offset, b"whom");
        Ok(())
    }
}

export_migration!(WritesTheSchemaAsABlob);
