//! Renames a table: with all that refers to it, or alone.

use std::collections::BTreeSet;

use crate::operation::Operation;
use crate::perform::alter::statistics;
use crate::perform::alter::tables::require_no_content;
use crate::perform::connection_settings::{AS_WRITTEN, Configured, EVERYWHERE};
use crate::perform::session::{Result, Session, find_table, require_free};
use crate::schema::Schema;
use crate::schema::name::{quote, same};

impl Session<'_> {
    /// Renames a table; references, views and triggers follow.
    pub(in crate::perform) fn rename_table(&mut self, name: &str, to: &str) -> Result {
        let schema = self.schema()?;
        let own = own_name(&schema, name)?;
        require_free(&schema, to, Some(&own))?;
        if own == to {
            return Ok(());
        }
        let _everywhere = Configured::new(self.connection, &EVERYWHERE)?;
        let mut from = own.clone();
        if same(&own, to) {
            // SQLite takes a change of case for a name that is taken.
            from = self.free_name()?;
            self.run(&format!("ALTER TABLE main.{} RENAME TO {from}", quote(&own)))?;
        }
        self.run(&format!("ALTER TABLE main.{} RENAME TO {}", quote(&from), quote(to)))?;
        self.follow_rename(&own, to)
    }

    /// Renames a table; what refers to it still names its old name.
    ///
    /// SQLite leaves references alone with `legacy_alter_table` on and foreign keys not enforced
    /// (<https://sqlite.org/lang_altertable.html#altertabrename>).
    pub(in crate::perform) fn rename_table_only(&mut self, name: &str, to: &str) -> Result {
        let schema = self.schema()?;
        let own = own_name(&schema, name)?;
        require_free(&schema, to, None)?;
        self.require_unenforced()?;
        if let Some(table) = schema.table(&own) {
            // Its own CHECKs and indexes mean its own columns, whatever it is called.
            self.unqualify(table)?;
            self.unqualify_indexes(table)?;
        }
        {
            let _legacy = Configured::new(self.connection, &AS_WRITTEN)?;
            self.run(&format!("ALTER TABLE main.{} RENAME TO {}", quote(&own), quote(to)))?;
        }
        self.follow_rename(&own, to)
    }

    fn follow_rename(&mut self, from: &str, to: &str) -> Result {
        statistics::rename_table(self.connection, from, to)?;
        if let Some(moved) = self.moved_as_mut(from) {
            to.clone_into(&mut moved.table);
        }
        Ok(())
    }
}

/// The name of a table or virtual table as the database spells it.
fn own_name(schema: &Schema, name: &str) -> Result<String> {
    if let Some(table) = schema.virtual_table(name) {
        return Ok(table.name.clone());
    }
    let table = find_table(schema, name)?;
    require_no_content(schema, &table.name, None)?;
    Ok(table.name.clone())
}

/// Names, in lower case, that [`Operation::RenameTable`] took from tables alone and that nothing has in
/// `schema`: what refers to them waits for a table that is still to be made.
pub(in crate::perform) fn vacated(operations: &[Operation], schema: &Schema) -> BTreeSet<String> {
    operations
        .iter()
        .filter_map(|operation| match operation {
            Operation::RenameTable { table, only: true, .. } => Some(table.to_ascii_lowercase()),
            _ => None,
        })
        .filter(|name| {
            schema.table(name).is_none()
                && schema.view(name).is_none()
                && schema.virtual_table(name).is_none()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::{Column, Operation, Table};
    use migration_api::Migrator;

    const SETUP: &str = "PRAGMA foreign_keys = ON;
         CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT CHECK (parent.name <> ''),
           up REFERENCES parent (id));
         CREATE INDEX by_name ON parent (name) WHERE parent.name > 'a';
         CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL
           REFERENCES parent (id) ON DELETE CASCADE);
         CREATE TABLE log (x);
         CREATE VIEW names AS SELECT name FROM parent;
         CREATE VIEW short_names AS SELECT name FROM names WHERE length(name) < 4;
         CREATE TRIGGER seen AFTER INSERT ON child BEGIN
           INSERT INTO log SELECT name FROM parent WHERE id = new.parent_id; END;
         INSERT INTO parent VALUES (1, 'ann', NULL), (2, 'bob', 1); INSERT INTO child VALUES (1, 2);";

    fn open() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SETUP).unwrap();
        connection
    }

    fn new_parent() -> Table {
        Table::new("parent")
            .column(Column::integer("id").primary_key())
            .column(Column::text("name").not_null().default(""))
    }

    const COPY: &str = "INSERT INTO parent (id, name) SELECT id, name FROM parent_old";

    fn assert_made_anew(connection: &Connection) {
        let ask = |sql| -> String { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        let points = "SELECT \"table\" FROM pragma_foreign_key_list('child')";
        assert_eq!(ask(points), "parent");
        assert_eq!(ask("SELECT group_concat(name) FROM short_names"), "ann,bob");
        connection.execute_batch("INSERT INTO child (parent_id) VALUES (1)").unwrap();
        assert_eq!(ask("SELECT group_concat(x) FROM log"), "bob,ann");
        connection.execute_batch("INSERT INTO child (parent_id) VALUES (3)").unwrap_err();
        connection.execute_batch("DELETE FROM parent WHERE id = 2").unwrap();
        assert_eq!(ask("SELECT count(*) || '' FROM child"), "1");
    }

    #[test]
    fn a_table_renamed_alone_leaves_its_name_to_another_and_all_that_refers_to_it() {
        let connection = open();
        let operations = [
            Operation::rename_table_only("Parent", "parent_old"),
            Operation::create_table(new_parent()),
            Operation::execute(COPY),
            Operation::drop_table("parent_old"),
        ];
        Migrator::new(&connection).run(operations).unwrap();
        assert_made_anew(&connection);
    }

    #[test]
    fn the_steps_may_be_taken_one_by_one() {
        let connection = open();
        let mut migrator = Migrator::new(&connection);
        migrator.rename_table_only("parent", "parent_old").unwrap();
        migrator.create_table(new_parent()).unwrap();
        migrator.execute(COPY, []).unwrap();
        migrator.drop_table("parent_old").unwrap();
        assert_made_anew(&connection);
    }

    #[test]
    fn the_renamed_table_keeps_its_rows_checks_and_indexes() {
        let connection = open();
        Migrator::new(&connection).rename_table_only("parent", "parent_old").unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        connection.execute_batch("INSERT INTO parent_old VALUES (3, '', NULL)").unwrap_err();
        connection.execute_batch("INSERT INTO parent_old VALUES (3, 'cal', NULL)").unwrap();
        let rows: i64 = connection
            .query_row(
                "SELECT count(*) FROM parent_old INDEXED BY by_name WHERE name > 'a'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(rows, 3);
    }

    #[test]
    fn what_does_not_fit_the_table_that_takes_the_name_is_refused() {
        let mut without_name = new_parent();
        without_name.columns.truncate(1);
        let connection = open();
        let operations = [
            Operation::rename_table_only("parent", "parent_old"),
            Operation::create_table(without_name),
        ];
        let error = Migrator::new(&connection).run(operations).unwrap_err();
        let refusal = error.source().source().unwrap().to_string();
        assert_eq!(refusal, "view `names` would no longer work: change it first");
    }

    #[test]
    fn rows_without_a_parent_are_told_once_the_name_is_taken() {
        let connection = open();
        let operations = [
            Operation::rename_table_only("parent", "parent_old"),
            Operation::create_table(new_parent()),
            Operation::drop_table("parent_old"),
        ];
        let error = Migrator::new(&connection).run(operations).unwrap_err();
        let refusal = error.source().source().unwrap().to_string();
        assert!(refusal.contains("row 1 of `child` points to a row that `parent`"), "{refusal}");
    }
}
