//! They are applied after the last step, whenever a text changed, and nothing else is touched.

use std::fs;

use super::{programs, project};
use crate::sandbox::rows;
use insta::assert_snapshot;

#[test]
fn they_are_applied_with_the_last_step_and_only_when_they_changed() {
    let sandbox = project("repeatable_applied");
    // In the order of their names, each reads one that comes after it.
    sandbox.write(
        "repeatable/players.sql",
        "CREATE VIEW best AS SELECT name FROM ranked WHERE place = 1;\n\
         CREATE VIEW ranked AS\n  SELECT name, rank() OVER (ORDER BY score DESC) AS place FROM player;\n",
    );
    sandbox.write(
        "repeatable/audit.sql",
        "CREATE TRIGGER through INSTEAD OF INSERT ON best\n\
         BEGIN INSERT INTO player (name, score) VALUES (new.name, 9); END;\n",
    );
    assert_snapshot!(sandbox.run(&["status"]).succeeded().stdout, @"
    [ ] [STAMP]_repeatable_applied_1
    0 applied, 1 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    [*] new view best  repeatable/players.sql
    [*] new view ranked  repeatable/players.sql
    [*] new trigger through  repeatable/audit.sql
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_applied_1 ([N] ms)
    replaced the view best (repeatable/players.sql)
    replaced the view ranked (repeatable/players.sql)
    replaced the trigger through (repeatable/audit.sql)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER through INSTEAD OF INSERT ON best\nBEGIN INSERT INTO player (name, score) VALUES (new.name, 9); END")
    Text("CREATE VIEW best AS SELECT name FROM ranked WHERE place = 1")
    Text("CREATE VIEW ranked AS\n  SELECT name, rank() OVER (ORDER BY score DESC) AS place FROM player")
    "#);
    assert_snapshot!(sandbox.untouched(&["migrate"]).succeeded().stdout, @"nothing to do: `app.db` has 1 applied, 0 pending");
    assert_snapshot!(sandbox.untouched(&["check", "pending", "drift"]).succeeded().stdout, @"nothing is pending, nothing has drifted");

    // A view alone, and the trigger on it stays.
    sandbox.write(
        "repeatable/players.sql",
        "-- A comment is no change.\n\
         CREATE VIEW best AS SELECT name FROM ranked WHERE place <= 2;\n\
         CREATE VIEW ranked AS\r\n  SELECT name, rank() OVER (ORDER BY score DESC) AS place FROM player;\n",
    );
    assert_snapshot!(sandbox.untouched(&["status"]).succeeded().stdout, @"
    [x] [STAMP]_repeatable_applied_1  [TIME]
    1 applied, 0 pending
    [*] changed view best  repeatable/players.sql
    ");
    assert_snapshot!(sandbox.untouched(&["check", "pending", "drift"]).shown(), @"
    exit 1
    --- stdout
    pending: the view `best` (changed)
    --- stderr
    error: the check found 1 thing
    hint: `runner migrate`
    ");
    assert_snapshot!(sandbox.untouched(&["status", "--json"]).succeeded().stdout, @r#"
    {
      "applied": 1,
      "database": "[ROOT]/app.db",
      "drift": [],
      "exists": true,
      "migrations": [
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_repeatable_applied_1",
          "state": "applied"
        }
      ],
      "missing": 0,
      "pending": 0,
      "repairs": [],
      "repeatable": [
        {
          "change": "changed",
          "file": "repeatable/players.sql",
          "kind": "view",
          "name": "best"
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.untouched(&["migrate", "--dry-run"]).succeeded().stdout, @"
    would replace the view best (repeatable/players.sql)
    dry run: 1 view or trigger tried on a copy, `app.db` is unchanged
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--json"]).succeeded().stdout, @r#"
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": false,
      "log": [],
      "repeatable": [
        {
          "change": "changed",
          "file": "repeatable/players.sql",
          "kind": "view",
          "name": "best"
        }
      ],
      "statements": [],
      "steps": [],
      "unverified": []
    }
    "#);
    sandbox.database().execute_batch("INSERT INTO best VALUES ('bob')").unwrap();
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM best"), @r#"
    Text("bob")
    Text("ann")
    "#);
    sandbox.untouched(&["check", "pending", "drift"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["migrate"]).succeeded().stdout, @"nothing to do: `app.db` has 1 applied, 0 pending");
}

#[test]
fn a_text_that_does_not_fit_takes_its_step_back() {
    let sandbox = project("repeatable_broken");
    sandbox.write(
        "repeatable/a.sql",
        "CREATE VIEW v AS\n  SELECT \"level\" FROM player;\n\
         CREATE TRIGGER t AFTER INSERT ON player BEGIN INSERT INTO gone VALUES (1); END;\n\
         CREATE TRIGGER u AFTER INSERT ON player BEGIN INSERT INTO log VALUES (1); END;\n\
         CREATE VIEW log AS SELECT 1;\n",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @r#"
    exit 3
    --- stderr
    error: views and triggers do not fit the schema:
        repeatable/a.sql:5: the view `log`: table log already exists
        repeatable/a.sql:1: the view `v`: no such column: "level" - should this be a string literal in single-quotes?
        repeatable/a.sql:3: the trigger `t`: no such table: main.gone
    hint: nothing of this step is in the database; correct the files, or the migration
    explain: runner explain repeatable-broken
    "#);
    assert_eq!(sandbox.contents(), "");
    sandbox.write("repeatable/b.sql", "CREATE TABLE t (a);\nCREATE VIEW V AS SELECT 1;");
    fs::write(sandbox.path("repeatable/c.sql"), [0xff]).unwrap();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: files of views and triggers cannot be used:
        repeatable/c.sql: it is not UTF-8
        repeatable/b.sql:1: `CREATE TABLE` makes no view and no trigger
        repeatable/b.sql:2: the view `V` is defined in repeatable/a.sql:1 already
    hint: nothing was changed; everything else belongs into a migration
    explain: runner explain repeatable-files
    ");
    assert_eq!(sandbox.contents(), "");
}

#[test]
fn what_no_file_defines_any_more_goes_when_a_person_agrees() {
    let sandbox = project("repeatable_removed");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    fs::remove_dir_all(sandbox.path("repeatable")).unwrap();
    assert_snapshot!(sandbox.untouched(&["status"]).succeeded().stdout, @"
    [x] [STAMP]_repeatable_removed_1  [TIME]
    1 applied, 0 pending
    [*] removed view v  repeatable/a.sql
    ");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: no file of `repeatable` defines it any more, and nobody agreed to drop the view `v`
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain not-confirmed
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--yes"]).succeeded().stdout, @"
    dropped the view v (repeatable/a.sql)
    dropped 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @"");
    sandbox.untouched(&["check", "pending", "drift"]).succeeded();
}
