//! Several kinds of drift at once, and what is the same for all kinds.

use insta::assert_snapshot;
use runner::workshop::Error;
use runner::{ApplyOptions, BuildOptions, Drift, Exit, Order, Project, Target};

use super::project::{add_column, applied, edit, in_order, older, remove, without_cargo};
use crate::sandbox::{Sandbox, rows};

#[test]
fn everything_at_once_is_told_once_each() {
    let (sandbox, [first, second, third]) = applied("all");
    older(&sandbox, &first, "all_0");
    edit(&sandbox, &first, add_column);
    remove(&sandbox, &second);
    edit(&sandbox, &third, add_column);
    sandbox.database().execute_batch("DROP TABLE all_3").unwrap();
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [<] [STAMP]_all_0
    [~] [STAMP]_all_1  [TIME]
    [?] [STAMP]_all_2  [TIME]
    [~] [STAMP]_all_3  [TIME]
    3 applied, 1 pending
    [~] 2 edited since applied
    [?] 1 applied, and the crate is gone
    [<] 1 pending, and older than the last applied
    [!] the schema, changed by something else than the runner
        - CREATE TABLE all_3 (a)
    next: `runner repair` shows the way out of each
    ");
    assert_snapshot!(sandbox.untouched(&["status", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "applied": 3,
      "database": "[ROOT]/app.db",
      "drift": [
        {
          "found": "[DIGEST]",
          "id": "[STAMP]_all_1",
          "kind": "edited",
          "recorded": "[DIGEST]",
          "steps_back": 3
        },
        {
          "found": "[DIGEST]",
          "id": "[STAMP]_all_3",
          "kind": "edited",
          "recorded": "[DIGEST]",
          "steps_back": 1
        },
        {
          "id": "[STAMP]_all_2",
          "kind": "missing"
        },
        {
          "id": "[STAMP]_all_0",
          "kind": "out_of_order",
          "last": "[STAMP]_all_3"
        },
        {
          "changes": [
            {
              "after": null,
              "before": "CREATE TABLE all_3 (a)",
              "kind": "table",
              "name": "all_3"
            }
          ],
          "found": "[DIGEST]",
          "kind": "schema_changed",
          "left_at": "[TIME]",
          "recorded": "[DIGEST]"
        }
      ],
      "exists": true,
      "migrations": [
        {
          "id": "[STAMP]_all_0",
          "state": "out_of_order"
        },
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_all_1",
          "state": "edited"
        },
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_all_2",
          "state": "missing"
        },
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_all_3",
          "state": "edited"
        }
      ],
      "missing": 1,
      "pending": 1,
      "repairs": []
    }
    "#);
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: 5 things are not as the last run left them:
      - `[STAMP]_all_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
      - `[STAMP]_all_3` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
      - `[STAMP]_all_2` is applied, and its crate is gone
      - `[STAMP]_all_0` is pending, and older than the last applied, `[STAMP]_all_3`
      - the schema was changed by something else than the runner:
        - CREATE TABLE all_3 (a)
    hint: nothing was changed; `runner repair` shows the way out of each
    explain: runner explain several-drifts
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate", "--json"]).shown(), @r#"
    exit 3
    --- stderr
    {"error":{"causes":[],"code":"several-drifts","exit":"refused","hint":"nothing was changed; `runner repair` shows the way out of each","message":"5 things are not as the last run left them:\n  - `[STAMP]_all_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]\n  - `[STAMP]_all_3` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]\n  - `[STAMP]_all_2` is applied, and its crate is gone\n  - `[STAMP]_all_0` is pending, and older than the last applied, `[STAMP]_all_3`\n  - the schema was changed by something else than the runner:\n    - CREATE TABLE all_3 (a)"}}
    "#);
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @r#"
    exit 0
    --- stdout
    `[STAMP]_all_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        src/lib.rs:
            #[derive(Default)]
            pub struct Sql;
            impl Migration for Sql {
          - fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE all_1 (a)") }
          + fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE all_1 (a, b)") }
            fn migrate_backward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("DROP TABLE all_1") }
            }
            export_migration!(Sql);
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo --steps 3`
        or if it still does what was applied: `runner repair --accept [STAMP]_all_1 --reason TEXT`
    `[STAMP]_all_3` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        src/lib.rs:
            #[derive(Default)]
            pub struct Sql;
            impl Migration for Sql {
          - fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE all_3 (a)") }
          + fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE all_3 (a, b)") }
            fn migrate_backward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("DROP TABLE all_3") }
            }
            export_migration!(Sql);
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo`
        or if it still does what was applied: `runner repair --accept [STAMP]_all_3 --reason TEXT`
    `[STAMP]_all_2` is applied, and its crate is gone
        bring its folder back from version control, or use a bundle that has it
        or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_all_2 --reason TEXT`
    `[STAMP]_all_0` is pending, and older than the last applied, `[STAMP]_all_3`
        give it a later timestamp, if it is applied nowhere: `runner rebase [STAMP]_all_0`
        or apply it all the same: `runner migrate --allow-out-of-order`
    the schema was changed by something else than the runner:
      - CREATE TABLE all_3 (a)
        it was still as recorded at [TIME]
        undo the change
        or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`
        or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    "#);
    // A repair resolves the one thing that it is for. The newest row is forgotten last, and with it
    // goes nothing of what is known about the schema.
    let repair = |what: &[&str]| {
        let arguments = [&["repair", "--reason", "a test"], what].concat();
        sandbox.run(&arguments).succeeded();
        let status = sandbox.untouched(&["status"]).succeeded().stdout;
        let told = status.lines().skip_while(|line| !line.contains("applied, ")).skip(1);
        told.filter(|line| !line.starts_with(' ')).count()
    };
    assert_eq!(repair(&["--accept", &first]), 5);
    assert_eq!(repair(&["--forget", &second]), 4);
    remove(&sandbox, &third);
    assert_eq!(repair(&["--forget", &third]), 3);
    assert_eq!(repair(&["--accept-schema"]), 2);
    sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    in_order(&sandbox);
    let recorded = "SELECT kind, reason FROM _runner_repairs ORDER BY number";
    assert_snapshot!(rows(&sandbox.database(), recorded), @r#"
    Text("accept"), Text("a test")
    Text("forget"), Text("a test")
    Text("forget"), Text("a test")
    Text("accept_schema"), Text("a test")
    "#);
}

#[test]
fn marks_are_coloured_only_where_somebody_sees_it() {
    let (sandbox, [first, ..]) = applied("colours");
    remove(&sandbox, &first);
    assert!(!sandbox.run(&["status"]).stdout.contains('\x1b'));
    let mut command = sandbox.command(&["status"]);
    let coloured = sandbox.outcome(&command.env("CLICOLOR_FORCE", "1").output().unwrap()).stdout;
    assert!(coloured.contains("\x1b[1m\x1b[33m[?]\x1b[0m"), "{coloured:?}");
}

#[test]
fn there_is_nothing_to_repair_where_there_is_no_database() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    ");
    let accept = ["repair", "--accept-schema", "--reason", "why"];
    assert_snapshot!(sandbox.untouched(&accept).shown(), @"
    exit 3
    --- stderr
    error: there is no change of the schema to accept: it is as the runner left it
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
}

#[test]
fn digests_are_found_where_they_cannot_be_remembered() {
    let (sandbox, [first, ..]) = applied("unwritten");
    edit(&sandbox, &first, add_column);
    for target in ["no such folder", "runner.toml", ""] {
        let mut command = sandbox.command(&["migrate"]);
        command.env("CARGO_TARGET_DIR", target);
        assert_eq!(sandbox.unchanged_by(command).code, Some(3), "{target}");
    }
}

#[test]
fn the_library_refuses_what_the_command_line_refuses() {
    let (sandbox, [first, ..]) = applied("library");
    edit(&sandbox, &first, add_column);
    let config = sandbox.config();
    let project = Project::open(config).unwrap();
    let before = sandbox.files();
    let (build, options) = (BuildOptions::default(), ApplyOptions::default());
    let error = project
        .migrate(&Target::Latest, Order::Any, build, options, &mut |event| panic!("{event:?}"))
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let Error::Engine(runner::Error::Drift(error)) = error else { panic!("{error}") };
    assert!(matches!(error.found.as_slice(), [Drift::Edited { id, .. }] if *id.as_str() == first));
    let status = project.status(options.busy_timeout).unwrap();
    assert_eq!(status.drift, error.found);
    project.plan(&Target::Back(1), &status, Order::Strict).unwrap();
    assert!(before == sandbox.files());
}
