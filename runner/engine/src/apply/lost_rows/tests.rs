//! Rows that are lost, and rows that are not, each on a database in a file.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::*;
use crate::apply::committed::Committed;
use crate::apply::guard::Guard;
use crate::stop::Stop;

const GROUND: &str = "
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);
    CREATE TABLE bare (p PRIMARY KEY) WITHOUT ROWID;
    CREATE VIRTUAL TABLE search USING fts5 (word);
    CREATE VIEW children AS SELECT * FROM child;
    CREATE TRIGGER of_view INSTEAD OF DELETE ON children
    BEGIN DELETE FROM child WHERE id = old.id; END;
    INSERT INTO parent VALUES (1), (2), (3);
    INSERT INTO child VALUES (1, 1), (2, 1), (3, 2);
    INSERT INTO bare VALUES (1), (2); INSERT INTO search VALUES ('a'), ('b');";
const CASCADE: &str = "CREATE TRIGGER parent_goes AFTER DELETE ON parent BEGIN
    DELETE FROM child WHERE p = old.id; DELETE FROM bare WHERE p = old.id;
    DELETE FROM search WHERE rowid = old.id; END;";

/// What is lost when a migration does this to a database in a file.
fn lost(triggers: &str, migration: impl FnOnce(&Connection)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(folder.path().join("a.db")).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute_batch(&[GROUND, triggers].concat()).unwrap();
    let objects = Objects::read(&connection).unwrap();
    let witness = Connection::open(folder.path().join("a.db")).unwrap();
    let guard = Guard::default();
    guard.install_on(&mut connection).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    guard.arm();
    migration(&connection);
    let seen = guard.disarm();
    let stop = Stop::default();
    let committed = Committed::outside_of(&connection, &witness, &stop);
    let before = TablesBefore { objects: &objects, committed: &committed, left: &Left::new() };
    let objects = Objects::read(&connection).unwrap();
    let now = TablesNow { objects: &objects, connection: &connection };
    let lost = find(&before, &now, &seen).unwrap();
    lost.iter().map(ToString::to_string).collect()
}

fn sql(sql: &str) -> impl FnOnce(&Connection) {
    move |connection| connection.execute_batch(sql).unwrap()
}

#[test]
fn rows_that_a_trigger_deletes_are_lost_and_a_search_index_is_not() {
    assert_eq!(
        lost(CASCADE, sql("DELETE FROM parent WHERE id = 1")),
        [
            "1 row of `bare`, by the trigger `parent_goes`",
            "2 rows of `child`, by the trigger `parent_goes`"
        ]
    );
}

#[test]
fn rows_that_a_trigger_deletes_without_a_condition_are_lost() {
    let empties = "CREATE TRIGGER parent_changes AFTER UPDATE ON parent BEGIN
        DELETE FROM child; END;";
    assert_eq!(
        lost(empties, sql("UPDATE parent SET id = 7 WHERE id = 3")),
        ["3 rows of `child`, by the trigger `parent_changes`"]
    );
}

#[test]
fn rows_of_a_table_that_is_put_away_under_another_name_are_not_lost() {
    let archive = "ALTER TABLE child RENAME TO child_2025;
        CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent ON DELETE CASCADE);";
    assert!(lost("", sql(archive)).is_empty());
    let dropped = format!("{archive} DROP TABLE child_2025;");
    assert_eq!(
        lost("", sql(&dropped)),
        ["3 rows of `child`, which had 3 and was made anew with 0"]
    );
    let page_used_again = "DROP TABLE child; CREATE TABLE other (a); CREATE TABLE child (id, p);
        INSERT INTO other VALUES (1), (2), (3);";
    assert_eq!(
        lost("", sql(page_used_again)),
        ["3 rows of `child`, which had 3 and was made anew with 0"]
    );
}

#[test]
fn rows_that_the_migration_deletes_are_not_lost() {
    let all = "DELETE FROM child; DELETE FROM bare; DELETE FROM parent;";
    assert!(lost(CASCADE, sql(all)).is_empty());
    assert!(lost("", sql("DELETE FROM children WHERE p = 1")).is_empty());
}

#[test]
fn a_trigger_that_deletes_nothing_loses_nothing() {
    assert!(lost(CASCADE, sql("DELETE FROM parent WHERE id = 3")).is_empty());
}

#[test]
fn rows_that_are_back_are_not_lost() {
    let undone = "SAVEPOINT s; DELETE FROM parent; ROLLBACK TO s; RELEASE s";
    assert!(lost(CASCADE, sql(undone)).is_empty());
    let replaced = "DELETE FROM parent WHERE id = 1; INSERT INTO child VALUES (8, 1), (9, 1);
        INSERT INTO bare VALUES (1)";
    assert!(lost(CASCADE, sql(replaced)).is_empty());
}

#[test]
fn a_new_table_has_no_rows_to_lose() {
    let new = "CREATE TABLE tag (p PRIMARY KEY) WITHOUT ROWID; INSERT INTO tag VALUES (1), (2);
        CREATE TRIGGER untag AFTER DELETE ON parent BEGIN DELETE FROM tag WHERE p = old.id; END;
        DELETE FROM parent WHERE id = 2;";
    assert!(lost("", sql(new)).is_empty());
}

#[test]
fn rows_of_a_table_that_is_renamed_are_missed_too() {
    let renamed = "DELETE FROM parent WHERE id = 1; INSERT INTO bare VALUES (1);
        ALTER TABLE child RENAME TO kid";
    assert_eq!(lost(CASCADE, sql(renamed)), ["2 rows of `child`, by the trigger `parent_goes`"]);
}

/// Table `child` made anew, with the rows that this query gives.
fn anew(rows: &str) -> [String; 3] {
    let new = "CREATE TABLE new (id INTEGER PRIMARY KEY, p REFERENCES parent);";
    let away = "ALTER TABLE child RENAME TO child_old";
    let made = new.replace("new", "child");
    let from_away = rows.replace("child", "child_old");
    [
        format!("{new} INSERT INTO new {rows}; DROP TABLE child; ALTER TABLE new RENAME TO child"),
        format!("{away}; {made} INSERT INTO child {from_away}; DROP TABLE child_old"),
        format!(
            "{new} INSERT INTO new {rows}; {away}; ALTER TABLE new RENAME TO child; \
             DROP TABLE child_old"
        ),
    ]
}

#[test]
fn rows_that_a_table_was_made_anew_without_are_lost() {
    for sql_of in anew("SELECT id, p FROM child WHERE p = 1") {
        let told = ["1 row of `child`, which had 3 and was made anew with 2"];
        assert_eq!(lost("DROP VIEW children;", sql(&sql_of)), told, "{sql_of}");
    }
    for sql_of in anew("SELECT id, p FROM child") {
        assert!(lost("DROP VIEW children;", sql(&sql_of)).is_empty(), "{sql_of}");
    }
    let emptied = "DROP TABLE bare; CREATE TABLE bare (p PRIMARY KEY) WITHOUT ROWID";
    assert_eq!(lost("", sql(emptied)), ["2 rows of `bare`, which had 2 and was made anew with 0"]);
}

#[test]
fn rows_that_the_migration_deletes_on_the_way_are_not_lost() {
    let delete = "DELETE FROM child WHERE p = 2;";
    for rest in anew("SELECT id, p FROM child") {
        assert!(lost("DROP VIEW children;", sql(&format!("{delete} {rest}"))).is_empty());
    }
    let new = "CREATE TABLE new (id INTEGER PRIMARY KEY, p);
        INSERT INTO new SELECT id, p FROM child; DELETE FROM new WHERE p = 2;
        DROP TABLE child; ALTER TABLE new RENAME TO child";
    assert!(lost("DROP VIEW children;", sql(new)).is_empty());
}

#[test]
fn tables_that_change_and_stay_are_not_counted() {
    let changes = "ALTER TABLE child ADD COLUMN note; CREATE TABLE more (a);
        CREATE TABLE IF NOT EXISTS child (a); INSERT INTO child VALUES (9, 1, 'x');";
    assert!(lost("", sql(changes)).is_empty());
    assert!(lost("", sql("DROP TABLE bare; DROP TABLE search;")).is_empty());
}

#[test]
fn on_delete_cascade_is_seen_however_short_foreign_keys_are_on() {
    let told = lost("", |connection| {
        let enforce = |on| {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, on).unwrap();
        };
        enforce(true);
        connection.execute_batch("DELETE FROM parent WHERE id = 1").unwrap();
        enforce(false);
    });
    assert_eq!(
        told,
        [
            "1 row of `parent`, while foreign keys were enforced",
            "2 rows of `child`, while foreign keys were enforced"
        ]
    );
}
