//! Takes the guard off, commits for real, begins anew, and returns an error.

use migration_api::prelude::*;
use rusqlite::ffi;

/// Takes away the authorizer and the commit hook.
fn remove_the_guard(connection: &rusqlite::Connection) {
    unsafe {
        let database = connection.handle();
        ffi::sqlite3_set_authorizer(database, None, std::ptr::null_mut());
        ffi::sqlite3_commit_hook(database, None, std::ptr::null_mut());
    }
}

#[derive(Default)]
pub struct CommitsAndFails;

impl Migration for CommitsAndFails {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        remove_the_guard(migrator.connection());
        migrator.execute_batch("COMMIT; BEGIN IMMEDIATE; UPDATE player SET score = 0")?;
        Err("so much for that".into())
    }
}

export_migration!(CommitsAndFails);
