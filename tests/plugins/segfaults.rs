//! Writes where no memory is.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Segfaults;

impl Migration for Segfaults {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        // Not null: a debug build checks for that, and aborts instead.
        let nowhere = std::hint::black_box(64) as *mut u32;
        unsafe { *nowhere = 1 };
        Ok(())
    }
}

export_migration!(Segfaults);
