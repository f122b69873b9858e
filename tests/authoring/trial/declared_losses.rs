//! What is lost and declared is told; what is lost otherwise fails.

use insta::assert_snapshot;

use super::ground::items;
use crate::sandbox::Sandbox;

const NOTE: (&str, &str) =
    ("ALTER TABLE item DROP COLUMN note", "ALTER TABLE item ADD COLUMN note TEXT");

/// Migrations up to `last` need not declare anything.
pub(super) fn exempt(sandbox: &Sandbox, last: &str) {
    let text = format!("database = \"app.db\"\ncheck_losses_after = \"{last}\"\n");
    sandbox.write("runner.toml", &text);
}

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
fn what_is_declared_may_be_lost_and_what_is_declared_and_not_lost_is_noted() {
    let sandbox = items();
    let (forward, backward) = NOTE;
    sandbox.lossy_migration("drops_as_declared", &["ITEM.Note"], forward, backward);
    let clean = "UPDATE item SET name = trim(name)";
    sandbox.lossy_migration("cleans_as_declared", &["item.name"], clean, "SELECT 1");
    let clear = "DELETE FROM tag WHERE word = ''";
    sandbox.lossy_migration("clears_as_declared", &["tag"], clear, "SELECT 1");
    let keys = "UPDATE tag SET word = 'x' || word";
    sandbox.lossy_migration("gives_new_keys_as_declared", &["tag"], keys, "SELECT 1");
    let all = &["item.level", "item.price", "item.none"];
    let level = "ALTER TABLE item DROP COLUMN level";
    sandbox.lossy_migration("declares_too_much", all, level, "ALTER TABLE item ADD level INTEGER");
    sandbox.lossy_migration(
        "declares_too_little",
        &["item", "tag"],
        "DELETE FROM tag; ALTER TABLE item DROP COLUMN price",
        "ALTER TABLE item ADD price REAL",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
    assert_snapshot!(sandbox.run(&["test", "declares_too_much", "--json"]).shown());
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
    let last = sandbox.sql_migration(
        "renames_the_table_and_changes",
        "ALTER TABLE tag RENAME TO word; UPDATE word SET word = 'x' || word",
        "ALTER TABLE word RENAME TO tag",
    );
    sandbox.sql_migration(
        "must_declare",
        "DROP TABLE word",
        "CREATE TABLE word (item INTEGER NOT NULL REFERENCES item, word TEXT NOT NULL, \
         PRIMARY KEY (item, word)) WITHOUT ROWID",
    );
    exempt(&sandbox, &last);
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn the_last_migration_that_need_not_declare_is_one_that_there_is() {
    let sandbox = items();
    exempt(&sandbox, "20240101_000000_itemz");
    assert_snapshot!(sandbox.untouched(&["test"]).shown());
    exempt(&sandbox, "items");
    assert_snapshot!(sandbox.untouched(&["test"]).shown());
}

#[test]
fn what_operations_drop_is_lost_by_name_however_they_do_it() {
    let sandbox = items();
    sandbox.migration("drops_by_operation", &DROPS.replace("LOSES", ""));
    assert_snapshot!(sandbox.run(&["test"]).shown());
    let sandbox = items();
    let loses = "const LOSES: &[&str] = &[\"item.level\", \"item.note\", \"tag\"];";
    sandbox.migration("drops_by_declared_operation", &DROPS.replace("LOSES", loses));
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

/// The first column goes in place, the second with a rebuild.
const DROPS: &str = "use migration_api::prelude::*;
#[derive(Default)]
pub struct Drops;
impl Migration for Drops {
    LOSES
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

/// A migration without a way back, that says what follows.
fn one_way(says: &str, forward: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct OneWay;\n\
         impl Migration for OneWay {{\n    {says}\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{ \
         migrator.execute_batch({forward:?}) }}\n}}\nexport_migration!(OneWay);\n"
    )
}

#[test]
fn what_has_no_way_back_says_so_and_what_it_takes_away() {
    let sandbox = items();
    let says = "const REVERSIBLE: bool = false; const LOSES: &[&str] = &[\"item.price\", \"tag\"];";
    let forward = "DELETE FROM tag; ALTER TABLE item RENAME TO thing;
                   ALTER TABLE thing RENAME COLUMN price TO cost; UPDATE thing SET cost = 0;
                   ALTER TABLE thing RENAME COLUMN note TO remark";
    sandbox.migration("one_way_as_declared", &one_way(says, forward));
    let split = "CREATE TABLE title (thing INTEGER, name TEXT); DROP INDEX item_name;
                 INSERT INTO title SELECT id, name FROM thing; ALTER TABLE thing DROP COLUMN name";
    sandbox.migration("one_way_that_moves", &one_way("const REVERSIBLE: bool = false;", split));
    sandbox.migration("one_way_and_silent", &one_way("", "CREATE TABLE more (a)"));
    assert_snapshot!(sandbox.run(&["test"]).shown());
    assert_snapshot!(sandbox.run(&["test", "one_way_as_declared", "--json"]).shown());
}
