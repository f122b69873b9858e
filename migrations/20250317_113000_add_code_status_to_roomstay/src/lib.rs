//! Add code status to roomstay: what became of the access code; nothing for a stay without one.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddCodeStatusToRoomstay;

impl Migration for AddCodeStatusToRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("roomstay", Column::text("code_status"))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("roomstay", "code_status")
    }
}

export_migration!(AddCodeStatusToRoomstay);
