//! What a rehearsal finds: rows, values, losses and the way back.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::scene::Scene;

/// The tables of a step of a document, each with the fields that say what differs.
fn tables(step: &Value) -> Value {
    let mut tables = step["tables"].clone();
    for table in tables.as_array_mut().unwrap() {
        table.as_object_mut().unwrap().remove("matched");
    }
    tables
}

#[test]
fn each_step_is_told_with_its_rows_values_and_losses_and_the_way_back() {
    let scene = Scene::new();
    scene.pending(
        "rehearsed_level",
        "",
        "ALTER TABLE player ADD COLUMN level INTEGER DEFAULT 1; \
         ALTER TABLE player RENAME COLUMN name TO nick",
        Some("ALTER TABLE player DROP COLUMN level; ALTER TABLE player RENAME COLUMN nick TO name"),
    );
    scene.pending(
        "rehearsed_price",
        r#"const LOSES: &'static [&'static str] = &["player.price", "old_log", "item"];"#,
        "UPDATE player SET price = 30 WHERE id = 1; DROP TABLE old_log",
        Some("CREATE TABLE old_log (line TEXT)"),
    );
    let outcome = scene.rehearse(&[]);
    assert_snapshot!(outcome.succeeded().shown(), @"
    exit 0
    --- stdout
    copied `app.db`, [SIZE] in [N] ms
    [STAMP]_rehearsed_level  [MEASURED]
        player: 3 rows
            player.name becomes nick
            player.level is new
    [STAMP]_rehearsed_price  [MEASURED]
        drops old_log: 2 rows
        player: 3 rows
            player.price differs in 1 row: 1: '2s 6d' -> '30'
        loses old_log, as it says
        loses player.price, as it says
        note: says that it loses item, and lost nothing of it here
    the way back: 2 migrations reverted, and this did not come back:
        old_log: 0 rows, before 2, matched by rowid
            old_log: 2 rows gone: 1; 2
        player: 3 rows
            player.price differs in 1 row: 1: '2s 6d' -> '30'
    rehearsed 2 migrations: `app.db` is unchanged
    ");
    assert_snapshot!(scene.rehearse(&["--no-way-back"]).succeeded().shown(), @"
    exit 0
    --- stdout
    copied `app.db`, [SIZE] in [N] ms
    [STAMP]_rehearsed_level  [MEASURED]
        player: 3 rows
            player.name becomes nick
            player.level is new
    [STAMP]_rehearsed_price  [MEASURED]
        drops old_log: 2 rows
        player: 3 rows
            player.price differs in 1 row: 1: '2s 6d' -> '30'
    the way back was not tried
    rehearsed 2 migrations: `app.db` is unchanged
    ");
}

#[test]
fn what_is_lost_without_a_word_fails_and_is_named() {
    let scene = Scene::new();
    let id = scene.pending(
        "rehearsed_undeclared",
        "",
        "ALTER TABLE player DROP COLUMN note; DELETE FROM item WHERE id = 2; \
         UPDATE player SET price = 0 WHERE id = 3",
        Some("ALTER TABLE player ADD COLUMN note TEXT"),
    );
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(1));
    let lost = |name: &str, kind: &str| json!({ "name": name, "kind": kind, "declared": false });
    assert_eq!(
        document["steps"][0]["verdict"]["losses"],
        json!([
            lost("item", "rows"),
            lost("player.note", "column"),
            lost("player.price", "values")
        ])
    );
    let id = scene.sandbox.normal(&id);
    let undeclared = |name: &str| json!({ "id": id, "name": name });
    assert_eq!(
        document["undeclared"],
        json!([undeclared("item"), undeclared("player.note"), undeclared("player.price")])
    );
    assert!(outcome.stderr.contains("loses player.note, and does not say so"), "{outcome:?}");
    assert!(outcome.stderr.contains("rehearsal-failed"), "{outcome:?}");
}

#[test]
fn what_is_too_old_to_declare_what_it_loses_passes() {
    let scene = Scene::new();
    let id = scene.pending("rehearsed_old", "", "DELETE FROM old_log", Some(""));
    assert_eq!(scene.rehearse(&[]).code, Some(1));
    let settings = format!("database = \"app.db\"\ncheck_losses_after = \"{id}\"\n");
    scene.sandbox.write("runner.toml", &settings);
    let outcome = scene.rehearse(&[]).succeeded();
    assert!(outcome.stdout.contains("loses old_log, and is too old to say so"), "{outcome:?}");
}

#[test]
fn a_column_that_is_dropped_and_made_anew_alike_is_lost_all_the_same() {
    let scene = Scene::new();
    scene.pending(
        "rehearsed_anew",
        "",
        "ALTER TABLE player DROP COLUMN price",
        Some("ALTER TABLE player ADD COLUMN price TEXT"),
    );
    scene.pending(
        "rehearsed_anew_at_once",
        "",
        "ALTER TABLE old_log ADD COLUMN more; ALTER TABLE player DROP COLUMN note;
         ALTER TABLE player ADD COLUMN note TEXT",
        Some("ALTER TABLE old_log DROP COLUMN more"),
    );
    let (document, _) = scene.document(&[]);
    let undeclared: Vec<_> = document["undeclared"].as_array().unwrap().iter().collect();
    assert!(undeclared.iter().map(|it| &it["name"]).eq(["player.price", "player.note"]));
}

#[test]
fn what_the_way_back_gives_back_is_not_lost() {
    let scene = Scene::new();
    scene.pending(
        "rehearsed_kept",
        "",
        "CREATE TABLE kept AS SELECT id, note FROM player; ALTER TABLE player DROP COLUMN note;
         UPDATE player SET price = price || '!'; ALTER TABLE player RENAME TO gamer",
        Some(
            "ALTER TABLE gamer RENAME TO player; ALTER TABLE player ADD COLUMN note TEXT;
             UPDATE player SET note = (SELECT note FROM kept WHERE kept.id = player.id),
             price = rtrim(price, '!'); DROP TABLE kept",
        ),
    );
    scene.pending(
        "rehearsed_kept_again",
        "",
        "UPDATE gamer SET price = price || '?'",
        Some("UPDATE gamer SET price = rtrim(price, '?')"),
    );
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    for step in document["steps"].as_array().unwrap() {
        assert_eq!(step["verdict"].get("losses"), None, "{step}");
        assert_eq!(step["verdict"]["way_back"], "works");
    }
    assert_eq!(document["way_back"]["is_compared"], true);
    assert_eq!(document["way_back"].get("tables"), None);
}

#[test]
fn values_that_are_kept_come_back_and_are_declared_with_reason() {
    let scene = Scene::new();
    scene.sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = true\n");
    scene.pending(
        "rehearsed_set_aside",
        r#"const LOSES: &'static [&'static str] = &["player.note"];"#,
        "ALTER TABLE player DROP COLUMN note",
        Some("ALTER TABLE player ADD COLUMN note TEXT"),
    );
    let before = scene.sandbox.contents();
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(document["steps"][0]["verdict"].get("losses"), None);
    assert_eq!(document["steps"][0].get("not_lost"), None);
    assert_eq!(document["way_back"].get("tables"), None, "{document}");
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn what_the_way_back_changes_by_itself_is_its_fault() {
    let scene = Scene::new();
    scene.pending(
        "rehearsed_fault",
        "",
        "CREATE TABLE more (a)",
        Some("DROP TABLE more; DELETE FROM item WHERE id = 1; UPDATE player SET price = 1"),
    );
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(
        document["way_back"]["faults"],
        json!([
            "`item` lacks 1 row, as 1",
            "`player.price` is another in 3 rows: of 1, '2s 6d' is now '1'"
        ])
    );
}

#[test]
fn where_there_is_no_way_back_all_that_goes_is_lost() {
    let scene = Scene::new();
    scene.pending(
        "rehearsed_one_way",
        "const REVERSIBLE: bool = false;",
        "UPDATE player SET price = 0 WHERE id = 2",
        None,
    );
    scene.pending(
        "rehearsed_after_one_way",
        "",
        "ALTER TABLE item ADD COLUMN more",
        Some("ALTER TABLE item DROP COLUMN more"),
    );
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(1));
    let verdict = |step: usize| document["steps"][step]["verdict"].clone();
    assert_eq!(verdict(0)["way_back"], "declared_missing");
    assert_eq!(verdict(0)["losses"][0]["name"], "player.price");
    // A column that is only added takes no look at the rows.
    assert_eq!(document["steps"][1]["tables"][0].get("matched"), None);
    // What came after it was compared with what it left.
    assert_eq!(verdict(1)["way_back"], "works");
    assert_eq!(document["way_back"]["compared_with"], document["steps"][0]["id"]);
    assert_eq!(document["way_back"]["end"]["why"], "missing");

    let scene = Scene::new();
    let id = scene.pending("rehearsed_omitted", "", "CREATE TABLE more (a)", None);
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(1));
    let id = scene.sandbox.normal(&id);
    assert_eq!(document["undeclared"], json!([{ "id": id, "name": null }]));
    assert!(outcome.stderr.contains("has no way back, and does not say so"), "{outcome:?}");
}

#[test]
fn a_step_that_fails_is_told_as_migrate_tells_it_after_what_the_steps_before_did() {
    let scene = Scene::new();
    scene.pending("rehearsed_before", "", "DELETE FROM item", Some(""));
    scene.pending("rehearsed_failing", "", "INSERT INTO player (name) VALUES (NULL)", Some(""));
    scene.pending("rehearsed_never", "", "DELETE FROM player", Some(""));
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(document["steps"].as_array().unwrap().len(), 1);
    assert_eq!(tables(&document["steps"][0])[0]["gone"]["count"], 2);
    let failure = &document["failure"]["failure"];
    assert_eq!(failure["code"], "migration-failed");
    assert_eq!(document["way_back"]["end"]["why"], "failed");
    let earnest = scene.sandbox.run(&["migrate", "--json"]);
    let error = |outcome: &crate::sandbox::Outcome| -> Value {
        serde_json::from_str(outcome.stderr.lines().last().unwrap()).unwrap()
    };
    for field in ["message", "causes", "code", "exit", "statement"] {
        assert_eq!(error(&outcome)["error"][field], error(&earnest)["error"][field]);
    }
    assert!(outcome.stderr.contains("the database is unchanged"));
}

#[test]
fn batches_and_what_wants_no_transaction_are_rehearsed() {
    let scene = Scene::new();
    scene.execute("UPDATE player SET price = '1s' WHERE id = 1");
    scene.pending(
        "rehearsed_alone",
        "const TRANSACTIONAL: bool = false;",
        "UPDATE player SET price = '9s' WHERE id = 1",
        Some("UPDATE player SET price = '1s' WHERE id = 1"),
    );
    let (document, outcome) = scene.document(&[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let change = &tables(&document["steps"][0])[0]["columns"][0];
    assert_eq!(change["examples"], json!([{ "key": "1", "before": "'1s'", "after": "'9s'" }]));

    let scene = Scene::new();
    scene.pending(
        "rehearsed_purse",
        "",
        "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount INTEGER, times INTEGER);
         INSERT INTO purse VALUES (1, 10, 0), (2, 20, 0)",
        Some("DROP TABLE purse"),
    );
    scene.sandbox.plugin("changes_rows_in_batches");
    let (document, outcome) = scene.document(&[]);
    assert!(outcome.stderr.contains("has no way back, and does not say so"), "{outcome:?}");
    let change = |row: &str, before: &str, after: &str| json!({ "key": row, "before": before, "after": after });
    assert_eq!(
        tables(&document["steps"][1])[0]["columns"],
        json!([
            {
                "name": "amount", "fate": "changed", "count": 2,
                "examples": [change("1", "10", "31"), change("2", "20", "61")],
            },
            {
                "name": "times", "fate": "changed", "count": 2,
                "examples": [change("1", "0", "1"), change("2", "0", "1")],
            },
            { "name": "pence", "fate": "added" },
        ])
    );
}
