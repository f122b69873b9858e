//! Foreign keys, while a table is copied and afterwards.

use runner_operations::operation::Operation;
use runner_operations::perform::online::Phase;

use crate::world::World;

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
