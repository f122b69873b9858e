//! Foreign keys, while a table is copied and afterwards.

use runner_operations::operation::{Column, ForeignKey, Index, Operation};
use runner_operations::perform::online::Phase;

use crate::world::{World, reason};

const SETUP: &str = "
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE t (id INTEGER PRIMARY KEY, parent INT REFERENCES parent, -- may be none
      n INT, up INT, CONSTRAINT upwards FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE);
    CREATE INDEX by_parent ON t (parent);
    CREATE TABLE child (id INTEGER PRIMARY KEY, t INT REFERENCES t ON DELETE CASCADE);
    INSERT INTO parent VALUES (1), (2), (3);
    INSERT INTO t VALUES (1, 1, 1, NULL), (2, 2, 2, 1), (3, 3, 3, 2), (4, NULL, 4, NULL);
    INSERT INTO child VALUES (1, 1), (2, 2), (3, 4);";

#[test]
fn neither_the_shadow_nor_the_old_table_keeps_rows_of_others_from_being_deleted() {
    let world = World::new(SETUP);
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 2);
    // The shadow holds a row that points to it.
    world.write("DELETE FROM t WHERE parent = 3; DELETE FROM parent WHERE id = 3");
    world.until(&mut online, Phase::Swapped, 10);
    // The old table holds one, and `t` has its keys again.
    world.app.execute_batch("DELETE FROM parent WHERE id = 2").unwrap_err();
    world.app.execute_batch("INSERT INTO t VALUES (9, 99, 1, NULL)").unwrap_err();
    world.write("UPDATE t SET parent = NULL WHERE parent = 2; DELETE FROM parent WHERE id = 2");
    world.write("DELETE FROM t WHERE id = 1");
    assert_eq!(
        world.text("SELECT group_concat(id) FROM child"),
        "3",
        "children follow the new table"
    );
    world.finish(&mut online);
    assert_eq!(world.text("SELECT group_concat(id) FROM t"), "4");
    let text = world.text("SELECT sql FROM sqlite_schema WHERE name = 't'");
    assert!(
        text.contains("REFERENCES parent, -- may be none") && text.contains("CONSTRAINT upwards"),
        "{text}"
    );
    assert!(world.rows("PRAGMA foreign_key_check").is_empty());
}

#[test]
fn cascades_into_the_table_are_followed() {
    let world = World::new(SETUP);
    let mut online = world.begin(&[Operation::alter_column_type("child", "id", "INT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 2);
    world.write("DELETE FROM t WHERE id = 1");
    world.finish(&mut online);
    assert_eq!(world.text("SELECT group_concat(id) FROM child"), "3");
}

const NEW: &str = "
    CREATE TABLE parent (code TEXT UNIQUE COLLATE NOCASE, id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE t (id INTEGER PRIMARY KEY, p TEXT, n INT);
    INSERT INTO parent VALUES ('A', 1, 'one'), ('B', 2, 'two'), ('C', 3, 'three');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO t SELECT i, substr('abc', i % 3 + 1, 1), i FROM n;
    UPDATE t SET p = NULL WHERE id = 7;";

fn new_key() -> Operation {
    Operation::add_foreign_key("t", ForeignKey::new(["p"]).references("parent", ["code"]))
}

/// What stops the change after `write`, which comes when all rows are checked.
fn stopped(operations: &[Operation], write: &str) -> Option<String> {
    let world = World::new(NEW);
    let mut online = world.begin(operations).unwrap();
    world.until(&mut online, Phase::Replaying, 4);
    world.write(write);
    for _ in 0..100 {
        match world.advance(&mut online, 4) {
            Err(error) => return Some(reason(&error)),
            Ok(progress) if progress.phase == Phase::Done => break,
            Ok(_) => {}
        }
    }
    assert!(world.text("SELECT sql FROM sqlite_schema WHERE name = 't'").contains("REFERENCES"));
    assert!(world.rows("PRAGMA foreign_key_check").is_empty(), "{write}");
    world.app.execute_batch("INSERT INTO t VALUES (100, 'x', 1)").unwrap_err();
    assert_eq!(world.schema().len(), world.rows("SELECT 1 FROM sqlite_schema").len());
    None
}

#[test]
fn new_keys_are_checked_and_checked_again_where_a_row_or_its_parent_changes() {
    let refusal = |row: i64| {
        Some(format!(
            "FOREIGN KEY constraint failed: row {row} of `t` points to a row that `parent` does not have: \
             change or delete these rows first"
        ))
    };
    let indexed = Operation::add_index(Index::on("t", ["p"]));
    let changed = Operation::alter_column_type("t", "n", "TEXT");
    // An index of the same order as the parent's tells who points to a row; without one all rows are asked again.
    for operations in [vec![new_key()], vec![new_key(), indexed, changed]] {
        for (write, expected) in [
            ("INSERT INTO t VALUES (30, 'b', 1)", None),
            ("INSERT INTO t VALUES (30, 'x', 1)", refusal(30)),
            ("UPDATE t SET p = 'x' WHERE id = 7", refusal(7)),
            ("DELETE FROM parent WHERE code = 'c'", refusal(2)),
            ("UPDATE parent SET code = 'D' WHERE code = 'c'", refusal(2)),
            ("UPDATE parent SET code = 'c' WHERE code = 'C'", None),
            (
                "DELETE FROM parent WHERE code = 'c'; INSERT INTO parent VALUES ('C', 9, 'nine')",
                None,
            ),
            ("DELETE FROM t WHERE p = 'c'; DELETE FROM parent WHERE code = 'c'", None),
            // They delete a parent without firing a trigger.
            ("REPLACE INTO parent VALUES ('D', 4, 'three')", refusal(2)),
            ("REPLACE INTO parent VALUES ('D', 3, 'x')", refusal(2)),
            ("UPDATE OR REPLACE parent SET id = 3 WHERE id = 2", refusal(2)),
        ] {
            assert_eq!(stopped(&operations, write), expected, "{write}");
        }
    }
}

#[test]
fn rows_that_point_to_none_stop_it_where_they_are_checked() {
    let world = World::new(NEW);
    world.write("UPDATE t SET p = 'x' WHERE id = 9");
    let mut online = world.begin(&[new_key()]).unwrap();
    world.until(&mut online, Phase::Checking, 4);
    world.advance(&mut online, 4).unwrap();
    let error = world.advance(&mut online, 8).unwrap_err();
    assert!(reason(&error).contains("row 9 of `t` points to a row that `parent` does not have"));
    world.write("UPDATE t SET p = 'b' WHERE id = 9");
    world.finish(&mut online);
}

#[test]
fn a_new_column_may_point_to_another_table_and_is_not_asked_of_the_table_itself() {
    let world = World::new(NEW);
    let column = Column::text("q").references("parent", "code").backfill("upper(p)");
    world.change_beside(
        &[Operation::add_column("t", column)],
        &["UPDATE t SET p = 'a' WHERE id = 2"],
    );
    assert_eq!(world.text("SELECT group_concat(q) FROM t WHERE id < 5"), "B,A,A,B");
    let own = ForeignKey::new(["n"]).references("t", ["id"]);
    let error = world.begin(&[Operation::add_foreign_key("t", own)]).unwrap_err();
    assert_eq!(
        reason(&error),
        "`t` cannot be changed while others write: its foreign key to `t` is new, and points to the table \
         itself; add it in a step afterwards"
    );
}
