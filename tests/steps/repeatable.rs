//! Views and triggers that change in place, in `repeatable/`: applied after the last step, taken back with it, and out
//! of the way of migrations.

use std::fs;

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, score INTEGER); \
                       CREATE TABLE log (what TEXT); INSERT INTO player VALUES (1, 'ann', 7)";

/// A project with the table `player`, whose first migration is called `NAME_1`.
fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_1"), PLAYERS, "DROP TABLE log; DROP TABLE player");
    sandbox
}

/// What the views and triggers say.
fn programs(sandbox: &Sandbox) -> String {
    rows(
        &sandbox.database(),
        "SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY type, name",
    )
}

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
fn the_way_back_puts_back_the_texts_that_stood_before() {
    let sandbox = project("repeatable_back");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    let first = sandbox.contents();
    sandbox.sql_migration(
        "repeatable_back_2",
        "ALTER TABLE player ADD COLUMN level INTEGER",
        "ALTER TABLE player DROP COLUMN level",
    );
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name, level FROM player;");
    sandbox.write("repeatable/b.sql", "CREATE VIEW w AS SELECT level FROM v;");
    sandbox.run(&["migrate"]).succeeded();
    // The text that was there in between is no text that stood before the step.
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT level, name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE VIEW v AS SELECT level, name FROM player")
    Text("CREATE VIEW w AS SELECT level FROM v")
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_back_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    dropped the view w (repeatable/b.sql)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT name FROM player")"#);
    let strip = |text: &str| -> String {
        text.lines().filter(|line| !line.starts_with("  Integer")).collect()
    };
    assert_eq!(strip(&sandbox.contents()), strip(&first));
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_back_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the view w (repeatable/b.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    assert_snapshot!(programs(&sandbox), @"");
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
    replaced 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @"");
    sandbox.untouched(&["check", "pending", "drift"]).succeeded();
}

#[test]
fn what_is_in_the_way_of_a_migration_makes_way_and_nothing_else() {
    let sandbox = project("repeatable_way");
    let text = |column: &str| {
        format!(
            "CREATE VIEW v AS SELECT name, {column} FROM player;\n\
             CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN SELECT 1; END;\n\
             CREATE TRIGGER of_points AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('p' || new.{column}); END;\n\
             CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('a' || new.name); END;\n"
        )
    };
    sandbox.write("repeatable/a.sql", &text("score"));
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration(
        "repeatable_way_2",
        "ALTER TABLE player ADD COLUMN points INTEGER; UPDATE player SET points = score; \
         ALTER TABLE player DROP COLUMN score; UPDATE player SET name = 'eve'",
        "ALTER TABLE player ADD COLUMN score INTEGER; UPDATE player SET score = points; \
         ALTER TABLE player DROP COLUMN points",
    );
    sandbox.sql_migration("repeatable_way_3", "CREATE TABLE three (a)", "DROP TABLE three");
    // Without a text that fits, nothing goes.
    assert_snapshot!(sandbox.untouched(&["migrate", "--dry-run"]).shown(), @"
    exit 3
    --- stdout
    would apply [STAMP]_repeatable_way_2
        ALTER TABLE player ADD COLUMN points INTEGER;
        UPDATE player SET points = score;
        -- TRIGGER audit
        -- INSERT INTO log VALUES ('a' || new.name)
        -- TRIGGER of_points
        -- INSERT INTO log VALUES ('p' || new.score)
        ALTER TABLE player DROP COLUMN score;
        ALTER TABLE player DROP COLUMN score
        UPDATE player SET name = 'eve'
        -- TRIGGER audit
        -- INSERT INTO log VALUES ('a' || new.name)
        -- and 37 that only look or protect; -v shows them
    would apply [STAMP]_repeatable_way_3
        CREATE TABLE three (a)
    --- stderr
    error: views and triggers do not fit the schema:
        repeatable/a.sql:1: the view `v`: no such column: score
        repeatable/a.sql:2: the trigger `through`: no such column: score
        repeatable/a.sql:3: the trigger `of_points`: no such column: new.score
    hint: nothing of this step is in the database; correct the files, or the migration
    explain: runner explain repeatable-broken
    ");
    assert_snapshot!(sandbox.untouched(&["migrate", "-n", "1"]).shown(), @"
    exit 3
    --- stderr
    error: views and triggers would be gone: their texts no longer fit the schema:
        repeatable/a.sql: the view `v`: no such column: score
        repeatable/a.sql: the trigger `of_points`: no such column: new.score
        repeatable/a.sql: the trigger `through`: no such column: score
    hint: nothing of this step is in the database; the files are applied once nothing is pending: `runner migrate`
    explain: runner explain repeatable-broken
    ");
    sandbox.write("repeatable/a.sql", &text("points"));
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_way_2 ([N] ms)
    applied [STAMP]_repeatable_way_3 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the trigger through (repeatable/a.sql)
    replaced the trigger of_points (repeatable/a.sql)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('a' || new.name); END")
    Text("CREATE TRIGGER of_points AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('p' || new.points); END")
    Text("CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN SELECT 1; END")
    Text("CREATE VIEW v AS SELECT name, points FROM player")
    "#);
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM log"), @r#"
    Text("aann")
    Text("p7")
    Text("aeve")
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_repeatable_way_3 ([N] ms)
    reverted 1 migration: `app.db` has 2 applied, 1 pending
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_way_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the trigger of_points (repeatable/a.sql)
    replaced the trigger through (repeatable/a.sql)
    reverted 1 migration: `app.db` has 1 applied, 2 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('a' || new.name); END")
    Text("CREATE TRIGGER of_points AFTER UPDATE ON player BEGIN INSERT INTO log VALUES ('p' || new.score); END")
    Text("CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN SELECT 1; END")
    Text("CREATE VIEW v AS SELECT name, score FROM player")
    "#);
    sandbox.run(&["migrate", "--single-transaction"]).succeeded();
    sandbox.untouched(&["check", "pending", "drift"]).succeeded();
}
