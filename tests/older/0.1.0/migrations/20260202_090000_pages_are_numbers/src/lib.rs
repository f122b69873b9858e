//! Pages are numbers: the table is made anew, and the loans go on pointing to it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct PagesAreNumbers;

impl Migration for PagesAreNumbers {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.run([
            Operation::alter_column_type("book", "pages", "INTEGER"),
            Operation::set_not_null_filling("book", "pages", "0"),
            Operation::add_check("book", "pages >= 0"),
        ])
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.run([
            Operation::drop_constraint("book", WhichConstraint::check("pages >= 0")),
            Operation::drop_not_null("book", "pages"),
            Operation::alter_column_type_using("book", "pages", "TEXT", "nullif(pages, 0)"),
        ])
    }
}

export_migration!(PagesAreNumbers);
