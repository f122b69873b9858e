//! What makes no page, and what a page is not written over.

use std::fs;

use insta::assert_snapshot;

use super::{fleet, long_history};
use crate::sandbox::Sandbox;

fn with_history() -> Sandbox {
    let sandbox = Sandbox::project();
    long_history::write(&sandbox, &long_history::steps()[..3], 1);
    sandbox
}

#[test]
fn a_damaged_database_makes_no_page() {
    let sandbox = with_history();
    let mut bytes = fs::read(sandbox.path("app.db")).unwrap();
    bytes[100..3000].fill(0xaa);
    fs::write(sandbox.path("app.db"), bytes).unwrap();
    let outcome = sandbox.untouched(&["report"]);
    assert_snapshot!(outcome.shown(), @r#"
    exit 4
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database disk image is malformed
    hint: it was left untouched; restore a backup with `runner restore FILE`, or try `.recover` in SQLite's own shell
    "#);
    fs::write(sandbox.path("app.db"), "this is no database, and long enough to be one").unwrap();
    assert_snapshot!(sandbox.untouched(&["report"]).shown(), @r#"
    exit 4
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: file is not a database
    hint: it was left untouched; is it encrypted, or another file?
    "#);
}

#[test]
fn a_database_is_not_written_over() {
    let sandbox = with_history();
    for file in ["app.db", "app.db-wal"] {
        assert_eq!(sandbox.untouched(&["report", "-o", file]).code, Some(2), "{file}");
    }
    fs::copy(sandbox.path("app.db"), sandbox.path("other.db")).unwrap();
    assert_snapshot!(sandbox.untouched(&["report", "-o", "other.db"]).shown(), @r#"
    exit 2
    --- stderr
    error: cannot write `other.db`
      caused by: there is a file that is no page, which is kept
    hint: name another file
    "#);
}

#[test]
fn a_file_that_is_no_page_is_not_written_over() {
    let sandbox = with_history();
    assert_snapshot!(sandbox.untouched(&["report", "-o", "runner.toml"]).shown(), @r#"
    exit 2
    --- stderr
    error: cannot write `runner.toml`
      caused by: there is a file that is no page, which is kept
    hint: name another file
    "#);
    sandbox.run(&["report", "-o", "page"]).succeeded();
    sandbox.run(&["report", "-o", "page"]).succeeded();
}

#[test]
fn an_older_page_is_replaced_and_the_database_only_read() {
    let sandbox = with_history();
    sandbox.write("report.html", "old");
    let before = fs::read(sandbox.path("app.db")).unwrap();
    assert_snapshot!(sandbox.run(&["report"]).shown(), @r#"
    exit 0
    --- stdout
    made report.html
    "#);
    assert!(sandbox.read("report.html").starts_with("<!doctype html>"));
    assert!(fs::read(sandbox.path("app.db")).unwrap() == before);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let sandbox = with_history();
    assert_snapshot!(sandbox.untouched(&["report", "-o", "nowhere/report.html"]).shown(), @r#"
    exit 1
    --- stderr
    error: cannot write `nowhere/report.html`
      caused by: No such file or directory (os error 2)
    "#);
}

#[test]
fn without_a_database_the_page_shows_what_is_pending() {
    let sandbox = with_history();
    fs::remove_file(sandbox.path("app.db")).unwrap();
    sandbox.run(&["report"]).succeeded();
    assert!(!sandbox.path("app.db").exists());
    let data = sandbox.run(&["report", "--json"]).succeeded();
    let data: serde_json::Value = serde_json::from_str(&data.stdout).unwrap();
    assert_eq!(data["project"]["exists"], false);
    assert_eq!(data["project"]["pending"].as_array().unwrap().len(), 3);
    assert_eq!(data["project"]["timeline"].as_array().unwrap().len(), 0);
}

#[test]
fn a_page_goes_to_standard_output_and_to_no_file() {
    let sandbox = with_history();
    let page = sandbox.untouched(&["report", "-o", "-"]);
    assert!(page.stdout.starts_with("<!doctype html>") && page.stdout.ends_with("</html>\n"));
    let data = sandbox.untouched(&["report", "--json"]);
    assert!(data.stdout.starts_with("{\n"));
}

#[test]
fn a_fleet_needs_a_plan_and_reports_of_it() {
    let sandbox = with_history();
    fleet::write(&sandbox);
    assert_snapshot!(sandbox.untouched(&["report", "--fleet", "app.db", "run.jsonl"]).shown(), @r#"
    exit 2
    --- stderr
    error: cannot read `app.db`
      caused by: stream did not contain valid UTF-8
    hint: save it as UTF-8
    "#);
    assert_snapshot!(sandbox.untouched(&["report", "--fleet", "fleet.plan", "runner.toml"]).shown(), @r#"
    exit 2
    --- stderr
    error: cannot use the report `runner.toml`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there
    "#);
    assert_snapshot!(sandbox.untouched(&["report", "--fleet", "fleet.plan"]).shown(), @r#"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <REPORT>...

    Usage: runner report --fleet <PLAN> <REPORT>...

    For more information, try '--help'.
    "#);
    assert_snapshot!(sandbox.untouched(&["report", "run.jsonl"]).shown(), @r#"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --fleet <PLAN>

    Usage: runner report --fleet <PLAN> <REPORT>...

    For more information, try '--help'.
    "#);
    // Where there is no project, it is the whole page.
    fs::remove_file(sandbox.path("runner.toml")).unwrap();
    sandbox.run(&["report", "--fleet", "fleet.plan", "run.jsonl"]).succeeded();
    assert!(sandbox.untouched(&["report"]).shown().starts_with("exit 2"));
}
