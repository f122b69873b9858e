//! An applied migration that has no crate.

use insta::assert_snapshot;

use super::project::{applied, in_order, remove, without_cargo};

#[test]
fn a_migration_whose_crate_is_gone_is_shown_refused_and_forgotten_with_a_reason() {
    let (sandbox, [first, second, _]) = applied("gone");
    remove(&sandbox, &second);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_gone_1  [TIME]
    [?] [STAMP]_gone_2  [TIME]
    [x] [STAMP]_gone_3  [TIME]
    3 applied, 0 pending
    [?] 1 applied, and the crate is gone
    next: bring its folder back from version control, or use a bundle that has it; or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_gone_2 --reason TEXT`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_2` is applied, and its crate is gone
    hint: bring its folder back from version control, or use a bundle that has it; or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_gone_2 --reason TEXT`
    explain: runner explain missing-migration
    ");
    // The way back does not lead over it.
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_2` is applied, but its crate is gone, so it cannot be reverted
    hint: nothing was reverted; bring the folder `[STAMP]_gone_2` back from version control, or use a bundle that has it
    explain: runner explain migration-gone
    ");

    let forget =
        |id: &str| sandbox.untouched(&["repair", "--forget", id, "--reason", "why"]).shown();
    assert_snapshot!(forget(&first), @"
    exit 3
    --- stderr
    error: there is nothing to forget: `[STAMP]_gone_1` has its crate, or is not applied
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
    let forget = ["repair", "--json", "--forget", &second, "--reason", "it went into gone_1"];
    assert_snapshot!(sandbox.run(&forget).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "repaired": {
        "id": "[STAMP]_gone_2",
        "kind": "forget",
        "new_digest": null,
        "old_digest": "[DIGEST]",
        "reason": "it went into gone_1",
        "repaired_at": "[TIME]",
        "runner_version": "0.1.0"
      }
    }
    "#);
    in_order(&sandbox);
    assert!(sandbox.contents().contains("table gone_2"));
    sandbox.run(&["migrate"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn a_database_newer_than_the_code_is_told_as_such() {
    let (sandbox, [_, second, third]) = applied("newer");
    remove(&sandbox, &second);
    remove(&sandbox, &third);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_newer_1  [TIME]
    [+] [STAMP]_newer_2  [TIME]
    [+] [STAMP]_newer_3  [TIME]
    3 applied, 0 pending
    [+] 2 applied, and newer than this code
    next: deploy the newer code; or revert the database by the newer code before the older is deployed
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the database is newer than this code, which does not have `[STAMP]_newer_2` and `[STAMP]_newer_3`
    hint: deploy the newer code; or revert the database by the newer code before the older is deployed
    explain: runner explain newer-database
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_newer_3` is applied, but its crate is gone, so it cannot be reverted
    hint: nothing was reverted; bring the folder `[STAMP]_newer_3` back from version control, or use a bundle that has it
    explain: runner explain migration-gone
    ");
    // A branch that is never to be merged can be forgotten all the same.
    for id in [&third, &second] {
        sandbox.run(&["repair", "--forget", id, "--reason", "the branch was dropped"]).succeeded();
    }
    in_order(&sandbox);
}
