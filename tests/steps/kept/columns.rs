//! Values of columns.

use super::{down, keeping, losing, rows, state};
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, note TEXT, score REAL); \
    INSERT INTO player VALUES (1, 'Ada', 'first', 1.5), (2, 'Bob', NULL, 2), (3, 'Eve', '', NULL), \
    (7, 'Zoe', CAST(x'ff00' AS TEXT), -0.0);";
const DROP: &str = "ALTER TABLE player DROP COLUMN note";
const ADD: &str = "ALTER TABLE player ADD COLUMN note TEXT";

#[test]
fn a_dropped_column_comes_back_with_every_value_to_the_byte() {
    for journal in ["delete", "wal"] {
        let sandbox = keeping(&format!("dropped_{journal}"), PLAYERS);
        sandbox.database().pragma_update(None, "journal_mode", journal).unwrap();
        let read = "SELECT id, name, hex(note), typeof(note), score FROM player";
        let before = rows(&sandbox, read);
        losing(&sandbox, &format!("dropped_{journal}_note"), "\"Player.NOTE\"", DROP, ADD);
        let said = sandbox.run(&["migrate"]).succeeded().stdout;
        assert!(said.contains("kept player.note of 4 rows ("), "{said}");
        let said = down(&sandbox).stdout;
        assert!(said.contains("put back player.note of 4 rows"), "{said}");
        assert_eq!(rows(&sandbox, read), before);
        // Nothing is left of it.
        assert_eq!(
            rows(&sandbox, "SELECT name FROM sqlite_schema WHERE name LIKE '%kept!_%' ESCAPE '!'"),
            ""
        );
        sandbox.run(&["migrate"]).succeeded();
        sandbox.run(&["redo"]).succeeded();
        down(&sandbox);
        assert_eq!(rows(&sandbox, read), before);
    }
}

#[test]
fn what_was_changed_since_or_is_gone_is_told_and_stays_kept() {
    let sandbox = keeping("changed_since", PLAYERS);
    losing(&sandbox, "changed_since_note", "\"player.note\"", DROP, ADD);
    sandbox.run(&["migrate"]).succeeded();
    sandbox
        .database()
        .execute_batch(
            "UPDATE player SET name = 'Bo' WHERE id = 1; DELETE FROM player WHERE id = 2;
             DELETE FROM player WHERE id = 3; INSERT INTO player VALUES (3, 'another', 9), (8, 'new', 1);",
        )
        .unwrap();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_changed_since_note ([N] ms)
    put back player.note of 1 row
        not 1 row, since the row is gone: 2
        not 2 rows, since the row was changed since, or is another: 1; 3
        that stays kept: `runner kept`
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(rows(&sandbox, "SELECT id, name, hex(note) FROM player"), @r#"
    Integer(1), Text("Bo"), Text("")
    Integer(3), Text("another"), Text("")
    Integer(7), Text("Zoe"), Text("FF00")
    Integer(8), Text("new"), Text("")
    "#);
    assert_snapshot!(sandbox.run(&["kept"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_changed_since_note  player.note of 3 rows ([SIZE]), [TIME], left over
    1 kB in `app.db`
    ");
    assert_snapshot!(sandbox.run(&["kept", "show", "changed_since_note"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_changed_since_note  player.note of 3 rows ([SIZE]), [TIME], left over
        1: note = 'first'
        2: note = NULL
        3: note = ''
    ");
    // They are nobody's any more: another run has its own.
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["down"]).succeeded();
    assert_snapshot!(sandbox.run(&["kept"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_changed_since_note  player.note of 3 rows ([SIZE]), [TIME], left over
    1 kB in `app.db`
    ");
}

#[test]
fn of_values_that_are_rewritten_only_those_are_kept_that_differ_and_a_later_change_is_not_taken_back()
 {
    let sandbox = keeping("rewritten", &PLAYERS.replace("CAST(x'ff00' AS TEXT)", "NULL"));
    losing(
        &sandbox,
        "rewritten_note",
        "\"player.note\", \"player.score\"",
        "UPDATE player SET note = upper(note), score = abs(score) WHERE id < 4",
        "SELECT 1",
    );
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(said.contains("kept player.note, player.score of 1 row"), "{said}");
    sandbox.run(&["down"]).succeeded();
    assert!(state(&sandbox).contains("Text(\"first\")"));
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("UPDATE player SET note = 'by hand' WHERE id = 1").unwrap();
    let said = sandbox.run(&["down"]).succeeded().stdout;
    assert!(said.contains("not 1 row, since the row was changed since"), "{said}");
    assert!(state(&sandbox).contains("Text(\"by hand\")"));
}

#[test]
fn rowids_that_are_used_again_or_renumbered_get_no_value_of_another_row() {
    let sandbox = keeping(
        "rowids",
        "CREATE TABLE player (name TEXT, note TEXT); \
         INSERT INTO player VALUES ('Ada', 'a'), ('Bob', 'b'), ('Eve', 'e'), ('Zoe', 'z');",
    );
    losing(&sandbox, "rowids_note", "\"player.note\"", DROP, ADD);
    sandbox.run(&["migrate"]).succeeded();
    sandbox
        .database()
        .execute_batch(
            "DELETE FROM player WHERE name = 'Bob'; VACUUM; INSERT INTO player VALUES ('New')",
        )
        .unwrap();
    let said = sandbox.run(&["down"]).succeeded().stdout;
    assert!(said.contains("put back player.note of 1 row"), "{said}");
    assert_snapshot!(rows(&sandbox, "SELECT name, note FROM player"), @r#"
    Text("Ada"), Text("a")
    Text("Eve"), Null
    Text("Zoe"), Null
    Text("New"), Null
    "#);
}

#[test]
fn no_trigger_fires_and_no_key_acts_while_values_are_put_back() {
    let sandbox = keeping(
        "quiet",
        "CREATE TABLE team (id INTEGER PRIMARY KEY); INSERT INTO team VALUES (1), (2);
         CREATE TABLE player (id INTEGER PRIMARY KEY, team INTEGER REFERENCES team ON UPDATE CASCADE, note TEXT);
         INSERT INTO player VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, 'c');
         CREATE TABLE log (text);",
    );
    losing(
        &sandbox,
        "quiet_team",
        "\"player.team\"",
        "CREATE TABLE other (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO other SELECT id, note FROM player; \
         DROP TABLE player; ALTER TABLE other RENAME TO player; \
         CREATE TRIGGER watch AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('watched'); END",
        "ALTER TABLE player ADD COLUMN team INTEGER REFERENCES team ON UPDATE CASCADE; \
         CREATE TEMP TRIGGER temporary AFTER UPDATE ON main.player \
         BEGIN DELETE FROM log; INSERT INTO log VALUES ('fired'); END; \
         CREATE TRIGGER watch_team AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('watched'); END; \
         DROP TRIGGER watch; DROP TRIGGER watch_team",
    );
    sandbox.run(&["migrate"]).succeeded();
    // The team of one of them is gone: it is told, and no foreign key is broken.
    sandbox.database().execute_batch("DELETE FROM team WHERE id = 2").unwrap();
    let said = sandbox.run(&["down"]).succeeded().stdout;
    assert!(said.contains("put back player.team of 2 rows"), "{said}");
    assert!(
        said.contains("not 1 row, since the row of `team` that it points to is gone: 2"),
        "{said}"
    );
    assert_eq!(rows(&sandbox, "SELECT * FROM log"), "");
    assert_snapshot!(rows(&sandbox, "SELECT id, team, note FROM player"), @r#"
    Integer(1), Integer(1), Text("a")
    Integer(2), Null, Text("b")
    Integer(3), Integer(1), Text("c")
    "#);
}

#[test]
fn a_rule_that_is_in_the_way_is_told() {
    let sandbox = keeping(
        "rules",
        "CREATE TABLE player (id INTEGER PRIMARY KEY, note TEXT); \
         INSERT INTO player VALUES (1, 'a'), (2, NULL), (3, 'c');",
    );
    losing(
        &sandbox,
        "rules_note",
        "\"player.note\"",
        DROP,
        "ALTER TABLE player ADD COLUMN note TEXT NOT NULL DEFAULT '-' CHECK (note <> 'c')",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO player VALUES (9)").unwrap();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_rules_note ([N] ms)
    put back player.note of 1 row
        not 1 row, since CHECK constraint failed: note <> 'c': 3
        not 1 row, since NOT NULL constraint failed: player.note: 2
        that stays kept: `runner kept`
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(rows(&sandbox, "SELECT * FROM player"), @r#"
    Integer(1), Text("a")
    Integer(2), Text("-")
    Integer(3), Text("-")
    Integer(9), Text("-")
    "#);
}

#[test]
fn a_run_may_keep_or_not_whatever_the_configuration_says() {
    let sandbox = keeping("asked", PLAYERS);
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    losing(&sandbox, "asked_note", "\"player.note\"", DROP, ADD);
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(!said.contains("kept"), "{said}");
    sandbox.run(&["down"]).succeeded();
    let said = sandbox.run(&["migrate", "--keep-lost", "--dry-run"]).succeeded().stdout;
    assert!(said.contains("would keep player.note of 4 rows"), "{said}");
    let said = sandbox.run(&["migrate", "--keep-lost"]).succeeded().stdout;
    assert!(said.contains("kept player.note of 4 rows"), "{said}");
    let said = sandbox.run(&["down", "--dry-run"]).succeeded().stdout;
    assert!(said.contains("would put back player.note of 4 rows"), "{said}");
    sandbox.run(&["down"]).succeeded();
    for (named, kept) in [("asked_note", true), ("asked_ground", false)] {
        sandbox.write("runner.toml", &format!("database = \"app.db\"\nkeep_lost = ['{named}']\n"));
        let said = sandbox.run(&["migrate"]).succeeded().stdout;
        assert_eq!(said.contains("kept player.note"), kept, "{said}");
        sandbox.run(&["down"]).succeeded();
    }
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = true\n");
    let said = sandbox.run(&["migrate", "--no-keep-lost"]).succeeded().stdout;
    assert!(!said.contains("kept"), "{said}");
}
