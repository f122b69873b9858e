//! What trials have found, where it is decided what is applied: `status`, `check destructive`, protected databases.

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{Sandbox, lossy_source, sql_source};

const MAKES: (&str, &str) = (
    "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, note TEXT, score INTEGER)",
    "DROP TABLE player",
);
const DROPS_NOTE: (&str, &str) =
    ("ALTER TABLE player DROP COLUMN note", "ALTER TABLE player ADD COLUMN note TEXT");
const ROUNDS: (&str, &str) = ("UPDATE player SET score = score / 10 * 10", "SELECT 1");

/// A project of three migrations, of which the last one loses what it does not declare, and its id.
fn project(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_makes"), MAKES.0, MAKES.1);
    let drops = format!("{name}_drops");
    sandbox.lossy_migration(&drops, &["player.note"], DROPS_NOTE.0, DROPS_NOTE.1);
    let id = sandbox.sql_migration(&format!("{name}_rounds"), ROUNDS.0, ROUNDS.1);
    (sandbox, id)
}

fn declare(sandbox: &Sandbox, id: &str) {
    let declared = lossy_source(&["player.score"], ROUNDS.0, ROUNDS.1);
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &declared);
}

/// What `status --json` says is known of the migration `id`.
fn verdict(sandbox: &Sandbox, id: &str) -> Value {
    let status = sandbox.command(&["status", "--json"]).output().unwrap();
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let mut entries = status["migrations"].as_array().unwrap().iter();
    entries.find(|entry| entry["id"] == id).unwrap()["verdict"].clone()
}

#[test]
fn status_shows_what_trials_found_and_forgets_it_when_the_source_is_edited() {
    let (sandbox, id) = project("status_shows");
    assert_snapshot!(sandbox.run(&["status"]).stdout, @r"
    [ ] [STAMP]_status_shows_makes
    [ ] [STAMP]_status_shows_drops
    [ ] [STAMP]_status_shows_rounds
    0 applied, 3 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    sandbox.run(&["test"]);
    sandbox.run(&["migrate", "-n", "1"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["status"]).stdout, @r"
    [x] [STAMP]_status_shows_makes   [TIME]
    [ ] [STAMP]_status_shows_drops   loses player.note
    [ ] [STAMP]_status_shows_rounds  loses player.score (undeclared)
    1 applied, 2 pending
    ");
    let found = verdict(&sandbox, &id);
    assert_eq!(found["found_by"], "test");
    assert_eq!(found["way_back"], "works");
    assert_eq!(found["losses"][0]["name"], "player.score");
    assert_eq!(found["losses"][0]["kind"], "values");
    assert_eq!(found["losses"][0]["declared"], false);
    declare(&sandbox, &id);
    assert_snapshot!(sandbox.run(&["status"]).stdout, @r"
    [x] [STAMP]_status_shows_makes   [TIME]
    [ ] [STAMP]_status_shows_drops   loses player.note
    [ ] [STAMP]_status_shows_rounds  not tried
    1 applied, 2 pending
    ");
    assert_eq!(verdict(&sandbox, &id), Value::Null);
    // What was known of it is known again.
    let before = sql_source(ROUNDS.0, ROUNDS.1);
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &before);
    assert_eq!(verdict(&sandbox, &id)["losses"][0]["name"], "player.score");
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.run(&["status"]).stdout, @r"
    [x] [STAMP]_status_shows_makes   [TIME]
    [x] [STAMP]_status_shows_drops   [TIME]  loses player.note
    [x] [STAMP]_status_shows_rounds  [TIME]  loses player.score (undeclared)
    3 applied, 0 pending
    ");
}

#[test]
fn a_bundle_brings_what_was_found_to_a_machine_without_the_crates() {
    let (sandbox, id) = project("bundle_brings");
    sandbox.run(&["bundle", "-o", "untried.bundle"]).succeeded();
    sandbox.run(&["test"]);
    sandbox.run(&["bundle"]).succeeded();
    sandbox.run(&["test"]);
    sandbox.run(&["bundle", "-o", "again.bundle"]).succeeded();
    let bytes = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
    assert!(bytes("migrations.bundle") == bytes("again.bundle"));
    std::fs::rename(sandbox.path("migrations"), sandbox.path("elsewhere")).unwrap();
    assert_snapshot!(sandbox.run(&["status", "--bundle", "migrations.bundle"]).stdout, @r"
    [ ] [STAMP]_bundle_brings_makes   reversible
    [ ] [STAMP]_bundle_brings_drops   loses player.note
    [ ] [STAMP]_bundle_brings_rounds  loses player.score (undeclared)
    0 applied, 3 pending
    the database `app.db` is not there yet; `runner migrate --bundle migrations.bundle` makes it
    ");
    assert_snapshot!(sandbox.run(&["status", "--bundle", "untried.bundle"]).stdout, @r"
    [ ] [STAMP]_bundle_brings_makes
    [ ] [STAMP]_bundle_brings_drops
    [ ] [STAMP]_bundle_brings_rounds
    0 applied, 3 pending
    the database `app.db` is not there yet; `runner migrate --bundle untried.bundle` makes it
    ");
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    let outcome = sandbox.untouched(&["migrate", "--bundle", "migrations.bundle"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    let text = format!("database = \"app.db\"\nprotected = true\ncheck_losses_after = \"{id}\"\n");
    sandbox.write("runner.toml", &text);
    sandbox.run(&["migrate", "--bundle", "migrations.bundle"]).succeeded();
}

#[test]
fn check_destructive_asks_that_what_is_pending_was_tried_and_declares_what_it_loses() {
    let (sandbox, id) = project("check_asks");
    assert_snapshot!(sandbox.untouched(&["check", "destructive"]).shown(), @r"
    exit 1
    --- stdout
    destructive: what `[STAMP]_check_asks_makes` loses is not known, it was not tried as it is
    destructive: what `[STAMP]_check_asks_drops` loses is not known, it was not tried as it is
    destructive: what `[STAMP]_check_asks_rounds` loses is not known, it was not tried as it is
    --- stderr
    error: the check found 3 things
    hint: `runner test` tries it
    ");
    sandbox.run(&["test"]);
    assert_snapshot!(sandbox.run(&["check", "destructive"]).shown(), @r"
    exit 1
    --- stdout
    destructive: `[STAMP]_check_asks_rounds` loses `player.score` and does not say so
    --- stderr
    error: the check found 1 thing
    hint: say so in its `LOSES`; or let its way back give it back
    ");
    declare(&sandbox, &id);
    sandbox.run(&["test"]).succeeded();
    assert_snapshot!(sandbox.run(&["check", "destructive"]).shown(), @r"
    exit 0
    --- stdout
    nothing that is pending loses what it does not declare
    ");
    // Who does not ask for it is not told.
    let all = sandbox.run(&["check"]);
    assert!(!all.stdout.contains("destructive"), "{}", all.shown());
}

#[test]
fn a_migration_that_failed_when_it_was_tried_is_not_taken_for_harmless() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("fails_when_tried", "CREATE TABLE a (b)", "SELECT 1");
    sandbox.run(&["test"]);
    assert_snapshot!(sandbox.run(&["status"]).stdout, @r"
    [ ] [STAMP]_fails_when_tried  failed
    0 applied, 1 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    assert_snapshot!(sandbox.run(&["check", "destructive", "--json"]).shown(), @r#"
    exit 1
    --- stdout
    {
      "findings": [
        {
          "id": "[STAMP]_fails_when_tried",
          "kind": "failed_trial",
          "ways_out": [
            "`runner test` shows why"
          ]
        }
      ],
      "ok": false
    }
    --- stderr
    {"error":{"causes":[],"code":"check-failed","exit":"failed","hint":"`runner test` shows why","message":"the check found 1 thing"}}
    "#);
}

#[test]
fn a_protected_database_does_not_lose_what_is_not_declared_unless_somebody_agrees() {
    let (sandbox, id) = project("protected_asks");
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    // Nothing is known.
    sandbox.run(&["migrate", "-n", "1"]).succeeded();
    sandbox.run(&["test"]);
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to apply `[STAMP]_protected_asks_rounds`, which loses `player.score` and does not say so
      caused by: there is no terminal to ask on
    hint: nothing was changed; let the migration declare it, or keep what it takes away; `--yes` agrees to lose it
    explain: runner explain undeclared-loss
    ");
    sandbox.untouched(&["migrate", "--dry-run"]).succeeded();
    // What is declared is agreed to.
    sandbox.run(&["migrate", "-n", "1"]).succeeded();
    let text = format!("database = \"app.db\"\nprotected = true\ncheck_losses_after = \"{id}\"\n");
    sandbox.write("runner.toml", &text);
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward", "--yes"]).succeeded();
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    sandbox.run(&["migrate", "--yes"]).succeeded();
    sandbox.run(&["migrate", "--backward", "--yes"]).succeeded();
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn what_has_no_way_back_and_does_not_say_so_is_refused_on_a_protected_database() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("item", "CREATE TABLE item (name TEXT)", "DROP TABLE item");
    sandbox.plugin("irreversible_by_omission");
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    sandbox.run(&["test"]);
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to apply `[STAMP]_irreversible_by_omission`, which loses `item`, has no way back, and does not say so
      caused by: there is no terminal to ask on
    hint: nothing was changed; let the migration declare it, or keep what it takes away; `--yes` agrees to lose it
    explain: runner explain undeclared-loss
    ");
}

#[test]
fn what_a_rehearsal_found_counts_beside_what_a_trial_found() {
    let (sandbox, id) = project("rehearsal_counts");
    declare(&sandbox, &id);
    sandbox.run(&["test"]).succeeded();
    sandbox.run(&["migrate", "-n", "2"]).succeeded();
    // Rows like these are not made up.
    let forward =
        "UPDATE player SET score = score / 10 * 10; DELETE FROM player WHERE name = 'Ada Lovelace'";
    let source = lossy_source(&["player.score"], forward, "SELECT 1");
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &source);
    sandbox.run(&["test"]).succeeded();
    let database = sandbox.database();
    database.execute_batch("INSERT INTO player VALUES (1, 'Ada Lovelace', 37)").unwrap();
    drop(database);
    assert_eq!(sandbox.run(&["rehearse"]).code, Some(1));
    assert_snapshot!(sandbox.run(&["status"]).stdout, @r"
    [x] [STAMP]_rehearsal_counts_makes   [TIME]
    [x] [STAMP]_rehearsal_counts_drops   [TIME]  loses player.note
    [ ] [STAMP]_rehearsal_counts_rounds  loses player, player.score (undeclared)
    2 applied, 1 pending
    ");
    assert_snapshot!(sandbox.run(&["check", "destructive"]).stdout, @"destructive: `[STAMP]_rehearsal_counts_rounds` loses `player` and does not say so");
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = true\n");
    assert_eq!(sandbox.untouched(&["migrate"]).code, Some(3));
}
