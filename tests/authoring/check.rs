//! `runner check`: what CI and a deployment ask before they go on.

use std::fs;

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

fn project(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration(name, "CREATE TABLE a (x INTEGER)", "DROP TABLE a");
    (sandbox, id)
}

fn models(sandbox: &Sandbox, sql: &str) {
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.write("schema.sql", sql);
}

#[test]
fn all_is_well_when_all_is_applied_and_the_models_say_the_same() {
    let (sandbox, _) = project("check_well");
    models(&sandbox, "create table A (\"x\" integer);");
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted, the models agree with the migrations
    ");
    assert_snapshot!(sandbox.untouched(&["check", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "findings": [],
      "ok": true
    }
    "#);
}

#[test]
fn what_is_pending_is_named() {
    let (sandbox, _) = project("check_pending");
    assert_snapshot!(sandbox.untouched(&["check"]).shown(), @"
    exit 1
    --- stdout
    pending: `[STAMP]_check_pending` is not applied
    --- stderr
    error: the check found 1 thing
    hint: `runner migrate`
    ");
    assert_snapshot!(sandbox.untouched(&["check", "drift"]).shown(), @"
    exit 0
    --- stdout
    nothing has drifted
    ");
}

#[test]
fn models_that_say_something_else_are_shown_with_the_lines_that_differ() {
    let (sandbox, _) = project("check_models");
    models(&sandbox, "CREATE TABLE a (x INTEGER NOT NULL);");
    assert_snapshot!(sandbox.untouched(&["check", "models"]).shown(), @"
    exit 1
    --- stdout
    models: the migrations and `schema.sql` differ
    --- the migrations
    +++ `schema.sql`
     CREATE TABLE a (
    -  x INTEGER
    +  x INTEGER NOT NULL
     );
    --- stderr
    error: the check found 1 thing
    hint: `runner create NAME --auto` writes the migration that is missing
    ");
    assert_snapshot!(sandbox.untouched(&["check", "models", "--json"]).shown(), @r#"
    exit 1
    --- stdout
    {
      "findings": [
        {
          "diff": {
            "from": "the migrations",
            "lines": [
              {
                "side": "both",
                "text": "CREATE TABLE a ("
              },
              {
                "side": "from",
                "text": "  x INTEGER"
              },
              {
                "side": "to",
                "text": "  x INTEGER NOT NULL"
              },
              {
                "side": "both",
                "text": ");"
              }
            ],
            "to": "`schema.sql`"
          },
          "kind": "models",
          "losses": [],
          "ways_out": [
            "`runner create NAME --auto` writes the migration that is missing"
          ]
        }
      ],
      "ok": false
    }
    --- stderr
    {"error":{"causes":[],"code":"check-failed","exit":"failed","hint":"`runner create NAME --auto` writes the migration that is missing","message":"the check found 1 thing"}}
    "#);
}

#[test]
fn where_the_models_lose_values_the_hint_says_how_that_is_agreed_to() {
    let (sandbox, _) = project("check_lossy");
    models(&sandbox, "CREATE TABLE a (y TEXT);");
    assert_snapshot!(sandbox.untouched(&["check", "models"]).shown(), @"
    exit 1
    --- stdout
    models: the migrations and `schema.sql` differ
    --- the migrations
    +++ `schema.sql`
     CREATE TABLE a (
    -  x INTEGER
    +  y TEXT
     );
    would be lost: column `x` of `a` is dropped with all its values
    --- stderr
    error: the check found 1 thing
    hint: `runner create NAME --auto` asks about each loss and writes the migration that is missing; `runner create NAME --auto --allow-loss` asks nothing
    ");
}

#[test]
fn names_that_go_round_among_things_that_look_the_same_are_asked_about() {
    let (sandbox, _) = project("check_round");
    models(&sandbox, "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER);");
    sandbox.run(&["create", "check_round_b", "--auto"]).succeeded();
    models(
        &sandbox,
        "-- was: b\nCREATE TABLE a (x INTEGER);\n-- was: a\nCREATE TABLE b (x INTEGER);\n",
    );
    assert_snapshot!(sandbox.untouched(&["check", "models"]).shown(), @"
    exit 2
    --- stderr
    error: `b` is renamed to `a` in a circle of renames, and nothing shows whether they were carried out before
    hint: nothing was written; if they were, take the old names out of the models; if not, name each rename; `--rename player.xp:experience` names one
    ");
    let same = sandbox.untouched(&["schema", "diff"]);
    assert_eq!(same.code, Some(2), "{}", same.shown());
    models(&sandbox, "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER);");
    let round = ["schema", "diff", "--rename", "a:b", "--rename", "b:a", "--exit-code"];
    assert_snapshot!(sandbox.untouched(&round).shown(), @"
    exit 1
    --- stdout
    the migrations and `schema.sql` are the same, but names are exchanged
    rename table `a` to `a_on_its_way`
    rename table `b` to `a`
    rename table `a_on_its_way` to `b`
    --- stderr
    error: the migrations and `schema.sql` differ
    ");
    assert_snapshot!(sandbox.untouched(&["schema", "diff"]).shown(), @"
    exit 0
    --- stdout
    the migrations and `schema.sql` are the same
    ");
}

#[test]
fn without_models_their_check_says_so() {
    let (sandbox, _) = project("check_none");
    assert_snapshot!(sandbox.untouched(&["check", "models"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` says nothing of models
    hint: write `models = "schema.sql"`, a file of CREATE statements, or `models = "models"`, the folder of a crate that exports them
    "#);
}

#[test]
fn drift_is_told_as_status_tells_it() {
    let (sandbox, id) = project("check_drift");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("CREATE TABLE by_hand (x)").unwrap();
    let source = format!("migrations/{id}/src/lib.rs");
    fs::write(sandbox.path(&source), sandbox.read(&source).replace("INTEGER", "TEXT")).unwrap();
    assert_snapshot!(sandbox.untouched(&["check"]).shown(), @"
    exit 1
    --- stdout
    drift: `[STAMP]_check_drift` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo`
        or if it still does what was applied: `runner repair --accept [STAMP]_check_drift --reason TEXT`
    drift: the schema was changed by something else than the runner:
          + CREATE TABLE by_hand (x)
        undo the change
        or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`
        or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    --- stderr
    error: the check found 2 things
    ");
    assert_snapshot!(sandbox.untouched(&["check", "--json"]).shown(), @r#"
    exit 1
    --- stdout
    {
      "findings": [
        {
          "drift": {
            "found": "[DIGEST]",
            "id": "[STAMP]_check_drift",
            "kind": "edited",
            "recorded": "[DIGEST]",
            "steps_back": 1
          },
          "kind": "drift",
          "ways_out": [
            "undo the edit, or use a bundle from before it",
            "while developing, take it back and apply it anew: `runner redo`",
            "if it still does what was applied: `runner repair --accept [STAMP]_check_drift --reason TEXT`"
          ]
        },
        {
          "drift": {
            "changes": [
              {
                "after": "CREATE TABLE by_hand (x)",
                "before": null,
                "kind": "table",
                "name": "by_hand"
              }
            ],
            "found": "[DIGEST]",
            "kind": "schema_changed",
            "left_at": "[TIME]",
            "recorded": "[DIGEST]"
          },
          "kind": "drift",
          "ways_out": [
            "undo the change",
            "keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`",
            "accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`"
          ]
        }
      ],
      "ok": false
    }
    --- stderr
    {"error":{"causes":[],"code":"check-failed","exit":"failed","hint":null,"message":"the check found 2 things"}}
    "#);
}
