//! Add index to roomstay: the door asks for a stay by its access code.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddIndexToRoomstay;

impl Migration for AddIndexToRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_index("roomstay", ["seam_access_code_id"])
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_index("roomstay_seam_access_code_id")
    }
}

export_migration!(AddIndexToRoomstay);
