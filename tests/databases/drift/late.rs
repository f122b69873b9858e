//! A pending migration that is older than the last applied.

use insta::assert_snapshot;

use super::project::{applied, in_order, older, table, without_cargo};

#[test]
fn a_late_migration_is_refused_until_it_is_allowed() {
    let (sandbox, [first, ..]) = applied("late");
    let late = older(&sandbox, &first, "late_0");
    table(&sandbox, "late_4");
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [<] [STAMP]_late_0
    [x] [STAMP]_late_1  [TIME]
    [x] [STAMP]_late_2  [TIME]
    [x] [STAMP]_late_3  [TIME]
    [ ] [STAMP]_late_4
    3 applied, 2 pending
    [<] 1 pending, and older than the last applied
    next: give it a later timestamp, if it is applied nowhere: `runner rebase [STAMP]_late_0`; or apply it all the same: `runner migrate --allow-out-of-order`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_late_0` is pending, and older than the last applied, `[STAMP]_late_3`
    hint: give it a later timestamp, if it is applied nowhere: `runner rebase [STAMP]_late_0`; or apply it all the same: `runner migrate --allow-out-of-order`
    explain: runner explain out-of-order-migration
    ");
    assert_eq!(without_cargo(&sandbox, &["migrate", "--to", &late]).code, Some(3));
    assert_eq!(sandbox.untouched(&["repair", "--forget", &late, "--reason", "no"]).code, Some(3));
    // It stands in nobody's way back.
    sandbox.run(&["redo"]).succeeded();
    assert_snapshot!(sandbox.run(&["migrate", "--allow-out-of-order"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_late_0 ([N] ms)
    applied [STAMP]_late_4 ([N] ms)
    applied 2 migrations: `app.db` has 5 applied, 0 pending
    ");
    in_order(&sandbox);
}

#[test]
fn a_late_migration_leaves_a_schema_that_is_known() {
    let (sandbox, [first, ..]) = applied("latest");
    older(&sandbox, &first, "latest_0");
    sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    in_order(&sandbox);
    sandbox.run(&["migrate", "--backward", "--steps", "3"]).succeeded();
    in_order(&sandbox);
    sandbox.database().execute_batch("ALTER TABLE latest_0 ADD COLUMN b").unwrap();
    assert_eq!(without_cargo(&sandbox, &["migrate"]).code, Some(3));
}
