//! After a last step that has no transaction of its own kind to join, they get one of their own.

use super::{programs, project};
use crate::sandbox::Sandbox;
use insta::assert_snapshot;

#[test]
fn after_a_batched_step_they_have_a_transaction_of_their_own() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "repeatable_batched_1",
        "CREATE TABLE finished (word); CREATE TABLE number (id INTEGER PRIMARY KEY, n); \
         INSERT INTO number (n) VALUES (1), (2), (3)",
        "DROP TABLE number; DROP TABLE finished",
    );
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT n FROM number;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.plugin("counts_in_batches");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT twice FROM number;");
    assert_snapshot!(sandbox.run(&["migrate", "-n", "1"]).succeeded().stdout, @"
    applied [STAMP]_counts_in_batches ([N] ms)
    replaced the view v (repeatable/v.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT twice FROM number")"#);
    sandbox.untouched(&["check"]).succeeded();
    assert_snapshot!(sandbox.run(&["history"]).succeeded().stdout.lines().count(), @"4");
}

#[test]
fn after_a_step_without_a_transaction_too_and_a_crash_in_between_is_made_up_for() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("repeatable_alone_1", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.migration(
        "repeatable_alone_2",
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Alone;\n\
         impl Migration for Alone {\n const TRANSACTIONAL: bool = false;\n\
         fn migrate_forward(&self, it: &mut Migrator) -> Result { \
         it.execute_batch(\"ALTER TABLE t ADD COLUMN b\") }\n\
         fn migrate_backward(&self, it: &mut Migrator) -> Result { \
         it.execute_batch(\"ALTER TABLE t DROP COLUMN b\") }\n}\nexport_migration!(Alone);\n",
    );
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT c FROM t;");
    // As after a crash: the migration is there, and they are not.
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stdout
    applied [STAMP]_repeatable_alone_1 ([N] ms)
    applied [STAMP]_repeatable_alone_2 ([N] ms)
    --- stderr
    error: views and triggers do not fit the schema:
        repeatable/v.sql:1: the view `v`: no such column: c
    hint: nothing of this step is in the database; correct the files, or the migration
    explain: runner explain repeatable-broken
    ");
    assert_snapshot!(programs(&sandbox), @"");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT b FROM t;");
    assert_snapshot!(sandbox.untouched(&["status"]).succeeded().stdout, @"
    [x] [STAMP]_repeatable_alone_1  [TIME]
    [x] [STAMP]_repeatable_alone_2  [TIME]
    2 applied, 0 pending
    [*] new view v  repeatable/v.sql
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    replaced the view v (repeatable/v.sql)
    replaced 1 view or trigger: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT b FROM t")"#);
    sandbox.untouched(&["check"]).succeeded();
}

#[test]
fn where_nothing_else_is_pending_nothing_is_built() {
    let sandbox = project("repeatable_no_build");
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write("repeatable/v.sql", "CREATE VIEW v AS SELECT score FROM player;");
    let without_cargo = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("PATH", sandbox.root());
        sandbox.outcome(&command.output().unwrap()).succeeded().stdout
    };
    assert_snapshot!(without_cargo(&["migrate"]), @"
    replaced the view v (repeatable/v.sql)
    replaced 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
    sandbox.write("repeatable/v.sql", "");
    assert_snapshot!(without_cargo(&["migrate", "--yes"]), @"
    dropped the view v (repeatable/v.sql)
    dropped 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
}
