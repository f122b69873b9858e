//! A view that migrations have made becomes that of a file, and what somebody changes by hand is drift.

use super::{programs, project};
use crate::sandbox::rows;
use insta::assert_snapshot;

#[test]
fn a_view_of_a_migration_is_taken_over_and_given_back() {
    let sandbox = project("repeatable_adopted");
    sandbox.sql_migration(
        "repeatable_adopted_2",
        "CREATE VIEW v AS SELECT name FROM player; \
         CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.name); END",
        "DROP VIEW v",
    );
    sandbox.run(&["migrate"]).succeeded();
    let before = programs(&sandbox);
    sandbox.sql_migration("repeatable_adopted_3", "SELECT 1", "SELECT 1");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name, score FROM player;");
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_adopted_3 ([N] ms)
    replaced the view v (repeatable/v.sql)
    applied 1 migration: `app.db` has 3 applied, 0 pending
    ");
    // The trigger on it is of a migration, and stays.
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.name); END")
    Text("CREATE VIEW v AS SELECT name, score FROM player")
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_adopted_3 ([N] ms)
    replaced the view v
    reverted 1 migration: `app.db` has 2 applied, 1 pending
    ");
    assert_eq!(programs(&sandbox), before);
    // A new database gets all of it at once, the view of the migration first.
    let other = sandbox.run(&["migrate", "--database", "new.db", "--create"]).succeeded();
    assert_snapshot!(other.stdout, @"
    applied [STAMP]_repeatable_adopted_1 ([N] ms)
    applied [STAMP]_repeatable_adopted_2 ([N] ms)
    applied [STAMP]_repeatable_adopted_3 ([N] ms)
    replaced the view v (repeatable/v.sql)
    applied 3 migrations: `new.db` has 3 applied, 0 pending
    ");
    sandbox.run(&["check", "--database", "new.db"]).succeeded();
}

#[test]
fn a_migration_whose_view_a_file_took_over_is_reverted_and_applied_again() {
    let sandbox = project("repeatable_own_view");
    let view = "CREATE VIEW v AS SELECT name FROM player; \
                CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES (new.name); END";
    sandbox.sql_migration("repeatable_own_view_2", view, "DROP TRIGGER through; DROP VIEW v");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name, score FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    let taken_over = programs(&sandbox);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_own_view_2 ([N] ms)
    dropped the view v
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_eq!(programs(&sandbox), "");
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(programs(&sandbox), taken_over);
    sandbox.run(&["redo"]).succeeded();
    sandbox.run(&["check", "pending", "drift"]).succeeded();
}

#[test]
fn a_migration_that_changed_a_view_and_nothing_else_is_reverted_although_a_file_has_it() {
    let sandbox = project("repeatable_new_text");
    let (old, new) =
        ("CREATE VIEW v AS SELECT name FROM player", "CREATE VIEW v AS SELECT score FROM player");
    sandbox.sql_migration("repeatable_new_text_2", old, "DROP VIEW v");
    sandbox.run(&["migrate"]).succeeded();
    let before = programs(&sandbox);
    sandbox.sql_migration(
        "repeatable_new_text_3",
        &format!("DROP VIEW v; {new}"),
        &format!("DROP VIEW v; {old}"),
    );
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name, score FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["redo"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(programs(&sandbox), before);
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["check", "pending", "drift"]).succeeded();
}

#[test]
fn a_migration_whose_view_went_with_its_file_is_reverted() {
    let sandbox = project("repeatable_gone_view");
    sandbox.sql_migration(
        "repeatable_gone_view_2",
        "CREATE VIEW v AS SELECT name FROM player",
        "DROP VIEW v",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name, score FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write("repeatable/v.sql", "");
    sandbox.run(&["migrate", "--yes"]).succeeded();
    assert_eq!(programs(&sandbox), "");
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(programs(&sandbox), "");
    sandbox.run(&["migrate", "--backward"]).succeeded();
}

#[test]
fn a_migration_that_drops_what_a_file_defines_finds_it_there_again() {
    let sandbox = project("repeatable_dropped");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration(
        "repeatable_dropped_2",
        "DROP VIEW v; ALTER TABLE player DROP COLUMN score; CREATE VIEW v AS SELECT 1",
        "DROP VIEW v; ALTER TABLE player ADD COLUMN score; CREATE VIEW v AS SELECT 2",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_dropped_2 ([N] ms)
    replaced the view v (repeatable/v.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT name FROM player")"#);
    sandbox.sql_migration("repeatable_dropped_3", "CREATE VIEW v AS SELECT 3", "SELECT 1");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_repeatable_dropped_3` failed
      caused by: src/lib.rs:5: view v already exists
        CREATE VIEW v AS SELECT 3
    hint: everything that it did was rolled back
    ");
}

#[test]
fn what_somebody_changes_by_hand_is_drift() {
    let sandbox = project("repeatable_drift");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("DROP VIEW v; CREATE VIEW v AS SELECT 1").unwrap();
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT score FROM player;");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the schema was changed by something else than the runner:
          - CREATE VIEW v AS SELECT name FROM player
          + CREATE VIEW v AS SELECT 1
    hint: undo the change; or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`; or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    explain: runner explain schema-changed
    ");
    sandbox.run(&["repair", "--accept-schema", "--reason", "in a hurry"]).succeeded();
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    replaced the view v (repeatable/v.sql)
    replaced 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
    let history = sandbox.run(&["history"]).succeeded().stdout;
    assert!(history.contains("redefined the view `v` (changed)"), "{history}");
    assert_eq!(rows(&sandbox.database(), "SELECT * FROM v").trim(), "Integer(7)");
}
