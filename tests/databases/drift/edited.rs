//! An applied migration whose source is another than it was.

use std::fs;

use insta::assert_snapshot;

use super::project::{add_column, applied, edit, in_order, table, without_cargo};

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
    next: undo the edit, or use a bundle from before it; or while developing, take it back and apply it anew: `runner redo --steps 3`; or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
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
      "exists": true,
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
    hint: undo the edit, or use a bundle from before it; or while developing, take it back and apply it anew: `runner redo --steps 3`; or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
    explain: runner explain edited-migration
    ");
    assert_eq!(without_cargo(&sandbox, &["migrate", "--dry-run"]).code, Some(3));
    assert_eq!(without_cargo(&sandbox, &["migrate", "--steps", "1"]).code, Some(3));
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @r#"
    exit 0
    --- stdout
    `[STAMP]_edited_1` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        src/lib.rs:
            #[derive(Default)]
            pub struct Sql;
            impl Migration for Sql {
          - fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE edited_1 (a)") }
          + fn migrate_forward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("CREATE TABLE edited_1 (a, b)") }
            fn migrate_backward(&self, migrator: &mut Migrator) -> Result { migrator.execute_batch("DROP TABLE edited_1") }
            }
            export_migration!(Sql);
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo --steps 3`
        or if it still does what was applied: `runner repair --accept [STAMP]_edited_1 --reason TEXT`
    "#);

    assert_snapshot!(sandbox.untouched(&["repair", "--accept", &first]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --reason <TEXT>

    Usage: runner repair --reason <TEXT> <--accept <ID>|--forget <ID>|--renamed <ID>|--finished <ID>|--not-started <ID>|--accept-schema|--settle-failed <ID>> [ID]

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.untouched(&["repair", "--reason", "why"]).shown(), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--accept <ID>|--forget <ID>|--renamed <ID>|--finished <ID>|--not-started <ID>|--accept-schema|--settle-failed <ID>>

    Usage: runner repair --reason <TEXT> <--accept <ID>|--forget <ID>|--renamed <ID>|--finished <ID>|--not-started <ID>|--accept-schema|--settle-failed <ID>> [ID]

    For more information, try '--help'.
    ");
    let accept = |id: &str, reason: &str| {
        sandbox.untouched(&["repair", "--accept", id, "--reason", reason]).shown()
    };
    assert_snapshot!(accept(&first, " "), @"
    exit 2
    --- stderr
    error: a repair needs a reason
    hint: say why, for those who look at it later; `--reason TEXT` takes it
    ");
    assert_snapshot!(accept(&second, "why"), @"
    exit 3
    --- stderr
    error: there is no edit of `[STAMP]_edited_2` to accept: it was not edited since it was applied or began
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
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
      "failed_rows": [],
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
fn a_command_of_a_hint_that_is_typed_finds_what_the_command_before_it_found() {
    let (sandbox, [first, ..]) = applied("typed");
    edit(&sandbox, &first, add_column);
    fs::rename(sandbox.path("app.db"), sandbox.path("my app.db")).unwrap();
    fs::remove_file(sandbox.path("runner.toml")).unwrap();
    let given = ["--database", "my app.db", "--migrations", "migrations"];
    let refused = sandbox.run(&[&["migrate"], &given[..]].concat());
    assert_eq!(refused.code, Some(3));
    let mut hinted = refused.stderr.split('`').filter(|part| part.starts_with("runner repair"));
    let typed = hinted.next().unwrap().replace("[STAMP]_typed_1", &first);
    let words = shlex::split(&typed.replace("TEXT", "'it still does that'")).unwrap();
    let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    sandbox.run(&words).succeeded();
    sandbox.run(&[&["check"], &given[..]].concat()).succeeded();
}
