//! Hints, typed as they stand: each leads out of what it is the hint of.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use rusqlite::Connection;

/// The commands in the hint of `outcome`, as they are typed in `sandbox`; each of `replaced` stands for what
/// a person replaces.
fn commands(sandbox: &Sandbox, outcome: &Outcome, replaced: &[(&str, &str)]) -> Vec<Vec<String>> {
    let hint = outcome.stderr.lines().find_map(|line| line.strip_prefix("hint: "));
    let hint = hint.unwrap_or_else(|| panic!("no hint in\n{}", outcome.shown()));
    // A migration is found by its name too, whatever its time.
    let hint = hint.replace("[ROOT]", sandbox.root().to_str().unwrap()).replace("[STAMP]_", "");
    let parts = hint.split('`').skip(1).step_by(2).filter_map(|part| part.strip_prefix("runner "));
    let words = |part: &str| {
        let words = shlex::split(part).unwrap().into_iter();
        let replace = |word: String| {
            let with = replaced.iter().find(|(placeholder, _)| *placeholder == word);
            with.map_or(word, |(_, with)| (*with).to_owned())
        };
        words.map(replace).collect::<Vec<_>>()
    };
    parts.map(words).collect()
}

/// Types the only command in the hint of `outcome`, and `more` words behind it.
#[track_caller]
fn typed(
    sandbox: &Sandbox,
    outcome: &Outcome,
    replaced: &[(&str, &str)],
    more: &[&str],
) -> Outcome {
    let commands = commands(sandbox, outcome, replaced);
    let [command] = commands.as_slice() else { panic!("{commands:?}\n{}", outcome.shown()) };
    let words: Vec<&str> = command.iter().map(String::as_str).chain(more.iter().copied()).collect();
    sandbox.run(&words)
}

#[track_caller]
fn failed(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Outcome {
    let outcome = sandbox.untouched(arguments);
    assert_eq!(outcome.code, Some(code), "{}", outcome.shown());
    outcome
}

/// A database with something in it, of which SQLite cannot even read the schema.
fn damaged(sandbox: &Sandbox, name: &str) {
    let connection = Connection::open(sandbox.path(name)).unwrap();
    connection.execute_batch("CREATE TABLE kept (x); INSERT INTO kept VALUES (1)").unwrap();
    drop(connection);
    let mut bytes = fs::read(sandbox.path(name)).unwrap();
    bytes[100..200].fill(0xff);
    fs::write(sandbox.path(name), bytes).unwrap();
}

#[test]
fn where_nothing_can_be_adopted_the_hint_makes_the_database() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("hint_adopts", "CREATE TABLE a (x)", "DROP TABLE a");
    let refused = failed(&sandbox, &["fake", "--database", "other.db"], 2);
    typed(&sandbox, &refused, &[], &[]).succeeded();
    assert!(sandbox.contents_of("other.db").contains("table a"));
}

#[test]
fn a_file_in_use_that_is_to_be_restored_is_backed_up_by_its_hint() {
    let sandbox = Sandbox::project();
    let used = Connection::open(sandbox.path("in use.db")).unwrap();
    used.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE a (x)").unwrap();
    let refused = failed(&sandbox, &["restore", "in use.db", "--database", "app.db"], 3);
    typed(&sandbox, &refused, &[], &["--output", "copy.db"]).succeeded();
    drop(used);
    sandbox.run(&["restore", "copy.db", "--database", "app.db"]).succeeded();
    assert!(sandbox.contents().contains("table a"));
}

#[test]
fn the_hints_of_a_damaged_database_bring_back_a_backup_where_there_is_no_runner_toml() {
    let project = Sandbox::project();
    project.sql_migration("hint_restores", "CREATE TABLE a (x)", "DROP TABLE a");
    project.run(&["migrate"]).succeeded();
    project.run(&["backup", "--output", "good.db"]).succeeded();
    let sandbox = project.below("elsewhere");
    fs::create_dir(sandbox.root()).unwrap();
    fs::remove_file(project.path("runner.toml")).unwrap();
    damaged(&sandbox, "damaged.db");
    let named = ["--database", "damaged.db", "--migrations", "../migrations"];
    let refused = failed(&sandbox, &[&["status"], &named[..]].concat(), 4);
    let refused = typed(&sandbox, &refused, &[("FILE", "../good.db")], &[]);
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    assert!(refused.stderr.contains("`--no-backup` then restores"), "{}", refused.shown());
    let restore = [&["restore", "../good.db", "--no-backup"], &named[..]].concat();
    sandbox.run(&restore).succeeded();
    sandbox.run(&[&["check"], &named[..]].concat()).succeeded();
}

#[test]
fn init_makes_the_folder_of_migrations_that_runner_toml_names() {
    let sandbox = Sandbox::empty();
    sandbox.write("runner.toml", "database = \"app.db\"\nmigrations = \"db/steps\"\n");
    let refused = failed(&sandbox, &["status"], 2);
    typed(&sandbox, &refused, &[], &[]).succeeded();
    sandbox.run(&["status"]).succeeded();
    assert!(!sandbox.path("migrations").exists());

    // A workspace, but not of cargo yet.
    fs::remove_file(sandbox.path("db/steps/Cargo.toml")).unwrap();
    let refused = failed(&sandbox, &["status"], 2);
    typed(&sandbox, &refused, &[], &[]).succeeded();
    sandbox.run(&["create", "create_player", "name:text"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    assert!(sandbox.contents().contains("table player"));
}

#[test]
fn a_folder_that_init_would_not_make_is_not_said_to_be_made_by_it() {
    let sandbox = Sandbox::project();
    fs::create_dir(sandbox.path("empty")).unwrap();
    for folder in ["nowhere", "empty"] {
        let refused = failed(&sandbox, &["status", "--migrations", folder], 2);
        assert!(refused.stderr.contains("hint: see whether this is the right path"), "{refused:?}");
        assert!(!refused.stderr.contains("runner init"), "{refused:?}");
    }
}

#[test]
fn cargo_that_was_kept_from_the_registry_or_its_lock_file_is_not_advised_to_be_kept_from_it() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("hint_cargo", "CREATE TABLE a (x)", "DROP TABLE a");
    let refused = sandbox.run(&["migrate", "--locked"]);
    assert!(refused.stderr.contains("without `--locked` cargo may write"), "{}", refused.shown());
    let manifest = format!("migrations/{id}/Cargo.toml");
    let right = sandbox.read(&manifest);
    sandbox.write(&manifest, &format!("{right}no-such-crate-anywhere = \"1\"\n"));
    let refused = sandbox.run(&["migrate", "--offline"]);
    assert!(refused.stderr.contains("without `--offline` cargo asks"), "{}", refused.shown());
    sandbox.write(&manifest, &right);
    sandbox.run(&["migrate"]).succeeded();
}
