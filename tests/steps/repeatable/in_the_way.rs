//! What stands in the way of a migration makes way, and comes back.

use super::{programs, project};
use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

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

/// A migration that has operations, forward and backward.
fn operations(forward: &str, backward: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n\
         #[derive(Default)]\npub struct Operations;\n\
         impl Migration for Operations {{\n\
         fn migrate_forward(&self, it: &mut Migrator) -> Result {{ {forward} Ok(()) }}\n\
         fn migrate_backward(&self, it: &mut Migrator) -> Result {{ {backward} Ok(()) }}\n\
         }}\nexport_migration!(Operations);\n"
    )
}

/// A view on `score`, and two triggers, of which one says what is done.
fn watched(name: &str) -> Sandbox {
    let sandbox = project(name);
    sandbox.write(
        "repeatable/a.sql",
        "CREATE VIEW v AS SELECT score FROM player;\n\
         CREATE TRIGGER of_score AFTER UPDATE OF score ON player BEGIN SELECT new.score; END;\n\
         CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END;\n",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox
}

#[test]
fn operations_go_past_what_is_in_their_way_and_the_audit_goes_on() {
    let sandbox = watched("repeatable_operations");
    sandbox.migration(
        "repeatable_operations_2",
        &operations(
            "it.drop_column(\"player\", \"score\")?; \
             it.execute(\"UPDATE player SET name = 'bob'\", [])?; \
             it.alter_column_type(\"player\", \"name\", \"BLOB\")?; \
             it.execute(\"UPDATE player SET name = 'cid'\", [])?;",
            "it.add_column(\"player\", Column::integer(\"score\"))?; \
             it.alter_column_type(\"player\", \"name\", \"TEXT\")?;",
        ),
    );
    sandbox.write(
        "repeatable/a.sql",
        "CREATE VIEW v AS SELECT name FROM player;\n\
         CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END;\n",
    );
    assert_snapshot!(sandbox.run(&["migrate", "--yes"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_operations_2 ([N] ms)
    dropped the trigger of_score (repeatable/a.sql)
    replaced the view v (repeatable/a.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END")
    Text("CREATE VIEW v AS SELECT name FROM player")
    "#);
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM log"), @r#"
    Text("bob")
    Text("cid")
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_operations_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the trigger of_score (repeatable/a.sql)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END")
    Text("CREATE TRIGGER of_score AFTER UPDATE OF score ON player BEGIN SELECT new.score; END")
    Text("CREATE VIEW v AS SELECT score FROM player")
    "#);
    sandbox.untouched(&["check", "drift"]).succeeded();
}

#[test]
fn a_view_that_no_file_defines_is_in_the_way_as_before() {
    let sandbox = watched("repeatable_others");
    sandbox.sql_migration(
        "repeatable_others_2",
        "CREATE VIEW of_a_migration AS SELECT score FROM player",
        "DROP VIEW of_a_migration",
    );
    sandbox.run(&["migrate"]).succeeded();
    let before = sandbox.contents();
    sandbox.sql_migration(
        "repeatable_others_3",
        "ALTER TABLE player DROP COLUMN score",
        "ALTER TABLE player ADD COLUMN score",
    );
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name FROM player;");
    assert_snapshot!(sandbox.run(&["migrate", "--yes"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_repeatable_others_3` failed
      caused by: src/lib.rs:5: error in view v after drop column: no such column: score
        ALTER TABLE player DROP COLUMN score
    hint: everything that it did was rolled back. A view or trigger of `repeatable/` makes way for `migrator.execute` and for operations, not for SQL on `migrator.connection()`; drop any other before, and make it again after
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn sql_on_the_connection_gets_an_error_that_says_what_makes_way() {
    let sandbox = watched("repeatable_raw");
    let before = sandbox.contents();
    sandbox.migration(
        "repeatable_raw_2",
        &operations(
            "it.connection().execute(\"ALTER TABLE player DROP COLUMN score\", [])?;",
            "it.connection().execute(\"ALTER TABLE player ADD COLUMN score\", [])?;",
        ),
    );
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_repeatable_raw_2` failed
      caused by: error in view v after drop column: no such column: score
        at [STAMP]_repeatable_raw_2/src/lib.rs:5:58
    hint: everything that it did was rolled back. A view or trigger of `repeatable/` makes way for `migrator.execute` and for operations, not for SQL on `migrator.connection()`; drop any other before, and make it again after
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn triggers_of_a_table_that_is_made_anew_by_hand_come_back() {
    let sandbox = watched("repeatable_by_hand");
    sandbox.sql_migration(
        "repeatable_by_hand_2",
        "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, score INTEGER); \
         INSERT INTO new SELECT * FROM player; DROP TABLE player; ALTER TABLE new RENAME TO player; \
         UPDATE player SET name = 'dan'",
        "SELECT 1",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_by_hand_2 ([N] ms)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END")
    Text("CREATE TRIGGER of_score AFTER UPDATE OF score ON player BEGIN SELECT new.score; END")
    Text("CREATE VIEW v AS SELECT score FROM player")
    "#);
    // They went with the old table, and were back once the new one had its name.
    assert_snapshot!(rows(&sandbox.database(), "SELECT * FROM log"), @r#"  Text("dan")"#);
}

#[test]
fn a_text_that_a_rename_changed_has_to_be_changed_in_its_file_too() {
    let sandbox = watched("repeatable_renamed");
    sandbox.sql_migration(
        "repeatable_renamed_2",
        "ALTER TABLE player RENAME COLUMN score TO points",
        "ALTER TABLE player RENAME COLUMN points TO score",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: views and triggers do not fit the schema:
        repeatable/a.sql:1: the view `v`: no such column: score
        repeatable/a.sql:2: the trigger `of_score`: no such column: score
    hint: nothing of this step is in the database; correct the files, or the migration
    explain: runner explain repeatable-broken
    ");
    let text = sandbox.read("repeatable/a.sql").replace("score FROM", "points FROM");
    sandbox.write(
        "repeatable/a.sql",
        &text.replace("OF score", "OF points").replace("new.score", "new.points"),
    );
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_renamed_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the trigger of_score (repeatable/a.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_renamed_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the trigger of_score (repeatable/a.sql)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE TRIGGER audit AFTER UPDATE ON player BEGIN INSERT INTO log VALUES (new.name); END")
    Text("CREATE TRIGGER of_score AFTER UPDATE OF score ON player BEGIN SELECT new.score; END")
    Text("CREATE VIEW v AS SELECT score FROM player")
    "#);
}
