//! Rows, and tables as a whole.

use super::{down, keeping, losing, rows, state};
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, picture BLOB); \
    INSERT INTO player VALUES (1, 'Ada', x'00ff'), (2, 'Bob', NULL), (30, 'Eve', x''); \
    DELETE FROM player WHERE id = 31; UPDATE sqlite_sequence SET seq = 99;";

#[test]
fn deleted_rows_come_back_unless_something_else_has_their_key() {
    let sandbox = keeping("deleted", PLAYERS);
    let before = state(&sandbox);
    losing(&sandbox, "deleted_rows", "\"player\"", "DELETE FROM player WHERE id < 30", "SELECT 1");
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(said.contains("kept 2 rows of player"), "{said}");
    let said = down(&sandbox).stdout;
    assert!(said.contains("put back 2 rows of player"), "{said}");
    assert_eq!(state(&sandbox), before);
    sandbox.run(&["migrate"]).succeeded();
    sandbox
        .database()
        .execute_batch("INSERT INTO player VALUES (2, 'Robert', NULL), (100, 'Ada', NULL)")
        .unwrap();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_deleted_rows ([N] ms)
    put back 0 rows of player
        not 1 row, since another row has its key: 2
        not 1 row, since UNIQUE constraint failed: player.name: 1
        that stays kept: `runner kept`
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
}

#[test]
fn a_dropped_table_comes_back_whole_with_its_counter() {
    for journal in ["delete", "wal"] {
        let sandbox = keeping(&format!("table_{journal}"), PLAYERS);
        sandbox.database().pragma_update(None, "journal_mode", journal).unwrap();
        let before = state(&sandbox);
        losing(
            &sandbox,
            &format!("table_{journal}_dropped"),
            "\"player\"",
            "DROP TABLE player",
            "CREATE TABLE player (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, picture BLOB)",
        );
        let said = sandbox.run(&["migrate"]).succeeded().stdout;
        assert!(said.contains("kept all 3 rows of player"), "{said}");
        let said = down(&sandbox).stdout;
        assert!(said.contains("put back 3 rows of player"), "{said}");
        assert_eq!(state(&sandbox), before);
    }
}

#[test]
fn a_table_that_has_rows_already_or_lacks_columns_is_told() {
    let sandbox = keeping("filled", PLAYERS);
    let id = losing(
        &sandbox,
        "filled_table",
        "\"player\"",
        "DROP TABLE player",
        "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO player VALUES (5, 'default')",
    );
    sandbox.run(&["migrate"]).succeeded();
    let said = down(&sandbox).stdout;
    assert!(said.contains("not 3 rows, since the table has rows already: 1; 2; 30"), "{said}");
    assert_snapshot!(rows(&sandbox, "SELECT * FROM player"), @r#"  Integer(5), Text("default")"#);
    sandbox.run(&["kept", "purge", &id]).succeeded();
    assert_snapshot!(sandbox.run(&["kept"]).shown(), @"
    exit 0
    --- stdout
    nothing is kept in `app.db`
    ");
}

#[test]
fn rows_without_a_key_are_told_apart_by_their_place_and_refused_where_they_cannot_be() {
    let ground = "CREATE TABLE player (name TEXT, note TEXT); \
        INSERT INTO player VALUES ('Ada', 'a'), ('Bob', 'b'), ('Eve', 'e'), ('Eve', 'e');";
    let sandbox = keeping("keyless", ground);
    let before = state(&sandbox);
    losing(
        &sandbox,
        "keyless_rows",
        "\"player\"",
        "DELETE FROM player WHERE name < 'C'",
        "SELECT 1",
    );
    sandbox.run(&["migrate"]).succeeded();
    down(&sandbox);
    assert_eq!(state(&sandbox), before);

    let sandbox = keeping("renumbered", ground);
    losing(
        &sandbox,
        "renumbered_rows",
        "\"player\"",
        "DELETE FROM player WHERE 0; CREATE TABLE other (name TEXT, note TEXT); \
         INSERT INTO other SELECT * FROM player WHERE name > 'B'; \
         DROP TABLE player; ALTER TABLE other RENAME TO player",
        "SELECT 1",
    );
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: which rows of `player` the migration `[STAMP]_renumbered_rows` took away cannot be told: they have no key, and other rows are where they were
    hint: nothing of this step is in the database; delete the rows where they are, give the table a key, or do not keep them: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn rows_and_values_of_one_table_come_back_together_also_under_another_name_meanwhile() {
    let sandbox = keeping(
        "together",
        "CREATE TABLE player (code TEXT, kind INTEGER, note TEXT, PRIMARY KEY (kind, code)) WITHOUT ROWID; \
         INSERT INTO player VALUES ('a', 1, 'x'), ('b', 1, 'y'), ('a', 2, 'z'), ('b', 2, NULL);",
    );
    let before = rows(&sandbox, "SELECT * FROM player");
    losing(
        &sandbox,
        "together_lost",
        "\"player\", \"player.note\"",
        "DELETE FROM player WHERE kind = 1; UPDATE player SET note = 'none' WHERE note IS NULL; \
         ALTER TABLE player RENAME TO person",
        "ALTER TABLE person RENAME TO player",
    );
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(said.contains("kept 2 rows of player"), "{said}");
    assert!(said.contains("kept player.note of 1 row"), "{said}");
    down(&sandbox);
    assert_eq!(rows(&sandbox, "SELECT * FROM player"), before);
}
