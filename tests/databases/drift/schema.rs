//! A schema that something else than the runner changed.

use insta::assert_snapshot;

use super::project::{applied, in_order, table, without_cargo};
use crate::sandbox::Sandbox;

#[test]
fn a_schema_changed_by_hand_is_shown_refused_both_ways_and_accepted_with_a_reason() {
    let (sandbox, _) = applied("byhand");
    let by_hand = |sql: &str| sandbox.database().execute_batch(sql).unwrap();
    by_hand("INSERT INTO byhand_1 VALUES (1); ANALYZE");
    in_order(&sandbox);
    by_hand("CREATE INDEX faster ON byhand_1 (a)");
    table(&sandbox, "byhand_4");
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_byhand_1  [TIME]
    [x] [STAMP]_byhand_2  [TIME]
    [x] [STAMP]_byhand_3  [TIME]
    [ ] [STAMP]_byhand_4
    3 applied, 1 pending
    [!] the schema, changed by something else than the runner
        + CREATE INDEX faster ON byhand_1 (a)
    next: undo the change; or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`; or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the schema was changed by something else than the runner:
          + CREATE INDEX faster ON byhand_1 (a)
    hint: undo the change; or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`; or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    explain: runner explain schema-changed
    ");
    for back in [&["redo"][..], &["migrate", "--backward"], &["migrate", "--backward", "--all"]] {
        assert_eq!(without_cargo(&sandbox, back).code, Some(3));
    }
    by_hand("DROP INDEX faster");
    in_order(&sandbox);

    by_hand("CREATE INDEX faster ON byhand_1 (a)");
    let accept = ["repair", "--accept-schema", "--reason", "an index made in a hurry"];
    assert_snapshot!(sandbox.run(&accept).shown(), @"
    exit 0
    --- stdout
    accepted the schema: an index made in a hurry
    ");
    in_order(&sandbox);
    assert_snapshot!(sandbox.untouched(&accept).shown(), @"
    exit 3
    --- stderr
    error: there is no change of the schema to accept: it is as the runner left it
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward", "--steps", "2"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn nothing_is_known_of_the_schema_where_nothing_is_applied() {
    let sandbox = Sandbox::project();
    table(&sandbox, "before");
    sandbox.database().execute_batch("CREATE TABLE of_the_application (a)").unwrap();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    sandbox.database().execute_batch("DROP TABLE of_the_application").unwrap();
    in_order(&sandbox);
    sandbox.run(&["migrate"]).succeeded();
}
