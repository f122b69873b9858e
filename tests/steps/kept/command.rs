//! `runner kept`, and what is over the limits.

use super::{keeping, losing};
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, note TEXT); \
    INSERT INTO player VALUES (1, 'Ada', 'a'), (2, 'Bob', 'b');";

#[test]
fn what_is_kept_is_listed_shown_and_let_go_of_with_an_entry_in_the_log() {
    let sandbox = keeping("listed", PLAYERS);
    assert_snapshot!(sandbox.untouched(&["kept"]).shown(), @"
    exit 0
    --- stdout
    nothing is kept in `app.db`
    ");
    losing(
        &sandbox,
        "listed_note",
        "\"player.note\"",
        "ALTER TABLE player DROP COLUMN note",
        "ALTER TABLE player ADD COLUMN note TEXT",
    );
    assert_snapshot!(sandbox.run(&["migrate", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": false,
      "kept": [
        {
          "bytes": 18,
          "columns": [
            "note"
          ],
          "id": "[STAMP]_listed_note",
          "rows": 2,
          "table": "player",
          "what": "values"
        }
      ],
      "log": [],
      "statements": [],
      "steps": [
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_listed_note"
        }
      ],
      "unverified": []
    }
    "#);
    assert_snapshot!(sandbox.untouched(&["kept"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_listed_note  player.note of 2 rows ([SIZE]), [TIME]
    1 kB in `app.db`
    ");
    assert_snapshot!(sandbox.untouched(&["kept", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "kept": [
        {
          "bytes": 18,
          "columns": [
            "note"
          ],
          "id": "[STAMP]_listed_note",
          "kept_at": "[TIME]",
          "key": [
            "id"
          ],
          "left_over": false,
          "number": 1,
          "rows": 2,
          "table": "player",
          "what": "values"
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.untouched(&["kept", "show", "listed_note", "--rows", "1"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_listed_note  player.note of 2 rows ([SIZE]), [TIME]
        1: note = 'a'
        and 1 row more
    ");
    assert_snapshot!(sandbox.untouched(&["kept", "show", "listed_note", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "id": "[STAMP]_listed_note",
      "kept": [
        {
          "definition": "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, note TEXT)",
          "rows": [
            {
              "key": "1",
              "values": [
                "'a'"
              ]
            },
            {
              "key": "2",
              "values": [
                "'b'"
              ]
            }
          ],
          "set": {
            "bytes": 18,
            "columns": [
              "note"
            ],
            "id": "[STAMP]_listed_note",
            "kept_at": "[TIME]",
            "key": [
              "id"
            ],
            "left_over": false,
            "number": 1,
            "rows": 2,
            "table": "player",
            "what": "values"
          }
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.untouched(&["kept", "show", "lost"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `lost`
    hint: `runner status` shows which there are
    ");
    assert_snapshot!(sandbox.untouched(&["kept", "purge"]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <ID|--older-than <DAYS>|--all>

    Usage: runner kept purge <ID|--older-than <DAYS>|--all>

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.untouched(&["kept", "purge", "--older-than", "1"]).shown(), @"
    exit 0
    --- stdout
    nothing of that is kept
    ");
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    assert_snapshot!(sandbox.untouched(&["kept", "purge", "--all"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to let go of 2 rows that were kept
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain protected-database
    ");
    assert_snapshot!(sandbox.run(&["kept", "purge", "--all", "--yes"]).shown(), @"
    exit 0
    --- stdout
    let go of [STAMP]_listed_note  player.note of 2 rows ([SIZE]), [TIME]
    ");
    let log = sandbox.run(&["history"]).succeeded().stdout;
    assert!(log.contains("let go of player.note (2 rows), kept of "), "{log}");
    // The way back does what it did without it.
    sandbox.run(&["down", "--yes"]).succeeded();
    sandbox.run(&["status"]).succeeded();
    assert_eq!(
        sandbox.run(&["repair"]).succeeded().stdout.lines().next(),
        Some("nothing to repair")
    );
}

#[test]
fn what_is_kept_is_no_part_of_the_schema_and_goes_along_in_a_backup() {
    let sandbox = keeping("no_part", PLAYERS);
    losing(
        &sandbox,
        "no_part_note",
        "\"player.note\"",
        "ALTER TABLE player DROP COLUMN note",
        "ALTER TABLE player ADD COLUMN note TEXT",
    );
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(
        sandbox.run(&["repair"]).succeeded().stdout.lines().next(),
        Some("nothing to repair")
    );
    let dump = sandbox.run(&["schema", "dump", "--of", "database"]);
    assert!(!dump.stdout.contains("_runner_kept"), "{dump:?}");
    sandbox.run(&["check"]).succeeded();
    sandbox.run(&["backup", "-o", "copy.db"]).succeeded();
    sandbox.run(&["down"]).succeeded();
    sandbox.run(&["restore", "copy.db", "--yes"]).succeeded();
    let said = sandbox.run(&["down"]).succeeded().stdout;
    assert!(said.contains("put back player.note of 2 rows"), "{said}");
}

#[test]
fn what_is_over_the_limits_goes_when_the_next_step_is_committed_but_for_what_was_kept_last() {
    let sandbox = keeping("limits", PLAYERS);
    let lose = |name: &str| {
        losing(
            &sandbox,
            name,
            "\"player.note\"",
            "UPDATE player SET note = note || 'x'",
            "SELECT 1",
        )
    };
    lose("limits_1");
    sandbox.run(&["migrate"]).succeeded();
    lose("limits_2");
    sandbox.run(&["migrate"]).succeeded();
    let kept = || sandbox.run(&["kept"]).succeeded().stdout.lines().count() - 1;
    assert_eq!(kept(), 2);
    sandbox
        .database()
        .execute_batch(
            "UPDATE _runner_kept SET kept_at = '2020-01-01T00:00:00.000Z' WHERE number = 1",
        )
        .unwrap();
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = true\nkept_days = 30\n");
    sandbox.sql_migration("limits_3", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(kept(), 1);
    // What is kept last stays, however large it is.
    sandbox.database().execute_batch("UPDATE _runner_kept SET bytes = 2000000").unwrap();
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = true\nkept_megabytes = 1\n");
    sandbox.database().execute_batch("UPDATE player SET note = hex(zeroblob(600000))").unwrap();
    lose("limits_4");
    sandbox.run(&["migrate"]).succeeded();
    let listed = sandbox.run(&["kept"]).succeeded().stdout;
    assert!(listed.contains("limits_4") && !listed.contains("limits_2"), "{listed}");
    let log = sandbox.run(&["history"]).succeeded().stdout;
    assert_eq!(log.matches("let go of").count(), 2, "{log}");
}
