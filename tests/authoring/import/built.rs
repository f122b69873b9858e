//! What is imported gives the schema that the files give, and reverts as they do.

use insta::assert_snapshot;

use super::project_with;
use crate::sandbox::rows;

#[test]
fn imported_migrations_give_what_the_files_give_and_go_back() {
    let forward = [
        (
            "20240131093000_import_players.up.sql",
            "BEGIN;\nCREATE TABLE player (\n  id INTEGER PRIMARY KEY, -- the number\n  name TEXT\n);\nCOMMIT;\n",
        ),
        (
            "20240201093000_import_rooms.up.sql",
            "PRAGMA foreign_keys = OFF;\nCREATE TABLE room (id INTEGER, player INTEGER REFERENCES player (id));\n\
             CREATE TRIGGER noted AFTER INSERT ON room BEGIN\n  UPDATE player SET name = 'x;';\nEND;\n\
             INSERT INTO player VALUES (1, 'a');\nINSERT INTO room VALUES (1, 1);\n",
        ),
        ("20240301093000_import_vacuum.sql", "VACUUM;\n"),
    ];
    let backward = [
        ("20240131093000_import_players.down.sql", "DROP TABLE player;\n"),
        ("20240201093000_import_rooms.down.sql", "DROP TABLE room;\nDELETE FROM player;\n"),
        ("20240301093000_import_vacuum.down.sql", "VACUUM;\n"),
    ];
    let files: Vec<_> = forward.into_iter().chain(backward).collect();
    let sandbox = project_with(&files);
    sandbox.run(&["import", "old"]).succeeded();
    assert_snapshot!(sandbox.run(&["migrate", "--create"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_import_players ([N] ms)
    applied [STAMP]_import_rooms ([N] ms)
    applied [STAMP]_import_vacuum ([N] ms)
    applied 3 migrations: `app.db` has 3 applied, 0 pending
    ");

    // Its own history says what is applied.
    assert_eq!(sandbox.untouched(&["import", "old"]).succeeded().stderr, "");

    let plain = rusqlite::Connection::open_in_memory().unwrap();
    for (_, sql) in forward {
        plain.execute_batch(sql).unwrap();
    }
    for sql in [
        "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE '\\_runner%' ESCAPE '\\' ORDER BY name",
        "SELECT * FROM player",
        "SELECT * FROM room",
    ] {
        assert_eq!(rows(&sandbox.database(), sql), rows(&plain, sql));
    }
    assert_snapshot!(sandbox.run(&["migrate", "--backward", "--all"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_import_vacuum ([N] ms)
    reverted [STAMP]_import_rooms ([N] ms)
    reverted [STAMP]_import_players ([N] ms)
    reverted 3 migrations: `app.db` has 0 applied, 3 pending
    ");
}

#[test]
fn what_a_file_drops_is_declared_as_a_loss_so_that_a_trial_passes() {
    let sandbox = project_with(&[
        ("20240131093000_import_old.sql", "CREATE TABLE old (id INTEGER, b, c);\n"),
        ("20240201093000_import_fewer.sql", "ALTER TABLE old DROP COLUMN b;\n"),
        (
            "20240301093000_import_anew.sql",
            "CREATE TABLE new (id INTEGER);\nINSERT INTO new SELECT id FROM old;\nDROP TABLE old;\n\
             ALTER TABLE new RENAME TO old;\n",
        ),
        ("20240401093000_import_none.sql", "DROP TABLE old;\n"),
    ]);
    sandbox.run(&["import", "old"]).succeeded();
    assert_snapshot!(sandbox.run(&["test"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_import_old    irreversible (declared)
    [STAMP]_import_fewer  irreversible (declared), takes away old.b
    [STAMP]_import_anew   irreversible (declared), takes away old.c
    [STAMP]_import_none   irreversible (declared), takes away old
    tested 4 migrations: 4 irreversible
    ");
}
