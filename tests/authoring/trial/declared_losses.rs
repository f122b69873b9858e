//! What is lost by name is told; what is lost otherwise fails.

use insta::assert_snapshot;

use super::ground::items;

#[test]
fn rows_and_values_that_go_without_a_word_for_it_fail() {
    let sandbox = items();
    sandbox.sql_migration("cleans_up", "UPDATE item SET name = trim(name)", "SELECT 1");
    sandbox.sql_migration("clears_out", "DELETE FROM tag WHERE word = ''", "SELECT 1");
    sandbox.sql_migration(
        "leaves_rows_out",
        "CREATE TABLE new (item INTEGER NOT NULL REFERENCES item, word TEXT NOT NULL COLLATE NOCASE,
         PRIMARY KEY (item) ON CONFLICT IGNORE);
         INSERT INTO new SELECT * FROM tag; DROP TABLE tag; ALTER TABLE new RENAME TO tag;",
        "CREATE TABLE new (item INTEGER NOT NULL REFERENCES item, word TEXT NOT NULL,
         PRIMARY KEY (item, word)) WITHOUT ROWID;
         INSERT INTO new SELECT * FROM tag; DROP TABLE tag; ALTER TABLE new RENAME TO tag;",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
    assert_snapshot!(sandbox.run(&["test", "clears_out", "--json"]).shown());
}

#[test]
fn a_column_that_a_new_table_forgets_fails_and_one_that_is_dropped_by_name_does_not() {
    let sandbox = items();
    let anew = |columns: &str, copied: &str| {
        format!(
            "DROP INDEX item_name; CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, {columns});
             INSERT INTO new ({copied}) SELECT {copied} FROM item; DROP TABLE item;
             ALTER TABLE new RENAME TO item; CREATE INDEX item_name ON item (name);"
        )
    };
    let all = "price REAL, note TEXT, level INTEGER";
    sandbox.sql_migration(
        "forgets_a_column",
        &anew("price REAL, level INTEGER", "id, name, price, level"),
        &anew(all, "id, name, price, level"),
    );
    sandbox.sql_migration(
        "drops_it_first",
        &format!("ALTER TABLE item DROP COLUMN level; {}", anew("price REAL", "id, name, price")),
        &anew("price REAL, level INTEGER", "id, name, price"),
    );
    sandbox.sql_migration(
        "renames_and_changes",
        "ALTER TABLE item RENAME COLUMN price TO cost; UPDATE item SET cost = 0",
        "ALTER TABLE item RENAME COLUMN cost TO price",
    );
    sandbox.sql_migration(
        "drops_under_another_name",
        "ALTER TABLE item RENAME COLUMN cost TO worth; ALTER TABLE item DROP COLUMN worth",
        "ALTER TABLE item ADD COLUMN cost REAL",
    );
    sandbox.sql_migration(
        "renames_the_table_and_changes",
        "ALTER TABLE tag RENAME TO word; UPDATE word SET word = 'x' || word",
        "ALTER TABLE word RENAME TO tag",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn what_operations_drop_is_lost_by_name_however_they_do_it() {
    let sandbox = items();
    sandbox.migration("drops_by_operation", DROPS);
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

/// The first column goes in place, the second with a rebuild.
const DROPS: &str = "use migration_api::prelude::*;
#[derive(Default)]
pub struct Drops;
impl Migration for Drops {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column(\"item\", \"note\")?;
        migrator.run([
            Operation::rename_table(\"item\", \"ITEM\"),
            Operation::drop_column(\"item\", \"level\"),
            Operation::alter_column_type(\"item\", \"price\", \"NUMERIC\"),
        ])?;
        migrator.drop_table(\"tag\")
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(\"CREATE TABLE tag (item INTEGER NOT NULL REFERENCES item, word TEXT NOT NULL,
            PRIMARY KEY (item, word)) WITHOUT ROWID\")?;
        migrator.run([
            Operation::alter_column_type(\"item\", \"price\", \"REAL\"),
            Operation::rename_table(\"ITEM\", \"item\"),
            Operation::add_column(\"item\", Column::text(\"note\")),
            Operation::add_column(\"item\", Column::integer(\"level\")),
        ])
    }
}
export_migration!(Drops);
";
