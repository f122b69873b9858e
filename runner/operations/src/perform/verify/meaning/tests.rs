//! Changes that would give a view or a trigger another meaning, and changes that would not.

use rusqlite::Connection;

use crate::operation::{Column, Operation};
use migration_api::Migrator;

const SETUP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, b);
     CREATE TABLE u (id INTEGER PRIMARY KEY, c); CREATE TABLE o (owner, kind);
     INSERT INTO t VALUES (1, 'x'), (2, 'y'); INSERT INTO u VALUES (1, 'p'), (2, 'q');";

fn run(object: &str, operations: impl IntoIterator<Item = Operation>) -> Result<(), String> {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&format!("{SETUP}{object}")).unwrap();
    Migrator::new(&connection)
        .run(operations)
        .map_err(|error| error.source().source().unwrap().to_string())
}

fn add(table: &str, column: &str) -> Operation {
    Operation::add_column(table, Column::text(column))
}

#[test]
fn a_join_by_name_stops_a_change_of_the_names_that_are_common() {
    for (object, join) in [
        ("CREATE VIEW o_ AS SELECT b, c FROM t NATURAL JOIN u", "NATURAL JOIN"),
        ("CREATE VIEW o_ AS SELECT * FROM t NATURAL LEFT JOIN u", "NATURAL JOIN"),
        (
            "CREATE VIEW w AS SELECT * FROM u; CREATE VIEW o_ AS SELECT b FROM t NATURAL JOIN w",
            "NATURAL JOIN",
        ),
        (
            "CREATE VIEW o_ AS SELECT c FROM (SELECT kind AS b FROM o) NATURAL JOIN u",
            "NATURAL JOIN",
        ),
        (
            "CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
            DELETE FROM t WHERE id IN (SELECT id FROM t NATURAL JOIN u); END",
            "NATURAL JOIN",
        ),
    ] {
        let refusal = run(object, [add("u", "b")]).unwrap_err();
        assert!(
            refusal.contains("`o_`") && refusal.contains(join) && refusal.contains("about `b`"),
            "{object}: {refusal}"
        );
        run(object, [add("u", "new")]).unwrap();
    }
    let with_itself = "CREATE VIEW o_ AS SELECT * FROM u NATURAL JOIN u";
    run(with_itself, [add("u", "z")]).unwrap_err();
    let natural = "CREATE VIEW o_ AS SELECT b, c FROM t NATURAL JOIN u";
    let generated = Operation::add_column("u", Column::text("b").generated("c"));
    run(natural, [generated]).unwrap_err();
    let rename = |table: &str| Operation::rename_column(table, "id", "u_id");
    let refusal = run(natural, [rename("u")]).unwrap_err();
    assert!(refusal.contains("NATURAL JOIN, which is about `id`"), "{refusal}");
    run(natural, [rename("u"), rename("t")]).unwrap();
    let using = "CREATE VIEW o_ AS SELECT b, c FROM t JOIN u USING (id)";
    run(using, [rename("u")]).unwrap_err();
    run(using, [add("u", "b2")]).unwrap();
}

#[test]
fn a_name_that_a_new_column_would_capture_stops_it() {
    for object in [
        "CREATE VIEW o_ AS SELECT id, (SELECT c FROM u WHERE u.id = t.id AND b = 'x') FROM t",
        "CREATE VIEW o_ AS SELECT *, (SELECT c FROM u WHERE u.id = t.id AND b = 'x') FROM t",
        "CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b = 'x')",
        "CREATE VIEW w AS SELECT * FROM u;
         CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM w WHERE b = 'x')",
        "CREATE VIEW o_ AS SELECT own(id) FROM t WHERE (SELECT own(b) FROM u)",
        "CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
           DELETE FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = 1 AND b = 'x'); END",
    ] {
        for operations in [
            vec![add("u", "b")],
            vec![Operation::rename_column("u", "c", "b")],
            vec![
                add("u", "z"),
                Operation::rename_table("u", "v"),
                Operation::rename_column("v", "z", "b"),
            ],
        ] {
            let title = format!("{object}: {operations:?}");
            let refusal = run(object, operations).expect_err(&title);
            assert!(refusal.contains("`o_`"), "{object}: {refusal}");
        }
        run(object, [add("u", "new")]).unwrap();
        run(object, [Operation::rename_column("t", "b", "z")]).unwrap_or_default();
    }
}

#[test]
fn a_table_that_takes_an_alias_for_its_name_gives_a_view_no_more_columns() {
    let object = "CREATE VIEW o_ AS SELECT s.* FROM t AS s CROSS JOIN t";
    run(object, [Operation::rename_table("t", "s")]).unwrap_err();
    run(object, [Operation::rename_table("t", "other")]).unwrap();
}

#[test]
fn what_only_the_application_has_hides_no_view_that_breaks() {
    let object = "CREATE VIEW o_ AS SELECT own(id) AS i, b COLLATE own FROM t";
    let refusal = run(object, [Operation::drop_column("t", "b")]).unwrap_err();
    assert!(refusal.contains("view `o_` would no longer work"), "{refusal}");
}

#[test]
fn a_collation_that_is_missed_hides_no_trigger_that_breaks() {
    for object in [
        "CREATE TABLE log (x); CREATE TABLE n (f ANY, k TEXT COLLATE own) STRICT;",
        "CREATE TABLE log (x); CREATE TABLE n (f, k); CREATE INDEX i ON n (own(f));",
        "CREATE TABLE log (x); CREATE TABLE n (f REFERENCES o (kind), k TEXT COLLATE own, UNIQUE (k));
         CREATE TABLE o (kind);",
    ] {
        let connection = Connection::open_in_memory().unwrap();
        let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
        connection
            .create_scalar_function("own", 1, flags, |_| Ok(rusqlite::types::Null))
            .unwrap();
        connection.create_collation("own", str::cmp).unwrap();
        connection.execute_batch(object).unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER o_ AFTER INSERT ON n BEGIN INSERT INTO log VALUES (1); END",
            )
            .unwrap();
        connection.remove_function("own", 1).unwrap();
        connection.remove_collation("own").unwrap();
        let done = Migrator::new(&connection).run([add("log", "z")]);
        let error = done.expect_err(object);
        let refusal = error.source().source().unwrap().to_string();
        assert!(refusal.contains("trigger `o_` on `n` would no longer work"), "{refusal}");
    }
}

#[test]
fn a_trigger_that_was_broken_hides_no_other_that_means_something_else() {
    let object = "CREATE TRIGGER broken AFTER DELETE ON o BEGIN DELETE FROM absent; END;
         CREATE VIEW w AS SELECT id FROM t;
         CREATE TRIGGER instead INSTEAD OF DELETE ON w BEGIN DELETE FROM t; END;
         CREATE TRIGGER o_ AFTER DELETE ON o BEGIN
           DELETE FROM w WHERE EXISTS (SELECT 1 FROM t WHERE EXISTS
             (SELECT 1 FROM u WHERE b = 'x')); END";
    let refusal = run(object, [add("u", "b")]).unwrap_err();
    assert!(refusal.contains("trigger `o_` on `o` would take `b` from `u`"), "{refusal}");
    run(object, [add("u", "z")]).unwrap();
}

#[test]
fn a_star_takes_new_columns_and_a_script_may_write_a_view_anew() {
    for object in [
        "CREATE VIEW o_ AS SELECT * FROM t",
        "CREATE VIEW o_ AS SELECT t.*, u.c AS z FROM t, u",
        "CREATE VIEW w AS SELECT * FROM t; CREATE VIEW o_ AS SELECT * FROM w",
    ] {
        run(object, [add("t", "z")]).unwrap();
    }
    let object = "CREATE VIEW o_ AS SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE b)";
    let script = "DROP VIEW o_; CREATE VIEW o_ AS
         SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.b)";
    run(object, [add("u", "b"), Operation::execute(script)]).unwrap();
    run(object, [Operation::execute("ALTER TABLE u ADD COLUMN b")]).unwrap_err();
}
