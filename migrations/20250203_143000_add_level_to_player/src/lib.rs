//! Add level to player, computed from the experience by the rule of the game, row by row.

use migration_api::prelude::*;
use rusqlite::params;

#[derive(Default)]
pub struct AddLevelToPlayer;

impl Migration for AddLevelToPlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("player", Column::integer("level").not_null().default(1))?;

        let connection = migrator.connection();
        let mut read = connection.prepare("SELECT id, ifnull(experience, 0) FROM player")?;
        let mut write = connection.prepare("UPDATE player SET level = ?2 WHERE id = ?1")?;
        let mut rows = read.query([])?;
        let mut players = 0;
        while let Some(row) = rows.next()? {
            let (id, experience): (i64, i64) = (row.get(0)?, row.get(1)?);
            players += write.execute(params![id, level(experience)])?;
        }
        migrator.log(format_args!("{players} players have a level"));
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("player", "level")
    }
}

/// Each level needs a hundred points more than the one before it.
fn level(experience: i64) -> i64 {
    let mut level = 1;
    let mut left = experience;
    while left >= level * 100 {
        left -= level * 100;
        level += 1;
    }
    level
}

export_migration!(AddLevelToPlayer);
