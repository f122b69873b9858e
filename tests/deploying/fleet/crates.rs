//! A fleet that is migrated by the crates of a project, without a bundle.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::sandbox::{Outcome, Sandbox};

/// A project, whose cargo notes each build, with a list of three databases that are not there yet.
fn project() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("crates_one", "CREATE TABLE one (a)", "DROP TABLE one");
    sandbox.write("list", "data/a.db\ndata/b.db\ndata/c.db\n");
    fs::create_dir(sandbox.path("data")).unwrap();
    fs::create_dir(sandbox.path("temporary")).unwrap();
    sandbox.write(
        "bin/cargo",
        "#!/bin/sh\ncase \"$1\" in build) echo build >> \"$BUILDS\" ;; esac\n\
         PATH=\"${PATH#*:}\"\nexec cargo \"$@\"\n",
    );
    fs::set_permissions(sandbox.path("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

/// `runner fleet`, which leaves nothing among temporary files. Gives how many builds there were.
#[track_caller]
fn run(sandbox: &Sandbox, words: &[&str]) -> (Outcome, usize) {
    let path = std::env::var("PATH").unwrap();
    let builds = sandbox.path("builds");
    let _ = fs::remove_file(&builds);
    let mut command = sandbox.command(&["fleet"]);
    command
        .args(words)
        .env("PATH", format!("{}:{path}", sandbox.path("bin").display()))
        .env("BUILDS", &builds)
        .env("TMPDIR", sandbox.path("temporary"));
    let outcome = sandbox.outcome(&command.output().unwrap());
    let left: Vec<_> = fs::read_dir(sandbox.path("temporary")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    (outcome, fs::read_to_string(builds).map_or(0, |text| text.lines().count()))
}

#[test]
fn the_crates_are_built_once_for_all_databases() {
    let sandbox = project();
    let (outcome, builds) = run(&sandbox, &["plan", "--list", "list", "-o", "fleet.plan"]);
    assert_eq!(
        outcome.succeeded().stdout,
        "planned 3 databases up to [STAMP]_crates_one: `fleet.plan`\n"
    );
    assert_eq!(builds, 1);
    let migrate = ["migrate", "--plan", "fleet.plan", "--create"];
    let (outcome, builds) = run(&sandbox, &migrate);
    assert_snapshot!(outcome.succeeded().stdout, @"
    3 databases: 3 applied
      3 at [STAMP]_crates_one
    ");
    assert_eq!(builds, 1);
    let (outcome, builds) = run(&sandbox, &["status", "--databases", "data/*.db"]);
    assert_snapshot!(outcome.succeeded().stdout, @"
    3 databases: 3 already
      3 at [STAMP]_crates_one
    ");
    assert_eq!(builds, 1);
    // Nothing is built for what is refused.
    for words in [
        &["migrate", "--databases", "nowhere/*.db"][..],
        &["status", "--plan", "missing.plan"],
        &["plan", "--databases", "nowhere/*.db", "-o", "new.plan"],
    ] {
        let (outcome, builds) = run(&sandbox, words);
        assert_eq!((outcome.code, builds), (Some(2), 0), "{words:?} {}", outcome.shown());
    }
}

#[test]
fn a_plan_is_of_the_sources_that_it_was_made_from_and_of_a_bundle_of_them() {
    let sandbox = project();
    run(&sandbox, &["plan", "--list", "list", "-o", "fleet.plan"]).0.succeeded();
    sandbox.run(&["bundle", "-o", "app.bundle"]).succeeded();
    let migrate = ["migrate", "--plan", "fleet.plan", "--create", "--bundle", "app.bundle"];
    let (outcome, builds) = run(&sandbox, &migrate);
    assert_eq!((outcome.succeeded().code, builds), (Some(0), 0));
    run(&sandbox, &["migrate", "--plan", "fleet.plan"]).0.succeeded();

    sandbox.sql_migration("crates_two", "CREATE TABLE two (a)", "DROP TABLE two");
    let (outcome, _) = run(&sandbox, &["migrate", "--plan", "fleet.plan"]);
    assert_snapshot!(outcome.shown(), @"
    exit 2
    --- stderr
    error: the plan is for the bundle with the digest `[DIGEST]`, and this one has `[DIGEST]`
    hint: no database was touched; use the bundle, or the sources, that the plan was made with, or make the plan anew
    ");
    let (outcome, _) = run(&sandbox, &["migrate", "--databases", "data/*.db"]);
    assert_snapshot!(outcome.succeeded().stdout, @"
    3 databases: 3 applied
      3 at [STAMP]_crates_two
    ");
}

#[test]
fn crates_that_do_not_compile_and_a_folder_without_a_project_are_refused() {
    let sandbox = project();
    sandbox.migration("crates_broken", "this is no Rust");
    let (outcome, _) = run(&sandbox, &["migrate", "--databases", "list"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
    assert!(outcome.stderr.contains("the migrations do not compile"), "{}", outcome.stderr);

    let nowhere = Sandbox::empty();
    nowhere.write("a.db", "");
    let outcome = nowhere.untouched(&["fleet", "status", "--databases", "a.db"]);
    assert_snapshot!(outcome.shown(), @"
    exit 2
    --- stderr
    error: there is neither a bundle nor a project
    hint: name a bundle by `--bundle FILE`, or run it in the folder of the project
    ");
}

#[test]
fn what_database_url_says_is_of_no_fleet() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("crates_backed_up", "CREATE TABLE one (a)", "DROP TABLE one");
    let sandbox = sandbox.backs_up("");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration("crates_after", "CREATE TABLE two (a)", "DROP TABLE two");
    let mut command = sandbox.command(&["fleet", "migrate", "--databases", "app.db"]);
    command.env("DATABASE_URL", "postgres://nobody@nowhere/x");
    sandbox.outcome(&command.output().unwrap()).succeeded();
    // What runner.toml says holds all the same.
    assert_eq!(sandbox.backups().len(), 1, "{:?}", sandbox.backups());
}
