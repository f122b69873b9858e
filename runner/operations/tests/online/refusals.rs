//! What cannot be right while others write is refused before anything is made, or before the swap.

use runner_operations::operation::{Column, Index, Operation, PrimaryKey, Table, TableOptions};
use runner_operations::perform::online::{Online, Phase};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::world::{World, reason};

#[test]
fn rows_that_do_not_fit_stop_it_before_the_swap_and_the_application_never_sees_it() {
    let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT);
         INSERT INTO t VALUES (1, 'x', 'one'), (2, 'y', 'two'), (3, 'z', 'three')";
    for (operations, write, expected) in [
        (
            vec![Operation::set_not_null("t", "a")],
            "UPDATE t SET a = NULL WHERE id = 2",
            "NOT NULL is broken by 1 of the rows of `t`, where `a` is NULL (row 2): fill them first, or say \
             with what to fill them",
        ),
        (
            vec![Operation::add_unique("t", runner_operations::operation::Unique::new(["a"]))],
            "UPDATE t SET a = 'x' WHERE id = 3",
            "2 rows of `t` do not fit into its new shape (row 1, `a` is 'x'; row 3, `a` is 'x'): change the \
             rows first, or say what they become",
        ),
        (
            vec![Operation::add_check(
                "t",
                runner_operations::operation::Check::new("length(b) < 9"),
            )],
            "INSERT INTO t VALUES (4, 'w', 'much too long')",
            "a row of `t` does not fit into its new shape (row 4): change the rows first, or say what they become",
        ),
        (
            vec![
                Operation::alter_column_type("t", "a", "INT"),
                Operation::alter_column_type("t", "b", "TEXT"),
                Operation::set_table_options("t", TableOptions::new().strict(true)),
            ],
            "SELECT 1",
            "a row of `t` does not fit into its new shape (row 1, `a` is 'x'): change the rows first, or say \
             what they become",
        ),
    ] {
        let world = World::new(setup);
        let mut online = world.begin(&operations).unwrap();
        if write != "SELECT 1" {
            world.until(&mut online, Phase::Replaying, 2);
        }
        world.write(write);
        let error = world.advance(&mut online, 10).unwrap_err();
        assert_eq!(reason(&error), expected);
        // What is committed is what was there, and it can go on when the row is changed.
        world.write("DELETE FROM t");
        world.finish(&mut online);
    }
}

/// Why `operations` are refused on a database of `setup`, which is as it was then.
fn refused(setup: &str, operations: &[Operation]) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).unwrap();
    connection.execute_batch(setup).unwrap();
    let before = crate::world::schema(&connection);
    let error = Online::begin(&connection, operations).unwrap_err();
    assert_eq!(crate::world::schema(&connection), before);
    assert!(connection.is_autocommit());
    reason(&error)
}

#[test]
fn what_has_no_usable_key_is_refused() {
    for (table, operation) in [
        ("(rowid, oid, _rowid_)", Operation::alter_column_type("t", "oid", "TEXT")),
        ("(id INTEGER PRIMARY KEY, a)", Operation::alter_column_type("t", "id", "TEXT")),
        ("(id INTEGER PRIMARY KEY, a)", Operation::set_primary_key("t", PrimaryKey::new(["a"]))),
        ("(k PRIMARY KEY, a) WITHOUT ROWID", Operation::set_collate("t", "k", "NOCASE")),
    ] {
        let refusal = refused(&format!("CREATE TABLE t {table}"), std::slice::from_ref(&operation));
        assert!(
            refusal.contains("have no key by which they can be followed"),
            "{operation}: {refusal}"
        );
    }
}

#[test]
fn values_that_are_not_the_same_twice_are_refused() {
    let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b NOT NULL DEFAULT (random()) UNIQUE)";
    let plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)";
    let backfill = |text: &str| Operation::add_column("t", Column::text("c").backfill(text));
    let stamped = Column::text("c").default_sql("CURRENT_TIMESTAMP");
    for (setup, operation, text) in [
        (plain, backfill("random()"), "random()"),
        (plain, backfill("datetime('now')"), "datetime('now')"),
        (
            plain,
            backfill("CASE WHEN a > 1 THEN date('NOW') END"),
            "CASE WHEN a > 1 THEN date('NOW') END",
        ),
        (plain, backfill("iif(a, unixepoch(), 1)"), "iif(a, unixepoch(), 1)"),
        (plain, backfill("changes()"), "changes()"),
        (plain, Operation::add_column("t", stamped), "CURRENT_TIMESTAMP"),
        (
            plain,
            Operation::alter_column_type_using("t", "a", "TEXT", "hex(randomblob(3))"),
            "hex(randomblob(3))",
        ),
        (setup, Operation::alter_column_type("t", "a", "TEXT"), "(random())"),
    ] {
        let refusal = refused(setup, std::slice::from_ref(&operation));
        let expected = format!(
            "`t` cannot be changed while others write: `{text}` may not be the same twice: "
        );
        assert!(refusal.starts_with(&expected), "{operation}: {refusal}");
    }
    // These are.
    for text in ["a || b", "strftime('%Y', a)", "5", "'now and then'", "upper(a) || id"] {
        let connection = Connection::open_in_memory().unwrap();
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).unwrap();
        connection.execute_batch(plain).unwrap();
        Online::begin(&connection, &[backfill(text)]).unwrap();
    }
}

#[test]
fn more_than_the_shape_of_one_table_is_refused() {
    let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE u (id INTEGER PRIMARY KEY, a);
         CREATE INDEX of_u ON u (a); CREATE VIRTUAL TABLE f USING fts5 (a); CREATE VIEW v AS SELECT 1";
    let changed = || Operation::alter_column_type("t", "a", "TEXT");
    for (operations, expected) in [
        (vec![], "this cannot be done while others write: the operations are about no table"),
        (
            vec![changed(), Operation::alter_column_type("u", "a", "TEXT")],
            "`t` cannot be changed while others write: one of the operations is about `u`; change each table for \
             itself",
        ),
        (
            vec![changed(), Operation::drop_index("of_u")],
            "`t` cannot be changed while others write: one of the operations is about `u`; change each table for \
             itself",
        ),
        (
            vec![changed(), Operation::execute("SELECT 1")],
            "`t` cannot be changed while others write: it is a change of the shape of one table, and this is \
             something else: do that in a step",
        ),
        (
            vec![Operation::create_table(Table::new("w").column(Column::text("a")))],
            "this cannot be done while others write: it is a change of the shape of one table, and this is \
             something else: do that in a step",
        ),
        (
            vec![Operation::add_column("t", Column::text("b").backfill("(SELECT max(a) FROM u)"))],
            "`t` cannot be changed while others write: one of the changes reads other rows, the number of a row, or \
             what another of them makes of a row; make it a change of its own, or a step",
        ),
        (
            vec![Operation::rename_table("f", "g")],
            "`f` cannot be changed while others write: it is a virtual table; change it in a step",
        ),
        (
            vec![Operation::alter_column_type("v", "a", "TEXT")],
            "`v` is a view, and this can only be done to a table",
        ),
        (vec![Operation::add_index(Index::on("t", ["b"]))], "table `t` has no column `b`"),
    ] {
        assert_eq!(refused(setup, &operations), expected);
    }
}
