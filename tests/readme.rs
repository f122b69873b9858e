//! Everything that the README, docs/drift.md, docs/testing.md and docs/bundles.md show is run here: their commands in order, their files
//! written, their outputs compared.
#![allow(clippy::unwrap_used)]

mod sandbox;

use std::fs;
use std::path::PathBuf;

use sandbox::{Sandbox, repository};

/// A piece of a page that does something.
enum Piece {
    /// A command, what it prints, and its exit code.
    Command { words: Vec<String>, output: String, code: i32 },
    /// A file, whose path may have a `*` in it, and its text.
    File { path: String, text: String },
}

/// Reads ```` ```console ```` blocks as commands, of which those in ```` ```console refused ```` are
/// refused and those in ```` ```console failed ```` fail, and a block after "In `PATH`:" as a file.
fn pieces(markdown: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut file = None;
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("In `").and_then(|rest| rest.strip_suffix("`:")) {
            file = Some(path.to_owned());
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some(how) = language.strip_prefix("console") {
            let code = match how {
                " refused" => 3,
                " failed" => 1,
                _ => 0,
            };
            for line in block {
                if let Some(words) = line.strip_prefix("$ ") {
                    pieces.push(Piece::Command {
                        words: split(words),
                        output: String::new(),
                        code,
                    });
                } else if let Some(Piece::Command { output, .. }) = pieces.last_mut() {
                    *output += line;
                    output.push('\n');
                }
            }
        } else if let Some(path) = file.take() {
            pieces.push(Piece::File { path, text: block.join("\n") + "\n" });
        }
    }
    pieces
}

/// The words of a command line, of which some may be quoted.
fn split(line: &str) -> Vec<String> {
    let word = regex::Regex::new(r#""[^"]*"|\S+"#).unwrap();
    word.find_iter(line).map(|found| found.as_str().trim_matches('"').to_owned()).collect()
}

/// The file that `path` means in `sandbox`.
fn find(sandbox: &Sandbox, path: &str) -> PathBuf {
    let Some((folder, rest)) = path.split_once("/*") else { return sandbox.path(path) };
    let (end, below) = rest.split_once('/').unwrap();
    let found = fs::read_dir(sandbox.path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|entry| entry.to_string_lossy().ends_with(end));
    found.unwrap().join(below)
}

#[test]
fn every_command_of_the_readme_prints_what_the_readme_says() {
    let commands = follow("README.md");
    assert!(commands >= 8, "only {commands} commands were found");
}

#[test]
fn every_command_of_the_page_about_drift_prints_what_it_says() {
    let commands = follow("docs/drift.md");
    assert!(commands >= 8, "only {commands} commands were found");
}

#[test]
fn every_command_of_the_page_about_testing_prints_what_it_says() {
    let commands = follow("docs/testing.md");
    assert!(commands >= 6, "only {commands} commands were found");
}

#[test]
fn every_command_of_the_page_about_bundles_prints_what_it_says() {
    let commands = follow("docs/bundles.md");
    assert!(commands >= 5, "only {commands} commands were found");
}

/// Does what a page shows, in a folder `game`, and gives the number of commands. Pages run at the same
/// time and build into one folder, so their migrations have different names.
fn follow(page: &str) -> usize {
    let text = fs::read_to_string(repository().join(page)).unwrap();
    let tour = Sandbox::empty();
    fs::create_dir(tour.path("game")).unwrap();
    let game = tour.below("game");
    let mut commands = 0;
    for piece in pieces(&text) {
        match piece {
            Piece::File { path, text } => fs::write(find(&game, &path), text).unwrap(),
            Piece::Command { words, output, code } => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let outcome = match words.as_slice() {
                    ["cargo", "run", "--", arguments @ ..] => in_the_repository(&tour, arguments),
                    ["runner", arguments @ ..] => game.run(arguments),
                    ["sqlite3", database, sql] => in_the_shell(&game, database, sql),
                    other => panic!("{page} runs {other:?}, which this test does not know"),
                };
                assert_eq!(outcome.code, Some(code), "{}", outcome.shown());
                let shown = if code == 3 { outcome.stderr } else { outcome.stdout };
                assert_eq!(shown, game.normal(&output), "{}", words.join(" "));
                commands += 1;
            }
        }
    }
    commands
}

/// What SQLite's shell does with a statement that gives no rows.
fn in_the_shell(sandbox: &Sandbox, database: &str, sql: &str) -> sandbox::Outcome {
    let connection = rusqlite::Connection::open(sandbox.path(database)).unwrap();
    connection.execute_batch(sql).unwrap();
    sandbox::Outcome { code: Some(0), stdout: String::new(), stderr: String::new() }
}

/// What `cargo run -- ARGUMENTS` does in the repository, with the database somewhere else.
fn in_the_repository(tour: &Sandbox, arguments: &[&str]) -> sandbox::Outcome {
    let database = tour.path("game.db");
    let mut command = tour.command(arguments);
    command.current_dir(repository()).args(["--create", "--database"]).arg(&database);
    let mut outcome = tour.outcome(&command.output().unwrap());
    outcome.stdout = outcome.stdout.replace("[ROOT]/game.db", "game.db");
    outcome
}

#[test]
fn the_schema_operations_of_the_readme_compile_and_run() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```rust,ignore\n").unwrap();
    let (code, _) = rest.split_once("```").unwrap();
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "readme_before",
        "CREATE TABLE player (id INTEGER PRIMARY KEY, score TEXT); INSERT INTO player VALUES (1, '7');
         CREATE TABLE stay (room INTEGER, nights INTEGER, note TEXT)",
        "DROP TABLE stay; DROP TABLE player",
    );
    sandbox.migration(
        "readme_operations",
        &format!(
            "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Readme;\n\
             impl Migration for Readme {{\n\
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n{code}Ok(())\n}}\n}}\n\
             export_migration!(Readme);\n"
        ),
    );
    sandbox.run(&["migrate"]).succeeded();
    let score = "SELECT score, typeof(score) FROM player";
    assert_eq!(sandbox::rows(&sandbox.database(), score), "  Integer(7), Text(\"integer\")\n");
}
