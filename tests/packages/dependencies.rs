//! An application that links the engine takes in few crates of others, and `cargo test` builds none of the command
//! line's again after `cargo run`, nor what others made for the engine's tests alone.

use std::collections::BTreeSet;
use std::process::Command;

use crate::repository;

/// One more is a decision, not a correction: see `docs/decisions/crates.md`.
const MOST: usize = 45;

/// The lines of `cargo tree` with `arguments`, one for each crate.
fn tree(arguments: &[&str]) -> String {
    let output = Command::new("cargo")
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(arguments)
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What an application takes in with `package`, each as `name version`, without what is made here.
/// `cargo metadata` would count what the command line alone asks of the engine.
fn foreign_crates(package: &str) -> BTreeSet<String> {
    let text = tree(&["--edges", "normal", "--format", "{p}", "--package", package]);
    // After the version stands where a package is that is made here, or that a line repeats one.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    text.lines().map(name).filter(|name| !name.starts_with("migration-")).collect()
}

#[test]
fn an_application_takes_in_few_crates_with_the_engine() {
    let crates = foreign_crates("migration-runner-engine");
    assert!(crates.iter().any(|name| name.starts_with("rusqlite ")), "{crates:#?}");
    assert!(crates.len() <= MOST, "{} crates, at most {MOST}: {crates:#?}", crates.len());
}

/// What is built for `edges` of the packages that `arguments` name, each as `name version [features]`: cargo builds
/// a crate once for each set of features that it is asked for, and all that needs it as often.
fn built(edges: &str, arguments: &[&str]) -> BTreeSet<String> {
    let text = tree(&[&["--edges", edges, "--format", "{p} [{f}]"], arguments].concat());
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_tests_ask_for_no_feature_that_the_command_line_is_built_without() {
    let command_line = built("normal,build", &["--workspace"]);
    let tests = built("normal,build,dev", &["--workspace"]);
    let again: Vec<_> = command_line.difference(&tests).collect();
    assert!(again.is_empty(), "built again with other features by `cargo test`: {again:#?}");
}

/// Of the crates that are made here the engine alone asks for less, as its applications do.
#[test]
fn the_tests_of_the_engine_alone_are_built_of_the_same_foreign_crates_as_all_tests() {
    let all = built("normal,build,dev", &["--workspace"]);
    let engine = built("normal,build,dev", &["--package", "migration-runner-engine"]);
    let again: Vec<_> =
        engine.difference(&all).filter(|line| !line.starts_with("migration-")).collect();
    assert!(again.is_empty(), "built again for the engine's tests alone: {again:#?}");
}
