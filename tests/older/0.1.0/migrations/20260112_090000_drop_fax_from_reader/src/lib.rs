//! Drop fax from reader: nobody has one, and nobody knows the numbers afterwards.

use migration_api::prelude::*;

#[derive(Default)]
pub struct DropFaxFromReader;

impl Migration for DropFaxFromReader {
    const REVERSIBLE: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("reader", "fax")
    }
}

export_migration!(DropFaxFromReader);
