//! What the swap does beside the rows.

use runner_operations::operation::{Column, Operation, WhichConstraint};
use runner_operations::perform::online::Phase;

use crate::world::World;

#[test]
fn the_counter_is_the_larger_of_both() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT);
         INSERT INTO t VALUES (90, 1); DELETE FROM t; INSERT INTO t VALUES (5, 1), (6, 2)",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.advance(&mut online, 1).unwrap();
    world.write("INSERT INTO t (n) VALUES (3); DELETE FROM t WHERE id > 6");
    world.finish(&mut online);
    world.write("INSERT INTO t (n) VALUES (4)");
    assert_eq!(world.text("SELECT group_concat(id) FROM t"), "5,6,92");
    assert_eq!(world.text("SELECT group_concat(name || seq) FROM sqlite_sequence"), "t92");
}

#[test]
fn audit_triggers_see_nothing_of_the_old_table_being_emptied() {
    let world = World::new(
        "CREATE TABLE audit (what); CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);
         CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO audit VALUES ('+' || new.id); END;
         CREATE TRIGGER d BEFORE DELETE ON t BEGIN INSERT INTO audit VALUES ('-' || old.id); END;
         INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Swapped, 1);
    world.write("DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, 4)");
    world.until(&mut online, Phase::Done, 1);
    assert_eq!(world.text("SELECT group_concat(what) FROM audit"), "+1,+2,+3,-2,+4");
}

#[test]
fn statistics_of_the_table_stay_and_those_of_the_shadow_go() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT UNIQUE, m); CREATE INDEX by_m ON t (m);
         INSERT INTO t VALUES (1, 1, 1), (2, 2, 1), (3, 3, 1); ANALYZE",
    );
    let before = world.rows("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2");
    let mut online = world.begin(&[Operation::alter_column_type("t", "m", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 2);
    world.write("ANALYZE");
    assert_ne!(world.rows("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2"), before);
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2"), before);
}

#[test]
fn all_that_it_makes_is_named_and_nothing_else() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT UNIQUE); CREATE INDEX i ON t (n)",
    );
    let own = |world: &World| -> Vec<String> {
        let found = world.rows("SELECT name FROM sqlite_schema ORDER BY name");
        let names = found.into_iter().filter_map(|row| match &row[0] {
            rusqlite::types::Value::Text(name) => Some(name.clone()),
            _ => None,
        });
        names.filter(|name| !["t", "i", "sqlite_autoindex_t_1"].contains(&name.as_str())).collect()
    };
    let sorted = |names: &[String]| -> Vec<String> {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.write("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4)");
    assert_eq!(own(&world), sorted(online.names()));
    world.until(&mut online, Phase::Swapped, 2);
    assert_eq!(own(&world), sorted(online.names()));
    world.advance(&mut online, 2).unwrap();
    assert_eq!(own(&world), sorted(online.names()));
    world.finish(&mut online);
    assert_eq!(own(&world), online.names());
}

#[test]
fn what_is_about_no_row_is_done_at_once() {
    let setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL CHECK (n > 0), m INT); CREATE INDEX i ON t (n);
         INSERT INTO t VALUES (1, 1, NULL)";
    let at_once = |operations: &[Operation]| {
        let world = World::new(setup);
        let online = world.begin(operations).unwrap();
        online.names().is_empty()
    };
    for operation in [
        Operation::rename_column("t", "n", "number"),
        Operation::rename_table("t", "u"),
        Operation::drop_index("i"),
        Operation::rename_index("i", "j"),
        Operation::drop_not_null("t", "n"),
        Operation::drop_constraint("t", WhichConstraint::Check("n > 0".into())),
        Operation::alter_column_type("t", "n", "BIGINT"),
        Operation::set_collate("t", "m", "BINARY"),
        Operation::drop_default("t", "m"),
        Operation::add_column("t", Column::text("more").default("x")),
    ] {
        assert!(at_once(std::slice::from_ref(&operation)), "{operation}");
        // With a change of the rows it waits for the swap.
        assert!(!at_once(&[Operation::set_default("t", "m", 1), operation.clone()]), "{operation}");
    }
    for operation in [
        Operation::set_not_null("t", "id"),
        Operation::drop_column("t", "m"),
        Operation::add_column("t", Column::text("more").backfill("n")),
        Operation::add_column("t", Column::integer("more").check("more > n")),
        Operation::set_default("t", "m", 7),
    ] {
        assert!(!at_once(std::slice::from_ref(&operation)), "{operation}");
    }
    let world = World::new(setup);
    let before = world.schema();
    let rename = [Operation::rename_column("t", "n", "number")];
    let mut online = world.begin(&rename).unwrap();
    world.abandon(&mut online);
    assert_eq!(world.schema(), before);
    let mut online = world.begin(&rename).unwrap();
    world.write("UPDATE t SET n = 2");
    assert_eq!(world.advance(&mut online, 1).unwrap().phase, Phase::Swapped);
    assert_eq!(world.advance(&mut online, 1).unwrap().phase, Phase::Done);
    let index = world.text("SELECT sql FROM sqlite_schema WHERE name = 'i'");
    assert_eq!(index, "CREATE INDEX i ON t (\"number\")");
}
