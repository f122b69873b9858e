//! Takes the guard off, rolls back, and begins anew as if nothing had been, with the whole file locked.

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
pub struct HidesItsRollback;

impl Migration for HidesItsRollback {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        remove_the_guard(migrator.connection());
        migrator.execute_batch(
            "ROLLBACK; BEGIN EXCLUSIVE; SAVEPOINT runner_0; UPDATE player SET score = 0",
        )
    }
}

export_migration!(HidesItsRollback);
