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
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"");
    let applied = sandbox.contents();
    assert_snapshot!(applied, @"");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"");
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"");
    assert_snapshot!(sandbox.contents(), @"");
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(sandbox.contents(), applied);
}
