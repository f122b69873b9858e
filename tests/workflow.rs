//! The main job as a person does it: make a project, make migrations, apply them, go back.

mod sandbox;

use insta::assert_snapshot;
use sandbox::Sandbox;

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
      sqlite_version TEXT NOT NULL
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
      sqlite_version TEXT NOT NULL
    ) WITHOUT ROWID
      Text("[STAMP]_workflow_player")
    table player: CREATE TABLE player (name TEXT)
      Text("ada")
    "#);
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(sandbox.contents(), applied);
}
