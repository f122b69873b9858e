//! Create roomstay: the players' hotel opens.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CreateRoomstay;

impl Migration for CreateRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.create_table(
            Table::new("roomstay")
                .column(Column::integer("id").primary_key().autoincrement())
                .column(
                    Column::integer("player_id")
                        .references("player", "id")
                        .on_delete(Action::SetNull),
                )
                .column(Column::text("guest").not_null())
                .column(Column::text("room").not_null())
                .column(Column::text("arrives_on").not_null())
                .column(Column::text("leaves_on").not_null())
                .column(Column::text("seam_access_code_id"))
                .check("leaves_on > arrives_on"),
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_table("roomstay")
    }
}

export_migration!(CreateRoomstay);
