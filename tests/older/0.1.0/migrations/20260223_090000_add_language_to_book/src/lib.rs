//! Add language to book. Who knows nothing of languages can go on with this database.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddLanguageToBook;

impl Migration for AddLanguageToBook {
    const USABLE_SINCE: Option<&'static str> = Some("20260216_090000_one_form_of_dates");

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("book", Column::text("language").not_null().default("en"))?;
        migrator.rename_column("book", "note", "remark")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.rename_column("book", "remark", "note")?;
        migrator.drop_column("book", "language")
    }
}

export_migration!(AddLanguageToBook);
