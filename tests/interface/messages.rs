//! What a migration says, in success and in failure, and where it arrives.

use crate::sandbox::Sandbox;
use crate::scene::Scene;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn an_authors_error_is_told_with_everything_behind_it_and_its_line() {
    let scene = Scene::with("returns_error");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_returns_error` failed
      caused by: cannot level the players
        at [STAMP]_returns_error/src/lib.rs:52:9
      caused by: a name is taken
      caused by: UNIQUE constraint failed: player.name
    hint: everything that it did was rolled back
    ");
}

#[test]
fn an_error_in_json_is_one_document_on_stderr() {
    let scene = Scene::with("returns_error");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--json"]), @r#"
    exit 1
    --- stderr
    {"error":{"causes":["cannot level the players\nat [STAMP]_returns_error/src/lib.rs:52:9","a name is taken","UNIQUE constraint failed: player.name"],"code":"migration-failed","exit":"failed","hint":"everything that it did was rolled back","message":"the migration `[STAMP]_returns_error` failed"}}
    "#);
}

#[test]
fn words_that_are_no_command_are_an_error_in_json_too() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["migrate", "--stepz", "2", "--json"]).shown(), @r#"
    exit 2
    --- stderr
    {"error":{"causes":[],"code":"bad-arguments","exit":"usage","hint":"a similar argument exists: '--steps'","message":"unexpected argument '--stepz' found"}}
    "#);
    assert_snapshot!(sandbox.untouched(&["migrat", "--json"]).shown(), @r#"
    exit 2
    --- stderr
    {"error":{"causes":[],"code":"bad-arguments","exit":"usage","hint":"some similar subcommands exist: 'generate', 'migrate'","message":"unrecognized subcommand 'migrat'"}}
    "#);
    assert_snapshot!(sandbox.untouched(&["migrate", "--steps", "two", "--json"]).shown(), @r#"
    exit 2
    --- stderr
    {"error":{"causes":[],"code":"bad-arguments","exit":"usage","hint":"`runner help` shows what there is","message":"invalid value 'two' for '--steps <N>': invalid digit found in string"}}
    "#);
}

#[test]
fn wrong_sql_is_told_with_the_place_in_it() {
    let scene = Scene::with("writes_wrong_sql");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @r#"
    exit 1
    --- stderr
    error: the migration `[STAMP]_writes_wrong_sql` failed
      caused by: src/lib.rs:11: near "AD": syntax error
        ALTER TABLE player AD COLUMN level
    hint: everything that it did was rolled back
    "#);
}

#[test]
fn a_panic_is_told_once_with_its_words_and_its_line() {
    let scene = Scene::with("panics");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_panics` panicked
      caused by: expected no players, found 3
        at [STAMP]_panics/src/lib.rs:13:9
    hint: everything that it did was rolled back
    ");
}

#[test]
fn a_panic_on_the_way_back_leaves_the_migration_applied() {
    let scene = Scene::applied("panics_on_its_way_back");
    scene.sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_panics_on_its_way_back` panicked on its way back
      caused by: there is no way back after all
        at [STAMP]_panics_on_its_way_back/src/lib.rs:16:9
    hint: everything that it did was rolled back
    ");
}

#[test]
fn what_a_migration_prints_goes_to_stderr_and_json_stays_json() {
    let scene = Scene::with("prints_to_stdout");
    let outcome = scene.succeeds(&["--json"]);
    let document: Value = serde_json::from_str(&outcome.stdout.replace("[N]", "0")).unwrap();
    assert_eq!(document["steps"].as_array().unwrap().len(), 2);
    assert_snapshot!(outcome.shown(), @r#"
    exit 0
    --- stdout
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": false,
      "log": [],
      "statements": [],
      "steps": [
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_prints_to_stdout"
        },
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_prints_to_stdout_after"
        }
      ],
      "unverified": []
    }
    --- stderr
    {"done": "not by the runner"}
    words on standard error
    "#);
}

#[test]
fn what_a_migration_prints_does_not_mix_with_what_the_runner_tells() {
    let scene = Scene::with("prints_to_stdout");
    assert_snapshot!(scene.succeeds(&[]).shown(), @r#"
    exit 0
    --- stdout
    applied [STAMP]_prints_to_stdout ([N] ms)
    applied [STAMP]_prints_to_stdout_after ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    --- stderr
    {"done": "not by the runner"}
    words on standard error
    "#);
    let back = scene.sandbox.run(&["migrate", "--backward", "--steps", "2"]).succeeded();
    assert_snapshot!(back.shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_prints_to_stdout_after ([N] ms)
    reverted [STAMP]_prints_to_stdout ([N] ms)
    reverted 2 migrations: `app.db` has 1 applied, 2 pending
    --- stderr
    back
    ");
}

#[test]
fn what_a_migration_logs_is_shown_and_progress_is_for_terminals() {
    let scene = Scene::with("logs_and_progresses");
    assert_snapshot!(scene.succeeds(&[]).shown(), @r#"
    exit 0
    --- stdout
    logs_and_progresses: ada is levelled
    logs_and_progresses: grace is levelled
    logs_and_progresses: edsger is levelled
    logs_and_progresses: two lines
    logs_and_progresses: in one message, with a \u{1b}[31mcolour\u{1b}[0m and "quotes"
    applied [STAMP]_logs_and_progresses ([N] ms)
    applied [STAMP]_logs_and_progresses_after ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    "#);
}

#[test]
fn text_of_migrations_and_databases_cannot_be_taken_for_the_runners() {
    let scene = Scene::with("imitates_the_runner");
    let what = |what: &str, flags: &[&str]| {
        let mut command = scene.sandbox.command(&[&["migrate"], flags].concat());
        command.env("IMITATES", what);
        scene.unharmed_when(command, |_| {})
    };
    assert_snapshot!(what("an error", &[]), @r#"
    exit 1
    --- stdout
    imitates_the_runner: said\r
    imitates_the_runner: error: faked
    imitates_the_runner: \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
    imitates_the_runner: hint: run\u{202e}\u{2066}\u{200b}\u{2028}it
    --- stderr
    error: the migration `[STAMP]_imitates_the_runner` failed
      caused by: said\r
        error: faked
        \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
        hint: run\u{202e}\u{2066}\u{200b}\u{2028}it
        at [STAMP]_imitates_the_runner/src/lib.rs:28:28
    hint: everything that it did was rolled back
    "#);
    assert_snapshot!(what("a name", &[]), @r#"
    exit 3
    --- stdout
    imitates_the_runner: said\r
    imitates_the_runner: error: faked
    imitates_the_runner: \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
    imitates_the_runner: hint: run\u{202e}\u{2066}\u{200b}\u{2028}it
    --- stderr
    error: the migration `[STAMP]_imitates_the_runner` leaves foreign keys broken:
            row 1 of `child` points to a row that `said\r
        error: faked
        \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
        hint: run\u{202e}\u{2066}\u{200b}\u{2028}it` does not have
    hint: it was rolled back. Repair or delete these rows in the migration
    explain: runner explain broken-foreign-keys
    "#);
    assert_snapshot!(what("an error", &["--json"]), @r#"
    exit 1
    --- stderr
    {"error":{"causes":["said\r\nerror: faked\n\u001b[2K\u001b[31mapplied [STAMP]_fake ([N] ms)\u001b[0m\nhint: run\u202e\u2066\u200b\u2028it\nat [STAMP]_imitates_the_runner/src/lib.rs:28:28"],"code":"migration-failed","exit":"failed","hint":"everything that it did was rolled back","message":"the migration `[STAMP]_imitates_the_runner` failed"}}
    "#);
    assert_snapshot!(what("a statement", &["--dry-run"]), @r#"
    exit 1
    --- stdout
    would apply [STAMP]_imitates_the_runner
    imitates_the_runner: said\r
    imitates_the_runner: error: faked
    imitates_the_runner: \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
    imitates_the_runner: hint: run\u{202e}\u{2066}\u{200b}\u{2028}it
        DELETE FROM item
        SELECT 'said\r
        error: faked
        \u{1b}[2K\u{1b}[31mapplied [STAMP]_fake ([N] ms)\u{1b}[0m
        hint: run\u{202e}\u{2066}\u{200b}\u{2028}it'
    --- stderr
    error: the migration `[STAMP]_imitates_the_runner` failed
      caused by: that was all
        at [STAMP]_imitates_the_runner/src/lib.rs:26:36
    hint: everything that it did was rolled back
    "#);
}

#[test]
fn what_a_migration_logs_is_in_the_json_document() {
    let scene = Scene::with("logs_and_progresses");
    let outcome = scene.succeeds(&["--json"]);
    assert_snapshot!(outcome.shown(), @r#"
    exit 0
    --- stdout
    {
      "already_done": [],
      "backup": null,
      "database": "[ROOT]/app.db",
      "dry_run": false,
      "log": [
        {
          "id": "[STAMP]_logs_and_progresses",
          "message": "ada is levelled"
        },
        {
          "id": "[STAMP]_logs_and_progresses",
          "message": "grace is levelled"
        },
        {
          "id": "[STAMP]_logs_and_progresses",
          "message": "edsger is levelled"
        },
        {
          "id": "[STAMP]_logs_and_progresses",
          "message": "two lines\nin one message, with a \u001b[31mcolour\u001b[0m and \"quotes\""
        }
      ],
      "statements": [],
      "steps": [
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_logs_and_progresses"
        },
        {
          "direction": "forward",
          "duration_us": [N],
          "id": "[STAMP]_logs_and_progresses_after"
        }
      ],
      "unverified": []
    }
    "#);
}

#[test]
fn a_migration_that_asks_the_person_gets_no_answer_and_does_not_hang() {
    let scene = Scene::with("reads_stdin");
    assert_snapshot!(scene.succeeds(&[]).shown(), @r#"
    exit 0
    --- stdout
    reads_stdin: the answer is ""
    applied [STAMP]_reads_stdin ([N] ms)
    applied [STAMP]_reads_stdin_after ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    "#);
}

#[test]
fn a_declared_one_way_is_refused_before_anything_is_reverted() {
    let scene = Scene::applied("irreversible_declared");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward", "--steps", "2"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_irreversible_declared` is irreversible
    hint: nothing was reverted. To have a way back, write `migrate_backward` in `[STAMP]_irreversible_declared` and take out its `REVERSIBLE`
    explain: runner explain irreversible-migration
    ");
}

#[test]
fn a_forgotten_way_back_is_no_silent_success() {
    let scene = Scene::applied("irreversible_by_omission");
    let outcome = scene.sandbox.run(&["migrate", "--backward", "--steps", "2"]);
    assert_snapshot!(outcome.shown(), @"
    exit 3
    --- stdout
    reverted [STAMP]_irreversible_by_omission_after ([N] ms)
    --- stderr
    error: the migration `[STAMP]_irreversible_by_omission` is irreversible
    hint: it stays applied. To have a way back, write `migrate_backward` in `[STAMP]_irreversible_by_omission`
    explain: runner explain irreversible-migration
    ");
    // The one after it had a way back, and was reverted before this one's turn came.
    assert_eq!(scene.history(), ["ground", "irreversible_by_omission"]);
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_irreversible_by_omission` is irreversible
    hint: it stays applied. To have a way back, write `migrate_backward` in `[STAMP]_irreversible_by_omission`
    explain: runner explain irreversible-migration
    ");
}
