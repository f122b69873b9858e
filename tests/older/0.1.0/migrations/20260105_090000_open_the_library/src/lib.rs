//! Open the library: books, readers, and who has what.

use migration_api::prelude::*;

#[derive(Default)]
pub struct OpenTheLibrary;

impl Migration for OpenTheLibrary {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.create_table(
            Table::new("reader")
                .column(Column::integer("id").primary_key())
                .column(Column::text("name").not_null().unique().collate("NOCASE"))
                .column(Column::text("fax")),
        )?;
        migrator.create_table(
            Table::new("book")
                .column(Column::integer("id").primary_key())
                .column(Column::text("title").not_null())
                .column(Column::text("printed"))
                .column(Column::text("pages")),
        )?;
        migrator.create_table(
            Table::new("loan")
                .column(Column::integer("id").primary_key().autoincrement())
                .column(Column::integer("book").not_null().references("book", "id"))
                .column(
                    Column::integer("reader").references("reader", "id").on_delete(Action::SetNull),
                )
                .column(Column::text("due_on").not_null()),
        )?;
        migrator.execute_batch(
            "INSERT INTO reader (name, fax) VALUES ('Ada', '555-1'), ('Grace', NULL);
             INSERT INTO book (title, printed, pages) VALUES
               ('Notes', 'in 1843', '66'), ('Manual of Operation', '1946 (Harvard)', '561'),
               ('Of a third hand', NULL, NULL);
             INSERT INTO loan (book, reader, due_on) VALUES
               (1, 2, '2026-01-19'), (2, 1, '2.2.2026'), (3, NULL, '2026-03-01');
             DELETE FROM loan WHERE id = 3;",
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        for table in ["loan", "book", "reader"] {
            migrator.drop_table(table)?;
        }
        Ok(())
    }
}

export_migration!(OpenTheLibrary);
