//! Rows that REPLACE deletes, with and without delete triggers.

use runner_operations::operation::Operation;

use crate::world::World;

const SETUP: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'none' COLLATE NOCASE, n INT, m,
      UNIQUE (name));
    CREATE UNIQUE INDEX by_n ON t (n) WHERE m IS NULL;
    CREATE UNIQUE INDEX by_sum ON t (n + id, m);
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
    while world.advance(&mut online, 3).unwrap().phase
        == runner_operations::perform::online::Phase::Copying
    {}
    world.write(statement);
    let expected = world.rows("SELECT id, name, CAST(n AS TEXT), m FROM t ORDER BY id");
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT id, name, n, m FROM t ORDER BY id"), expected, "{statement}");
}

#[test]
fn rows_that_replace_deletes_are_noted_whatever_recursive_triggers_say() {
    for pragma in ["PRAGMA recursive_triggers = OFF", "PRAGMA recursive_triggers = ON"] {
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
