//! An application that links the engine takes in few crates of others.

use std::collections::BTreeSet;
use std::process::Command;

use crate::repository;

/// One more is a decision, not a correction: see `docs/decisions/crates.md`.
const MOST: usize = 45;

/// What an application takes in with `package`, each as `name version`, without what is made here.
/// `cargo metadata` would count what the command line alone asks of the engine.
fn foreign_crates(package: &str) -> BTreeSet<String> {
    let output = Command::new("cargo")
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package", package])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
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
