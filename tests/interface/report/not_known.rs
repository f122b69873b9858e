//! What the log does not know, the page does not make up.

use std::fs;

use serde_json::Value;

use super::long_history;
use crate::sandbox::{Sandbox, repository};

fn data(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let output = sandbox.command(&[&["report", "--json"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["project"].clone()
}

/// What each state of the schema is of, and the names of the tables in the last one.
fn states(data: &Value) -> (Vec<&str>, Vec<&str>) {
    let of = data["schema"]["of"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap());
    let tables = data["schema"]["tables"].as_array().unwrap();
    (of.collect(), tables.iter().map(|table| table["name"].as_str().unwrap()).collect())
}

#[test]
fn of_the_steps_of_an_older_runner_only_the_schema_of_now_is_shown() {
    let sandbox = Sandbox::empty();
    let older = repository().join("tests/older/0.1.0");
    for file in ["all.db", "migrations.bundle"] {
        fs::copy(older.join(file), sandbox.path(file)).unwrap();
    }
    let data = data(&sandbox, &["--database", "all.db", "--bundle", "migrations.bundle"]);
    let timeline = data["timeline"].as_array().unwrap();
    assert!(!timeline.is_empty());
    for it in timeline {
        assert_eq!(it["known"], "before_the_log", "{it}");
        assert!(it["sentences"].is_null() && it["state"].is_null(), "{it}");
    }
    let (of, tables) = states(&data);
    assert_eq!(of, ["now"]);
    assert!(tables.contains(&"book"), "{tables:?}");
    // The sources are those of the bundle, where it has them.
    assert_eq!(data["pending"], Value::Array(Vec::new()));
}

#[test]
fn what_was_changed_by_hand_in_between_is_a_state_of_its_own() {
    let sandbox = Sandbox::project();
    let step = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
    let steps = [
        step("one", "CREATE TABLE one (x); CREATE TABLE temporary (x);"),
        step("two", "CREATE TABLE two (x);"),
    ];
    sandbox.database().execute_batch("CREATE TABLE before_all (x)").unwrap();
    long_history::write(&sandbox, &steps, 1);
    sandbox.database().execute_batch("CREATE TABLE by_hand (x); DROP TABLE temporary;").unwrap();
    let found = data(&sandbox, &[]);
    assert_eq!(states(&found).0, ["beginning", "after", "now"]);
    assert_eq!(found["now"]["drift"][0]["kind"], "schema_changed");
    assert_eq!(found["now"]["drift"][0]["lines"][1], "- CREATE TABLE temporary (x)");
    assert!(found["now"]["drift"][0]["next"].as_array().unwrap().len() > 1);
    long_history::go_on(&sandbox, &steps, 1, 0);
    let found = data(&sandbox, &[]);
    assert_eq!(states(&found).0, ["beginning", "after", "found", "after"]);
    let lines = found["timeline"][1]["found"].as_array().unwrap();
    assert_eq!(lines, &["+ CREATE TABLE by_hand (x)", "- CREATE TABLE temporary (x)"]);
    assert_eq!(found["timeline"][1]["sentences"][0], "creates table `two` with column `x`");
}

#[test]
fn a_database_without_a_history_shows_its_schema() {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch("CREATE TABLE there (x)").unwrap();
    let data = data(&sandbox, &[]);
    assert_eq!(states(&data), (vec!["now"], vec!["there"]));
    assert_eq!(data["timeline"], Value::Array(Vec::new()));
}
