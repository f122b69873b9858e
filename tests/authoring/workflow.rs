//! The main job as a person does it: make a project, make migrations, apply them, go back.

use crate::sandbox::{self, Sandbox};
use insta::assert_snapshot;

#[test]
fn a_migration_goes_forward_backward_and_forward_again() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "workflow_player",
        "CREATE TABLE player (name TEXT); INSERT INTO player VALUES ('ada')",
        "DROP TABLE player",
    );
    sandbox.sql_migration(
        "workflow_level",
        "ALTER TABLE player ADD COLUMN level INTEGER DEFAULT 1",
        "ALTER TABLE player DROP COLUMN level",
    );
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_workflow_player
    [ ] [STAMP]_workflow_level
    0 applied, 2 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_workflow_player ([N] ms)
    applied [STAMP]_workflow_level ([N] ms)
    applied 2 migrations: `app.db` has 2 applied, 0 pending
    ");
    let applied = sandbox.contents();
    assert_snapshot!(applied, @r#"
    table _runner_migrations: CREATE TABLE _runner_migrations (
      id TEXT NOT NULL PRIMARY KEY,
      applied_at TEXT NOT NULL,
      duration_us INTEGER NOT NULL,
      source_digest TEXT NOT NULL,
      schema_digest TEXT NOT NULL,
      runner_version TEXT NOT NULL,
      api_version TEXT NOT NULL,
      sqlite_version TEXT NOT NULL,
      usable_since TEXT,
      schema_before TEXT,
      made TEXT,
      replaces TEXT,
      replaced_by TEXT
    ) WITHOUT ROWID
      Text("[STAMP]_workflow_player")
      Text("[STAMP]_workflow_level")
    table player: CREATE TABLE player (name TEXT, level INTEGER DEFAULT 1)
      Text("ada"), Integer(1)
    "#);
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    nothing to do: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_workflow_level ([N] ms)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_workflow_player  [TIME]
    [ ] [STAMP]_workflow_level
    1 applied, 1 pending
    ");
    assert_snapshot!(sandbox.contents(), @r#"
    table _runner_migrations: CREATE TABLE _runner_migrations (
      id TEXT NOT NULL PRIMARY KEY,
      applied_at TEXT NOT NULL,
      duration_us INTEGER NOT NULL,
      source_digest TEXT NOT NULL,
      schema_digest TEXT NOT NULL,
      runner_version TEXT NOT NULL,
      api_version TEXT NOT NULL,
      sqlite_version TEXT NOT NULL,
      usable_since TEXT,
      schema_before TEXT,
      made TEXT,
      replaces TEXT,
      replaced_by TEXT
    ) WITHOUT ROWID
      Text("[STAMP]_workflow_player")
    table player: CREATE TABLE player (name TEXT)
      Text("ada")
    "#);
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(sandbox.contents(), applied);
}

#[test]
fn a_migration_finds_nothing_that_the_one_before_left_on_the_connection() {
    let sandbox = Sandbox::project();
    for name in ["workflow_temp_first", "workflow_temp_second"] {
        sandbox.sql_migration(
            name,
            &format!("CREATE TEMP TABLE note (a); PRAGMA cache_size = 10; CREATE TABLE {name} (a)"),
            &format!("CREATE TEMP TABLE note (a); DROP TABLE {name}"),
        );
    }
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
}

#[test]
fn how_far_is_said_by_id_by_name_by_count_or_by_all() {
    let sandbox = Sandbox::project();
    let ids: Vec<String> = ["one", "two", "three", "four"]
        .map(|name| {
            let table = format!("far_{name}");
            let create = format!("CREATE TABLE {table} (a)");
            sandbox.sql_migration(&table, &create, &format!("DROP TABLE {table}"))
        })
        .to_vec();
    let applied = |arguments: &[&str]| {
        sandbox.run(&[&["migrate"], arguments].concat()).succeeded();
        let status = sandbox.run(&["status"]).succeeded().stdout;
        status.lines().filter(|line| line.starts_with("[x]")).count()
    };
    assert_eq!(applied(&["--steps", "1"]), 1);
    assert_eq!(applied(&["--to", "far_three"]), 3);
    assert_eq!(applied(&["--to", "far_two"]), 3);
    assert_eq!(applied(&["--backward", "--to", &ids[0]]), 1);
    assert_eq!(applied(&[]), 4);
    assert_eq!(applied(&["--backward", "--steps", "2"]), 2);
    assert_eq!(applied(&["--all"]), 4);
    assert_eq!(applied(&["--backward"]), 3);
    assert_eq!(applied(&["--backward", "--all"]), 0);
    assert_eq!(applied(&["--backward"]), 0);
}

#[test]
fn redo_reverts_and_applies_the_last_again() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("redo_first", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.sql_migration("redo_second", "INSERT INTO a VALUES (1)", "DELETE FROM a");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO a VALUES (2)").unwrap();
    assert_snapshot!(sandbox.run(&["redo"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_redo_second ([N] ms)
    applied [STAMP]_redo_second ([N] ms)
    redid 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(sandbox::rows(&sandbox.database(), "SELECT x FROM a"), @"  Integer(1)");
    assert_snapshot!(sandbox.run(&["redo", "--steps", "5"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_redo_second ([N] ms)
    reverted [STAMP]_redo_first ([N] ms)
    applied [STAMP]_redo_first ([N] ms)
    applied [STAMP]_redo_second ([N] ms)
    redid 2 migrations: `app.db` has 2 applied, 0 pending
    ");
}

#[test]
fn a_migration_whose_crate_is_gone_is_shown_and_cannot_be_reverted() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("gone_first", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.run(&["migrate"]).succeeded();
    std::fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [?] [STAMP]_gone_first  [TIME]
    1 applied, 0 pending
    [?] 1 applied, and the crate is gone
    next: bring its folder back from version control, or use a bundle that has it; or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_gone_first --reason TEXT`
    ");
    assert_snapshot!(sandbox.run(&["status", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "applied": 1,
      "database": "[ROOT]/app.db",
      "drift": [
        {
          "id": "[STAMP]_gone_first",
          "kind": "missing"
        }
      ],
      "exists": true,
      "migrations": [
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_gone_first",
          "state": "missing"
        }
      ],
      "missing": 1,
      "pending": 0,
      "repairs": []
    }
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_first` is applied, but its crate is gone, so it cannot be reverted
    hint: nothing was reverted; bring the folder `[STAMP]_gone_first` back from version control, or use a bundle that has it
    explain: runner explain migration-gone
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn a_dry_run_tells_each_statement_and_changes_no_byte() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "dry_first",
        "CREATE TABLE a (x); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END",
        "DROP TABLE a",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration("dry_second", "INSERT INTO a VALUES (1), (2)", "DELETE FROM a");
    sandbox.sql_migration("dry_third", "DELETE FROM a; SELEC", "");
    let bytes = || std::fs::read(sandbox.path("app.db")).unwrap();
    let before = bytes();
    assert_snapshot!(sandbox.run(&["migrate", "--dry-run", "--steps", "1"]).shown(), @"
    exit 0
    --- stdout
    would apply [STAMP]_dry_second
        INSERT INTO a VALUES (1), (2)
        -- TRIGGER t
        -- SELECT 1
        -- TRIGGER t
        -- SELECT 1
    dry run: 1 step tried on a copy, `app.db` is unchanged
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--dry-run"]).shown(), @r#"
    exit 1
    --- stdout
    would apply [STAMP]_dry_second
        INSERT INTO a VALUES (1), (2)
        -- TRIGGER t
        -- SELECT 1
        -- TRIGGER t
        -- SELECT 1
    would apply [STAMP]_dry_third
        DELETE FROM a;
    --- stderr
    error: the migration `[STAMP]_dry_third` failed
      caused by: src/lib.rs:5: near "SELEC": syntax error
        SELEC
    hint: everything that it did was rolled back
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--dry-run", "--backward", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": true,
      "log": [],
      "statements": [
        {
          "id": "[STAMP]_dry_first",
          "sql": "DROP TABLE a"
        }
      ],
      "steps": [
        {
          "direction": "backward",
          "duration_us": [N],
          "id": "[STAMP]_dry_first"
        }
      ],
      "unverified": []
    }
    "#);
    assert!(bytes() == before, "the database was written");
    let files: Vec<_> = std::fs::read_dir(sandbox.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("app"))
        .collect();
    assert_eq!(files, ["app.db"]);
}
