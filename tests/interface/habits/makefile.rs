//! `runner init --makefile`, and what real make does with it.

use std::path::Path;
use std::process::Command;
use std::{env, iter};

use insta::assert_snapshot;

use crate::sandbox::{Outcome, Sandbox};

/// What `make` does in the folder, with the real binary, which is in `PATH`: a blank in its path would end
/// the word in `RUNNER`.
fn make(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let folder = Path::new(env!("CARGO_BIN_EXE_runner")).parent().unwrap().to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(iter::once(folder).chain(env::split_paths(&others))).unwrap();
    let mut command = Command::new("make");
    sandbox.prepare(command.arg("--silent").args(arguments).env("PATH", path));
    // A make that runs this test has told its own flags.
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "RUNNER"] {
        command.env_remove(name);
    }
    sandbox.outcome(&command.output().unwrap())
}

#[test]
fn make_creates_applies_shows_checks_tests_and_reverts_migrations() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init", "--makefile"]).succeeded();
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    let create = ["migrate-create", "name=create_make", "fields=level:integer"];
    assert_snapshot!(make(&sandbox, &create).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_create_make/Cargo.toml
    made migrations/[STAMP]_create_make/src/lib.rs
    ");
    assert_eq!(make(&sandbox, &["migrate-check"]).code, Some(2));
    assert_snapshot!(make(&sandbox, &["migrate", "flags=--steps 1"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_create_make ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(make(&sandbox, &["migrate-status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_create_make  [TIME]
    1 applied, 0 pending
    ");
    make(&sandbox, &["migrate-check"]).succeeded();
    make(&sandbox, &["migrate-test"]).succeeded();
    assert_snapshot!(make(&sandbox, &["migrate-backward"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_create_make ([N] ms)
    reverted 1 migration: `app.db` has 0 applied, 1 pending
    ");
}

#[test]
fn make_alone_changes_nothing() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init", "--makefile"]).succeeded();
    let before = sandbox.files();
    assert_snapshot!(make(&sandbox, &[]).shown(), @"
    exit 0
    --- stdout
    0 applied, 0 pending
    the database `sandbox.db` is not there yet; `runner migrate` makes it
    ");
    assert_eq!(sandbox.files(), before);
}

#[test]
fn a_file_that_is_called_like_a_rule_does_not_stand_in_its_way() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init", "--makefile"]).succeeded();
    sandbox.write("migrate", "a file");
    let told = make(&sandbox, &["migrate"]).succeeded().stdout;
    assert!(told.contains("there are no migrations yet"), "{told}");
}

#[test]
fn a_name_that_is_missing_is_told_with_an_example() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init", "--makefile"]).succeeded();
    let outcome = make(&sandbox, &["migrate-create"]);
    assert_eq!(outcome.code, Some(2));
    let first = outcome.stderr.lines().next();
    assert_eq!(
        first,
        Some("migrate-create: which name? make migrate-create name=add_level_to_player")
    );
}

#[test]
fn a_makefile_that_is_there_is_kept_and_told_what_to_include() {
    let sandbox = Sandbox::empty();
    sandbox.write("GNUmakefile", "all:\n\t@echo mine\n");
    assert_snapshot!(sandbox.run(&["init", "--makefile"]).shown(), @"
    exit 0
    --- stdout
    made .gitignore
    made migrations/.gitignore
    made migrations/Cargo.toml
    made runner.toml
    made migrate.mk
    kept GNUmakefile
    next: write `include migrate.mk` at the end of GNUmakefile
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    --- stderr
    note: `migrations/Cargo.toml` takes migration-api from `[REPOSITORY]/migration-api`, which other machines may not have: `--api-path DIR` takes it from a folder of the same repository, `--api-git URL` from another one
    ");
    assert_eq!(sandbox.read("GNUmakefile"), "all:\n\t@echo mine\n");
    sandbox.write("GNUmakefile", "all:\n\t@echo mine\ninclude migrate.mk\n");
    assert_snapshot!(sandbox.run(&["init", "--makefile"]).shown(), @"
    exit 0
    --- stdout
    kept .gitignore
    kept migrations/.gitignore
    kept migrations/Cargo.toml
    kept runner.toml
    kept GNUmakefile
    kept migrate.mk
    next: `runner create NAME` makes a migration, `runner migrate` applies it
    ");
    assert_eq!(make(&sandbox, &[]).stdout, "mine\n");
    make(&sandbox, &["migrate-status"]).succeeded();
}
