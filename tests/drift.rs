//! What is not as the runner left it: shown by `status`, refused by `migrate`, resolved by a person.
#![allow(clippy::unwrap_used)]

mod sandbox;

use std::fs;

use insta::assert_snapshot;
use runner::{
    ApplyOptions, BuildOptions, Config, Drift, Error, Exit, Order, Overrides, Project, Target,
};
use sandbox::{Outcome, Sandbox, rows};

/// A project in which the tables NAME_1, NAME_2 and NAME_3 are made by a migration each; and the ids.
fn applied(name: &str) -> (Sandbox, [String; 3]) {
    let sandbox = Sandbox::project();
    let ids = [1, 2, 3].map(|number| table(&sandbox, &format!("{name}_{number}")));
    sandbox.run(&["migrate"]).succeeded();
    (sandbox, ids)
}

/// Adds a migration that makes a table.
fn table(sandbox: &Sandbox, name: &str) -> String {
    sandbox.sql_migration(name, &format!("CREATE TABLE {name} (a)"), &format!("DROP TABLE {name}"))
}

/// Changes the source of a migration.
fn edit(sandbox: &Sandbox, id: &str, change: impl Fn(&str) -> String) {
    let path = format!("migrations/{id}/src/lib.rs");
    let (old, new) = (sandbox.read(&path), change(&sandbox.read(&path)));
    assert_ne!(old, new);
    sandbox.write(&path, &new);
}

/// Another column in the table that it makes.
fn add_column(source: &str) -> String {
    source.replace(" (a)", " (a, b)")
}

fn remove(sandbox: &Sandbox, id: &str) {
    fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
}

/// A crate like that of `id`, a year before it.
fn older(sandbox: &Sandbox, id: &str, name: &str) -> String {
    let year: u32 = id[..4].parse().unwrap();
    let late = format!("{}{}_{name}", year - 1, &id[4..15]);
    let text = |file: &str| sandbox.read(format!("migrations/{id}/{file}")).replace(id, &late);
    sandbox.write(format!("migrations/{late}/Cargo.toml"), &text("Cargo.toml"));
    let source = text("src/lib.rs").replace(&id[16..], name);
    sandbox.write(format!("migrations/{late}/src/lib.rs"), &source);
    late
}

/// Runs the binary where no cargo is. Panics if it changed any file.
#[track_caller]
fn without_cargo(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.command(arguments);
    command.env("PATH", sandbox.root());
    sandbox.unchanged_by(command)
}

/// Panics unless nothing has drifted.
#[track_caller]
fn in_order(sandbox: &Sandbox) {
    let status = sandbox.untouched(&["status"]).succeeded().stdout;
    assert!(!status.contains("next:"), "{status}");
    assert_eq!(
        sandbox.untouched(&["repair"]).succeeded().stdout.lines().next(),
        Some("nothing to repair")
    );
}

#[test]
fn reformatting_comments_and_line_ends_are_no_drift() {
    let (sandbox, [first, second, _]) = applied("layout");
    edit(&sandbox, &first, |source| {
        format!("//! Why.\n{}", source.replace(" -> Result", "\n// here\n    -> Result"))
    });
    edit(&sandbox, &second, |source| source.replace('\n', "\r\n"));
    let manifest = format!("migrations/{first}/Cargo.toml");
    sandbox.write(&manifest, &format!("# Why.\n{}", sandbox.read(&manifest)));
    in_order(&sandbox);
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 0
    --- stdout
    nothing to do: `app.db` has 3 applied, 0 pending
    ");
}

#[test]
fn an_edited_migration_is_shown_refused_and_accepted_with_a_reason() {
    let (sandbox, [first, second, _]) = applied("edited");
    table(&sandbox, "edited_4");
    edit(&sandbox, &first, add_column);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [~] [STAMP]_edited_1  [TIME]
    [x] [STAMP]_edited_2  [TIME]
    [x] [STAMP]_edited_3  [TIME]
    [ ] [STAMP]_edited_4
    3 applied, 1 pending
    [~] 1 edited since applied
    next: undo the edit; or while developing, take it back and apply it anew: `runner redo --steps 3`; or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
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
          "id": "[STAMP]_edited_1",
          "kind": "edited",
          "recorded": "[DIGEST]",
          "steps_back": 3
        }
      ],
      "migrations": [
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_edited_1",
          "state": "edited"
        },
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_edited_2",
          "state": "applied"
        },
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_edited_3",
          "state": "applied"
        },
        {
          "id": "[STAMP]_edited_4",
          "state": "pending"
        }
      ],
      "missing": 0,
      "pending": 1,
      "repairs": []
    }
    "#);
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_edited_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
    hint: undo the edit; or while developing, take it back and apply it anew: `runner redo --steps 3`; or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
    ");
    assert_eq!(without_cargo(&sandbox, &["migrate", "--dry-run"]).code, Some(3));
    assert_eq!(without_cargo(&sandbox, &["migrate", "--steps", "1"]).code, Some(3));
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_edited_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        undo the edit
        or while developing, take it back and apply it anew: `runner redo --steps 3`
        or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
    ");

    assert_snapshot!(sandbox.untouched(&["repair", "--accept", &first]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --reason <TEXT>

    Usage: runner repair --reason <TEXT> <--accept <ID>|--forget <ID>|--finished <ID>|--not-started <ID>|--accept-schema>

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.untouched(&["repair", "--reason", "why"]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--accept <ID>|--forget <ID>|--finished <ID>|--not-started <ID>|--accept-schema>

    Usage: runner repair --reason <TEXT> <--accept <ID>|--forget <ID>|--finished <ID>|--not-started <ID>|--accept-schema>

    For more information, try '--help'.
    ");
    let accept = |id: &str, reason: &str| {
        sandbox.untouched(&["repair", "--accept", id, "--reason", reason]).shown()
    };
    assert_snapshot!(accept(&first, " "), @"
    exit 2
    --- stderr
    error: a repair needs a reason
    hint: say why, for those who look at it later: `--reason TEXT`
    ");
    assert_snapshot!(accept(&second, "why"), @"
    exit 3
    --- stderr
    error: there is no edit of `[STAMP]_edited_2` to accept: it was not edited since it was applied
    hint: nothing was changed; `runner repair` shows what can be repaired
    ");
    assert_snapshot!(accept("nobody", "why"), @"
    exit 2
    --- stderr
    error: there is no migration `nobody`
    hint: `runner status` shows which there are
    ");

    let accept = ["repair", "--accept", "edited_1", "--reason", "a column that is made elsewhere"];
    assert_snapshot!(sandbox.run(&accept).shown(), @"
    exit 0
    --- stdout
    accepted the edit of `[STAMP]_edited_1`: a column that is made elsewhere
    ");
    in_order(&sandbox);
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  accepted the edit of `[STAMP]_edited_1`: a column that is made elsewhere
    ");
    assert_snapshot!(sandbox.untouched(&["repair", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "drift": [],
      "repairs": [
        {
          "id": "[STAMP]_edited_1",
          "kind": "accept",
          "new_digest": "[DIGEST]",
          "old_digest": "[DIGEST]",
          "reason": "a column that is made elsewhere",
          "repaired_at": "[TIME]",
          "runner_version": "0.1.0"
        }
      ]
    }
    "#);
    assert_eq!(sandbox.untouched(&accept).code, Some(3));
    sandbox.run(&["migrate"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn while_developing_an_edited_migration_is_taken_back_and_applied_anew() {
    let (sandbox, [_, _, third]) = applied("redone");
    edit(&sandbox, &third, add_column);
    assert_eq!(without_cargo(&sandbox, &["migrate"]).code, Some(3));
    sandbox.run(&["redo"]).succeeded();
    in_order(&sandbox);
    assert!(sandbox.contents().contains("CREATE TABLE redone_3 (a, b)"));

    edit(&sandbox, &third, |source| source.replace(" (a, b)", " (a, c)"));
    sandbox.run(&["migrate", "--backward"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn an_edit_of_the_same_length_a_moment_later_is_noticed() {
    let (sandbox, [first, ..]) = applied("moment");
    in_order(&sandbox);
    edit(&sandbox, &first, |source| source.replace(" (a)", " (b)"));
    assert_eq!(without_cargo(&sandbox, &["migrate"]).code, Some(3));
    edit(&sandbox, &first, |source| source.replace(" (b)", " (a)"));
    in_order(&sandbox);
}

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
    next: bring its folder back from version control; or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_gone_2 --reason TEXT`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_2` is applied, and its crate is gone
    hint: bring its folder back from version control; or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_gone_2 --reason TEXT`
    ");
    // The way back does not lead over it.
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_2` is applied, but its crate is gone, so it cannot be reverted
    hint: bring the folder `[STAMP]_gone_2` back from version control
    ");

    let forget =
        |id: &str| sandbox.untouched(&["repair", "--forget", id, "--reason", "why"]).shown();
    assert_snapshot!(forget(&first), @"
    exit 3
    --- stderr
    error: `[STAMP]_gone_1` is not applied without a crate, so the history must not forget it
    hint: nothing was changed; `runner repair` shows what can be repaired
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
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_newer_3` is applied, but its crate is gone, so it cannot be reverted
    hint: bring the folder `[STAMP]_newer_3` back from version control
    ");
    // A branch that is never to be merged can be forgotten all the same.
    for id in [&third, &second] {
        sandbox.run(&["repair", "--forget", id, "--reason", "the branch was dropped"]).succeeded();
    }
    in_order(&sandbox);
}

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
    next: give it a later timestamp, in its folder and its Cargo.toml; or apply it all the same: `runner migrate --allow-out-of-order`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_late_0` is pending, and older than the last applied, `[STAMP]_late_3`
    hint: give it a later timestamp, in its folder and its Cargo.toml; or apply it all the same: `runner migrate --allow-out-of-order`
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
    next: undo the change; or accept the schema as it stands: `runner repair --accept-schema --reason TEXT`
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the schema was changed by something else than the runner: its digest was [DIGEST], and is [DIGEST]
    hint: undo the change; or accept the schema as it stands: `runner repair --accept-schema --reason TEXT`
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
    next: `runner repair` tells the way out of each
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
          "found": "[DIGEST]",
          "kind": "schema_changed",
          "recorded": "[DIGEST]"
        }
      ],
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
      - the schema was changed by something else than the runner: its digest was [DIGEST], and is [DIGEST]
    hint: nothing was changed; `runner repair` tells the way out of each
    ");
    assert_snapshot!(without_cargo(&sandbox, &["migrate", "--json"]).shown(), @r#"
    exit 3
    --- stderr
    {"error":{"causes":[],"exit":"refused","hint":"nothing was changed; `runner repair` tells the way out of each","message":"5 things are not as the last run left them:\n  - `[STAMP]_all_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]\n  - `[STAMP]_all_3` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]\n  - `[STAMP]_all_2` is applied, and its crate is gone\n  - `[STAMP]_all_0` is pending, and older than the last applied, `[STAMP]_all_3`\n  - the schema was changed by something else than the runner: its digest was [DIGEST], and is [DIGEST]"}}
    "#);
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_all_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        undo the edit
        or while developing, take it back and apply it anew: `runner redo --steps 3`
        or if it still does what was applied: `runner repair --accept [STAMP]_all_1 --reason TEXT`
    `[STAMP]_all_3` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        undo the edit
        or while developing, take it back and apply it anew: `runner redo`
        or if it still does what was applied: `runner repair --accept [STAMP]_all_3 --reason TEXT`
    `[STAMP]_all_2` is applied, and its crate is gone
        bring its folder back from version control
        or drop it from the history, while what it did stays: `runner repair --forget [STAMP]_all_2 --reason TEXT`
    `[STAMP]_all_0` is pending, and older than the last applied, `[STAMP]_all_3`
        give it a later timestamp, in its folder and its Cargo.toml
        or apply it all the same: `runner migrate --allow-out-of-order`
    the schema was changed by something else than the runner: its digest was [DIGEST], and is [DIGEST]
        undo the change
        or accept the schema as it stands: `runner repair --accept-schema --reason TEXT`
    ");
    // A repair resolves the one thing that it is for. The newest row is forgotten last, and with it
    // goes nothing of what is known about the schema.
    let repair = |what: &[&str]| {
        let arguments = [&["repair", "--reason", "a test"], what].concat();
        sandbox.run(&arguments).succeeded();
        let status = sandbox.untouched(&["status"]).succeeded().stdout;
        status.lines().skip_while(|line| !line.contains("applied, ")).skip(1).count()
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
    let config = Config::find(&sandbox.root(), &Overrides::default()).unwrap();
    let project = Project::open(config).unwrap();
    let before = sandbox.files();
    let (build, options) = (BuildOptions::default(), ApplyOptions::default());
    let error = project
        .migrate(&Target::Latest, Order::Any, build, options, &mut |event| panic!("{event:?}"))
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let Error::Drift(error) = error else { panic!("{error}") };
    assert!(matches!(error.found.as_slice(), [Drift::Edited { id, .. }] if *id.as_str() == first));
    let status = project.status(options.busy_timeout).unwrap();
    assert_eq!(status.drift, error.found);
    project.plan(&Target::Back(1), &status, Order::Strict).unwrap();
    assert!(before == sandbox.files());
}
