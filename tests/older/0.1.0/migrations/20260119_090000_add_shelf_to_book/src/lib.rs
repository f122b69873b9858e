//! Add shelf to book, and find the books of a shelf.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddShelfToBook;

impl Migration for AddShelfToBook {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("book", Column::text("shelf").not_null().default("new"))?;
        migrator.add_column("book", Column::text("note"))?;
        migrator.add_index("book", ["shelf", "title"])
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_index("book_shelf_title")?;
        migrator
            .run([Operation::drop_column("book", "note"), Operation::drop_column("book", "shelf")])
    }
}

export_migration!(AddShelfToBook);
