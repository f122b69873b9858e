//! What is left is what the ordinary rebuild leaves.

use runner_operations::operation::{Column, Index, Operation, PrimaryKey, TableOptions, Unique};
use runner_operations::perform::run;
use rusqlite::Connection;

use crate::world::{World, rows, schema};

const SETUP: &str = "
    CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE player (
      id INTEGER PRIMARY KEY AUTOINCREMENT, -- the number
      name TEXT NOT NULL COLLATE NOCASE UNIQUE,
      team INTEGER REFERENCES team (id) ON DELETE SET NULL,
      level INT DEFAULT 1 CHECK (player.level >= 0),
      note
    );
    CREATE INDEX by_level ON player (level DESC) WHERE player.level > 1;
    CREATE UNIQUE INDEX by_note ON player (lower(note), level);
    CREATE TABLE score (player INTEGER REFERENCES player (id) ON DELETE CASCADE, points INTEGER);
    CREATE VIEW board AS SELECT player.name, points FROM player JOIN score ON score.player = player.id;
    CREATE TABLE log (what);
    CREATE TRIGGER seen AFTER UPDATE OF level ON player BEGIN
      INSERT INTO log VALUES (old.level || '>' || new.level); END;
    CREATE TRIGGER scored AFTER INSERT ON score BEGIN
      UPDATE player SET level = level + 1 WHERE id = new.player; END;
    INSERT INTO team VALUES (1, 'red'), (2, 'blue');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO player SELECT i * 3, 'p' || i, i % 3, i % 7, 'note ' || i FROM n;
    DELETE FROM player WHERE id = 900;
    UPDATE player SET team = NULL WHERE team = 0;
    INSERT INTO score SELECT id, id * 10 FROM player WHERE id % 5 = 0;
    DELETE FROM log;
    ANALYZE;";

/// All rows of all tables, and the texts.
fn content(connection: &Connection) -> (Vec<String>, Vec<String>) {
    let tables = rows(
        connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat4' ORDER BY name",
    );
    let mut all = Vec::new();
    for table in tables {
        let rusqlite::types::Value::Text(name) = &table[0] else { panic!() };
        let mut found = rows(connection, &format!("SELECT * FROM \"{name}\""));
        found.sort_by_key(|row| format!("{row:?}"));
        all.extend(found.into_iter().map(|row| format!("{name} {row:?}")));
    }
    (schema(connection), all)
}

#[track_caller]
fn same(setup: &str, operations: &[Operation]) {
    let ordinary = Connection::open_in_memory().unwrap();
    ordinary.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    ordinary.execute_batch(setup).unwrap();
    run(&ordinary, operations).unwrap();
    let world = World::new(setup);
    world.change_beside(operations, &[]);
    assert_eq!(content(&world.app), content(&ordinary));
    assert_eq!(world.text("PRAGMA integrity_check"), "ok");
    assert_eq!(
        rows(&world.app, "PRAGMA foreign_key_check"),
        rows(&ordinary, "PRAGMA foreign_key_check")
    );
}

#[test]
fn each_change_leaves_what_the_ordinary_rebuild_leaves() {
    for operations in [
        vec![Operation::alter_column_type("player", "level", "TEXT")],
        vec![Operation::alter_column_type_using(
            "player",
            "note",
            "INTEGER",
            "length(note) * 1000 + id",
        )],
        vec![Operation::set_not_null("player", "level")],
        vec![Operation::set_not_null_filling("player", "note", "'none' || id")],
        vec![Operation::set_default("player", "level", 5)],
        vec![Operation::drop_default("player", "level")],
        vec![Operation::drop_column("player", "team")],
        vec![Operation::add_column(
            "player",
            Column::integer("double").not_null().backfill("level * 2"),
        )],
        vec![Operation::reorder_columns("player", ["note", "name"])],
        vec![
            Operation::set_primary_key("player", PrimaryKey::new(["id"]).autoincrement(false)),
            Operation::set_table_options("player", TableOptions::new().without_rowid(true)),
        ],
        vec![Operation::add_unique("player", Unique::new(["name", "level"]))],
        vec![Operation::add_index(Index::on("player", ["team", "level"]))],
        vec![Operation::drop_index("by_level")],
        vec![
            Operation::rename_index("by_level", "levels"),
            Operation::drop_not_null("player", "name"),
        ],
        vec![
            Operation::alter_column_type("player", "level", "REAL"),
            Operation::rename_column("player", "level", "rank"),
            Operation::rename_table("player", "person"),
            Operation::drop_column_cascade("person", "note"),
        ],
        vec![Operation::drop_foreign_key("player", ["team"])],
    ] {
        println!("{operations:?}");
        same(SETUP, &operations);
    }
}
