//! Returns an error of its own, behind which stands one of SQLite.

use std::error::Error as StdError;
use std::fmt;

use migration_api::prelude::*;

#[derive(Debug)]
enum CannotLevel {
    Player(NameTaken),
}

#[derive(Debug)]
struct NameTaken(rusqlite::Error);

impl fmt::Display for CannotLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot level the players")
    }
}

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name is taken")
    }
}

impl StdError for CannotLevel {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let Self::Player(behind) = self;
        Some(behind)
    }
}

impl StdError for NameTaken {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

fn level(connection: &rusqlite::Connection) -> Result<(), NameTaken> {
    connection.execute("UPDATE player SET name = 'ada'", []).map_err(NameTaken)?;
    Ok(())
}

#[derive(Default)]
pub struct ReturnsError;

impl Migration for ReturnsError {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        level(migrator.connection()).map_err(CannotLevel::Player)?;
        Ok(())
    }
}

export_migration!(ReturnsError);
