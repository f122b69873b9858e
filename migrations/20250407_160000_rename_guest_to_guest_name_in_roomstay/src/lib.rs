//! Rename guest to guest name in roomstay: it never held anything else.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RenameGuestToGuestNameInRoomstay;

impl Migration for RenameGuestToGuestNameInRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.rename_column("roomstay", "guest", "guest_name")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.rename_column("roomstay", "guest_name", "guest")
    }
}

export_migration!(RenameGuestToGuestNameInRoomstay);
