//! The command itself.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;

use super::ground::items;
use crate::sandbox::{Sandbox, repository};

#[test]
fn the_samples_of_this_repository_pass() {
    let sandbox = Sandbox::empty();
    let migrations = repository().join("migrations").display().to_string();
    let outcome =
        sandbox.run(&["test", "--locked", "--migrations", &migrations, "--database", "app.db"]);
    assert_snapshot!(outcome.shown());
}

#[test]
fn the_projects_own_database_is_not_made_or_touched() {
    let sandbox = items();
    sandbox.write("app.db", "this is no database, and nobody is to find out");
    sandbox.untouched(&["test"]).succeeded();
}

#[test]
fn one_migration_is_tested_alone_after_those_before_it() {
    let sandbox = items();
    sandbox.sql_migration("first_of_two", "CREATE TABLE one (a)", "DROP TABLE one");
    sandbox.sql_migration("second_of_two", "ALTER TABLE one ADD COLUMN b", "SELECT 1");
    assert_snapshot!(sandbox.run(&["test", "first_of_two"]).shown());
    assert_snapshot!(sandbox.run(&["test", "third_of_two"]).shown());
}

#[test]
#[cfg(unix)]
fn an_interrupted_test_ends_with_all_that_it_started() {
    let sandbox = items();
    sandbox.plugin("hangs_with_rows");
    sandbox.sql_migration("after_the_signal", "CREATE TABLE fine (a)", "DROP TABLE fine");
    let mut command = sandbox.command(&["test"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("hanging") {
        line.clear();
        assert_ne!(words.read_line(&mut line).unwrap(), 0, "it ended");
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = words.lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_snapshot!(rest.join("\n"), @"
    error: the trial was stopped (SIGINT)
    hint: no database but scratch ones was touched
    ");
}

#[test]
fn a_machine_reads_the_same() {
    let sandbox = items();
    sandbox.lossy_migration(
        "drops_for_json",
        &["item.note"],
        "ALTER TABLE item DROP COLUMN note",
        "ALTER TABLE item ADD COLUMN note TEXT",
    );
    sandbox.sql_migration("fails_for_json", "DROP INDEX item_name", "SELECT 1");
    assert_snapshot!(sandbox.run(&["test", "--json"]).shown());
}

#[test]
fn a_project_without_migrations_has_nothing_to_test() {
    assert_snapshot!(Sandbox::project().run(&["test"]).shown());
}

#[test]
fn a_table_that_got_no_rows_is_named() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "impossible",
        "CREATE TABLE never (a CHECK (a IS NULL AND a IS NOT NULL))",
        "DROP TABLE never",
    );
    sandbox.sql_migration(
        "after_impossible",
        "ALTER TABLE never ADD COLUMN b",
        "ALTER TABLE never DROP COLUMN b",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
}
