//! Everything that the README shows is run here: its commands in order, its files written, its
//! outputs compared.
#![allow(clippy::unwrap_used)]

mod sandbox;

use std::fs;
use std::path::PathBuf;

use sandbox::{Sandbox, repository};

/// A piece of the README that does something.
enum Piece {
    /// A command, and what it prints.
    Command { words: Vec<String>, output: String },
    /// A file, whose path may have a `*` in it, and its text.
    File { path: String, text: String },
}

/// Reads ```` ```console ```` blocks as commands, and a block after "In `PATH`:" as a file.
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
        if language == "console" {
            for line in block {
                if let Some(words) = line.strip_prefix("$ ") {
                    let words = words.split(' ').map(str::to_owned).collect();
                    pieces.push(Piece::Command { words, output: String::new() });
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
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let tour = Sandbox::empty();
    fs::create_dir(tour.path("game")).unwrap();
    let game = tour.below("game");
    let mut commands = 0;
    for piece in pieces(&readme) {
        match piece {
            Piece::File { path, text } => fs::write(find(&game, &path), text).unwrap(),
            Piece::Command { words, output } => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let outcome = match words.as_slice() {
                    ["cargo", "run", "--", arguments @ ..] => in_the_repository(&tour, arguments),
                    ["runner", arguments @ ..] => game.run(arguments),
                    other => panic!("the README runs {other:?}, which this test does not know"),
                };
                let shown = outcome.succeeded().stdout;
                assert_eq!(shown, game.normal(&output), "{}", words.join(" "));
                commands += 1;
            }
        }
    }
    assert!(commands >= 8, "only {commands} commands were found");
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
