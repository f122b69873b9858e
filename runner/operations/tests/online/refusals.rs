//! What cannot be right while others write is refused before anything is made, or before the swap.

use runner_operations::operation::{Operation, PrimaryKey, TableOptions};
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
