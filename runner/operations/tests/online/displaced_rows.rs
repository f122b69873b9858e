//! Rows that REPLACE deletes, with and without delete triggers.

use runner_operations::operation::Operation;

use runner_operations::perform::online::Phase;

use crate::world::World;

const SETUP: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'none' COLLATE NOCASE, n INT, m,
      UNIQUE (name));
    CREATE UNIQUE INDEX by_n ON t (n) WHERE m IS NULL;
    CREATE UNIQUE INDEX by_sum ON t (abs(n) + id, m);
    INSERT INTO t VALUES (1, 'a', 1, NULL), (2, 'b', 2, NULL), (3, 'none', 3, 3), (4, 'd', 4, 4),
      (5, 'e', 5, 5), (6, 'f', 6, 6), (7, 'g', 7, 7), (8, 'h', 8, NULL);";

/// A change that drops what must be unique, so that nothing in the shadow would collide.
fn dropping() -> Vec<Operation> {
    vec![
        Operation::drop_index("by_n"),
        Operation::drop_index("by_sum"),
        Operation::drop_constraint(
            "t",
            runner_operations::operation::WhichConstraint::Unique(vec!["name".into()]),
        ),
        Operation::alter_column_type("t", "n", "TEXT"),
    ]
}

#[track_caller]
fn followed(setup: &str, operations: &[Operation], pragma: &str, statement: &str) {
    let world = World::new(setup);
    world.write(pragma);
    let mut online = world.begin(operations).unwrap();
    // All rows are in the shadow when the statement comes.
    while world.advance(&mut online, 3).unwrap().phase == Phase::Copying {}
    world.write(statement);
    let expected = world.rows("SELECT id, name, CAST(n AS TEXT), m FROM t ORDER BY id");
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT id, name, n, m FROM t ORDER BY id"), expected, "{statement}");
}

#[test]
fn rows_that_replace_deletes_are_noted_whatever_recursive_triggers_say() {
    for pragma in [
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA recursive_triggers = ON",
        "PRAGMA trusted_schema = OFF",
    ] {
        for statement in [
            "INSERT OR REPLACE INTO t VALUES (9, 'A', 9, 9)",
            "REPLACE INTO t VALUES (9, NULL, 9, 9)",
            "INSERT OR REPLACE INTO t VALUES (1, 'b', 8, NULL)",
            "INSERT OR REPLACE INTO t VALUES (9, 'x', 2, NULL)",
            "INSERT OR REPLACE INTO t VALUES (2, 'y', 6, 4)",
            "UPDATE OR REPLACE t SET name = 'B' WHERE id = 1",
            "UPDATE OR REPLACE t SET name = NULL WHERE id = 1",
            "UPDATE OR REPLACE t SET id = 7 WHERE id = 1",
            "UPDATE OR REPLACE t SET n = 8 WHERE id = 2",
            "INSERT INTO t VALUES (9, 'a', 9, 9) ON CONFLICT (name) DO UPDATE SET n = 77, id = 50",
            "INSERT OR IGNORE INTO t VALUES (1, 'zz', 1, 1), (60, 'q', 60, 60)",
        ] {
            followed(SETUP, &dropping(), pragma, statement);
        }
    }
}

#[test]
fn a_string_in_double_quotes_in_an_index_never_stops_the_application() {
    let setup = SETUP
        .replace("WHERE m IS NULL", "WHERE m IS NULL AND name <> \"nobody\"")
        .replace("(abs(n) + id, m)", "(abs(n) + id || \"x\", m)");
    let world = World::new(&setup);
    world.app.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false).unwrap();
    let mut online = world.begin(&dropping()).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write("REPLACE INTO t VALUES (9, 'x', 2, NULL), (3, 'y', 5, 4)");
    let expected = world.rows("SELECT id, name, CAST(n AS TEXT), m FROM t ORDER BY id");
    assert_eq!(expected.len(), 7);
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT id, name, n, m FROM t ORDER BY id"), expected);
}

#[test]
fn a_generated_value_is_that_of_the_default_which_replace_writes() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT 'x', b AS (a || '!') UNIQUE, c);
         INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
    );
    let unique = runner_operations::operation::WhichConstraint::Unique(vec!["b".into()]);
    let mut online = world.begin(&[Operation::drop_constraint("t", unique)]).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write("REPLACE INTO t VALUES (3, NULL, 3)");
    world.finish(&mut online);
    assert_eq!(world.text("SELECT group_concat(id || b) FROM t"), "2y!,3x!");
}

#[test]
fn displaced_rows_are_found_by_their_indexes() {
    let world = World::new(&format!(
        "{SETUP} WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO t SELECT i, 'n' || i, i, iif(i % 2, NULL, i) FROM n"
    ));
    world.begin(&dropping()).unwrap();
    for sql in
        ["REPLACE INTO t VALUES (9, 'x', 2, NULL)", "UPDATE OR REPLACE t SET n = 101 WHERE id = 9"]
    {
        let mut statement = world.app.prepare(sql).unwrap();
        statement.execute([]).unwrap();
        let steps = statement.get_status(rusqlite::StatementStatus::FullscanStep);
        assert!(steps < 20, "{sql}: {steps}");
    }
}

#[test]
fn tables_with_the_names_that_triggers_use_are_followed() {
    for name in ["new", "old", "placed", "we\"ird"] {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let setup = SETUP
            .replace("TABLE t", &format!("TABLE {quoted}"))
            .replace("ON t", &format!("ON {quoted}"))
            .replace("INTO t", &format!("INTO {quoted}"))
            .replace("WHERE m", &format!("WHERE {quoted}.m"));
        let world = World::new(&setup);
        let mut online = world
            .begin(&[
                Operation::drop_index("by_sum"),
                Operation::alter_column_type(name, "m", "TEXT"),
            ])
            .unwrap();
        world.until(&mut online, Phase::Replaying, 5);
        world.write(&format!(
            "REPLACE INTO {quoted} VALUES (2, 'y', 6, 4); UPDATE {quoted} SET id = 9 WHERE id = 1"
        ));
        let expected =
            world.rows(&format!("SELECT id, name, n, CAST(m AS TEXT) FROM {quoted} ORDER BY id"));
        let notes = online.names().iter().find(|name| name.ends_with("_notes")).unwrap();
        let notes = world.rows(&format!("SELECT k0 FROM {notes}"));
        assert!(notes.len() < 8, "{name}: {notes:?}");
        world.finish(&mut online);
        assert_eq!(world.rows(&format!("SELECT * FROM {quoted} ORDER BY id")), expected, "{name}");
    }
}

#[test]
fn a_key_that_becomes_its_default_is_noted_as_that() {
    let rows = "INSERT INTO t VALUES ('a', 1, 'x'), ('z', 2, 'y')";
    for key in ["k TEXT NOT NULL DEFAULT 'b'", "k DEFAULT 'b'"] {
        for statement in [
            "UPDATE OR REPLACE t SET k = NULL WHERE n = 2",
            "INSERT OR REPLACE INTO t VALUES (NULL, 3, 'z')",
        ] {
            let setup =
                format!("CREATE TABLE t ({key}, n, m, PRIMARY KEY (k, n)) WITHOUT ROWID; {rows}");
            let world = World::new(&setup);
            let change = [Operation::alter_column_type("t", "m", "TEXT")];
            let mut online = world.begin(&change).unwrap();
            // Both rows are in the shadow when the statement comes.
            while world.advance(&mut online, 3).unwrap().phase == Phase::Copying {}
            world.write(statement);
            let expected = world.rows("SELECT * FROM t ORDER BY k, n");
            world.finish(&mut online);
            let found = world.rows("SELECT * FROM t ORDER BY k, n");
            assert_eq!(found, expected, "{key}: {statement}");
        }
    }
}

#[test]
fn a_key_that_was_refused_after_it_was_noted_is_no_row() {
    let world = World::new(
        "CREATE TABLE t (k, n, m, PRIMARY KEY (k, n)) WITHOUT ROWID;
         INSERT INTO t VALUES ('a', 1, 'x'), ('b', 2, 'y'), ('c', 3, 'z')",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "m", "TEXT")]).unwrap();
    world.advance(&mut online, 1).unwrap();
    world.write("UPDATE OR IGNORE t SET k = NULL");
    let expected = world.rows("SELECT * FROM t ORDER BY k, n");
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT * FROM t ORDER BY k, n"), expected);
}
