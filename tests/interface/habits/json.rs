//! `--json`: every command has a section in `docs/json.md`, and prints what stands there.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::page::{self, Piece, Section};
use super::{commands, shape};
use crate::sandbox::Sandbox;

/// Commands that stand in the section of another, as they do the same.
const ALSO: [(&str, &str); 2] =
    [("runner down", "runner migrate"), ("runner redo", "runner migrate")];

#[test]
fn every_command_has_a_section_with_an_example_and_its_fields() {
    let sections = page::read();
    for words in commands() {
        let command = format!("runner {}", words.join(" "));
        let title = ALSO.iter().find(|(name, _)| *name == command).map_or(&*command, |also| also.1);
        let section = sections.iter().find(|section| section.title == title);
        let section = section.unwrap_or_else(|| panic!("docs/json.md has no section `{title}`"));
        assert!(!section.fields.is_empty(), "`{title}` has no table of fields");
        let is_shown = section.pieces.iter().any(|piece| match piece {
            Piece::Command { line, .. } => line.starts_with(&command) && line.ends_with("--json"),
            Piece::File { .. } => false,
        });
        assert!(is_shown, "`{title}` has no example of `{command}`");
    }
}

/// Whether a command is one that the section `title` is about. Others may prepare it.
fn belongs(line: &str, title: &str) -> bool {
    let is_also = |(name, place): &(&str, &str)| *place == title && line.starts_with(name);
    title == "Errors" || line.starts_with(title) || ALSO.iter().any(is_also)
}

#[test]
fn every_field_of_an_example_is_described_and_is_of_that_kind() {
    for Section { title, pieces, fields } in page::read() {
        for piece in pieces {
            let Piece::Command { line, output, .. } = piece else { continue };
            if !belongs(&line, &title) {
                continue;
            }
            let shape = shape::of(&output);
            for (path, kinds) in shape.iter().filter(|(path, _)| !path.ends_with("[]")) {
                let told = fields.iter().filter(|(field, _)| shape::tells_of(field, path));
                let told: BTreeSet<&str> = told.map(|(_, kind)| kind.as_str()).collect();
                // An error is told of in a section of its own.
                if path.starts_with("error") && title != "Errors" {
                    continue;
                }
                assert!(!told.is_empty(), "`{title}` does not tell of `{path}`: {line}");
                let items = shape.get(&format!("{path}[]")).cloned().unwrap_or_default();
                let is_told = |kind: &&str| {
                    let (outer, inner) = kind.split_once(" of ").unwrap_or((kind, ""));
                    let outer: BTreeSet<&str> = outer.split(" or ").collect();
                    kinds.iter().all(|kind| outer.contains(kind))
                        && items.iter().all(|item| *item == inner)
                };
                assert!(
                    told.iter().any(is_told),
                    "`{path}` is {kinds:?} of {items:?}, not {told:?}"
                );
            }
        }
    }
}

#[test]
fn every_command_of_the_page_prints_what_the_page_says() {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("game")).unwrap();
    let game = sandbox.below("game");
    for piece in page::read().into_iter().flat_map(|section| section.pieces) {
        match piece {
            Piece::File { path, text } => {
                let file = find(&game, &path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            Piece::Command { line, output, code } => {
                let words: Vec<String> = words(&line);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                match words.as_slice() {
                    ["sqlite3", database, sql] => {
                        let connection = rusqlite::Connection::open(game.path(database)).unwrap();
                        connection.execute_batch(sql).unwrap();
                    }
                    ["runner", arguments @ ..] => {
                        let done = game.command(arguments).output().unwrap();
                        let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
                        let (stdout, stderr) = (text(&done.stdout), text(&done.stderr));
                        assert_eq!(done.status.code(), Some(code), "{line}\n{stdout}{stderr}");
                        let found = shape::of(&(stdout + &stderr));
                        assert_eq!(found, shape::of(&output), "{line}");
                    }
                    other => panic!("the page runs {other:?}, which this test does not know"),
                }
            }
        }
    }
}

/// The words of a command line, of which some may be quoted.
fn words(line: &str) -> Vec<String> {
    let word = regex::Regex::new(r#""[^"]*"|\S+"#).unwrap();
    word.find_iter(line).map(|found| found.as_str().trim_matches('"').to_owned()).collect()
}

/// The file that `path` means.
fn find(sandbox: &Sandbox, path: &str) -> PathBuf {
    let Some((folder, rest)) = path.split_once("/*") else { return sandbox.path(path) };
    let (end, below) = rest.split_once('/').unwrap();
    let mut entries =
        fs::read_dir(sandbox.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.find(|entry| entry.to_string_lossy().ends_with(end)).unwrap().join(below)
}
