//! What a bundle does on a machine without Rust.

use std::fs;

use insta::assert_snapshot;

use runner::{ApplyOptions, BuildOptions, Bundle, Config, Database, Order, Project, Target};

use super::archive::Archive;
use super::scene::{Place, good};

#[test]
fn the_commands_work_from_a_bundle_without_cargo_or_a_project() {
    let place = Place::with(good());
    assert_snapshot!(place.run(&["migrate", "--dry-run", "--create"]).shown(), @"
    exit 0
    --- stdout
    would apply [STAMP]_bundle_one
        CREATE TABLE one (a);
        INSERT INTO one VALUES (1)
    would apply [STAMP]_bundle_two
        CREATE TABLE two (b)
    dry run: 2 steps tried on a copy, `app.db` is unchanged
    ");
    assert_snapshot!(place.run(&["check"]).shown(), @"
    exit 1
    --- stdout
    pending: `[STAMP]_bundle_one` is not applied
    pending: `[STAMP]_bundle_two` is not applied
    --- stderr
    error: the check found 2 things
    hint: `runner migrate --database app.db --bundle app.bundle`
    ");
    assert_snapshot!(place.run(&["migrate", "--create"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_bundle_one ([N] ms)
    applied [STAMP]_bundle_two ([N] ms)
    applied 2 migrations: `app.db` has 2 applied, 0 pending
    ");
    assert!(place.was_loaded());
    assert_snapshot!(place.run(&["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted
    ");
    assert_snapshot!(place.run(&["redo"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_bundle_two ([N] ms)
    applied [STAMP]_bundle_two ([N] ms)
    redid 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_snapshot!(place.run(&["migrate", "--backward"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_bundle_two ([N] ms)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(place.run(&["down", "--all"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_bundle_one ([N] ms)
    reverted 1 migration: `app.db` has 0 applied, 2 pending
    ");
    assert_snapshot!(place.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_bundle_one
    [ ] [STAMP]_bundle_two
    0 applied, 2 pending
    ");
}

#[test]
fn what_was_unpacked_is_removed() {
    let place = Place::with(good());
    fs::create_dir(place.sandbox.path("temporary")).unwrap();
    let mut command = place.command(&["migrate", "--create"]);
    let output = command.env("TMPDIR", place.sandbox.path("temporary")).output().unwrap();
    assert!(output.status.success());
    assert_eq!(fs::read_dir(place.sandbox.path("temporary")).unwrap().count(), 0);
}

#[test]
fn a_migration_that_differs_from_the_one_that_was_applied_is_edited() {
    let place = Place::with(good());
    place.run(&["migrate", "--create"]).succeeded();
    let mut archive = Archive::read(good());
    archive.manifest.migrations[1].source_digest = "another".repeat(9);
    place.put(&archive.write());
    let refusal = place.run(&["migrate"]);
    assert_eq!(refusal.code, Some(3));
    assert!(refusal.stderr.contains("was edited after it was applied"), "{}", refusal.stderr);
    let status = place.run(&["status"]).succeeded();
    assert!(status.stdout.contains("1 edited since applied"), "{}", status.stdout);
}

#[test]
fn with_nothing_pending_nothing_is_unpacked_or_even_read() {
    let place = Place::with(good());
    place.run(&["migrate", "--create"]).succeeded();
    // Nothing of this is looked at until something is to be loaded.
    let mut spoiled = good().to_vec();
    let middle = spoiled.len() / 2;
    spoiled[middle] ^= 1;
    place.put(&spoiled);
    let mut command = place.command(&["migrate"]);
    let output = command.env("TMPDIR", place.sandbox.path("nowhere")).output().unwrap();
    let said = place.sandbox.outcome(&output).succeeded().stdout;
    assert!(said.starts_with("nothing to do"), "{said}");
    // But for what is asked on purpose.
    assert_eq!(place.run(&["check"]).code, Some(3));
    assert_eq!(place.run(&["redo"]).code, Some(3));
}

#[test]
fn a_bundle_is_not_made_of_a_bundle_and_one_that_is_not_there_is_a_usage_error() {
    let place = Place::with(good());
    assert_snapshot!(place.run(&["bundle"]).shown(), @"
    exit 2
    --- stderr
    error: a bundle is made of migrations that have crates, and these come from a bundle
    hint: take them from the folder of their crates; leave out `--bundle`
    ");
    fs::remove_file(place.bundle()).unwrap();
    assert_snapshot!(place.run(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it cannot be read
      caused by: No such file or directory (os error 2)
    hint: `runner bundle -o FILE` makes one, where the migrations and cargo are
    ");
    fs::create_dir(place.bundle()).unwrap();
    assert_snapshot!(place.run(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: cannot use the bundle `[ROOT]/app.bundle`
      caused by: it cannot be read
      caused by: it is not a file
    hint: put a regular file there, or name another one
    ");
}

#[test]
fn jobs_of_one_bundle_share_what_is_loaded() {
    let place = Place::with(b"");
    let database = Database::at(place.sandbox.path("app.db"));
    let bundle = Bundle::from_bytes(good()).unwrap();
    let project = Project::of_bundle(Config::of(database), bundle);
    let job = |target| {
        let status = project.status(std::time::Duration::ZERO).unwrap();
        let plan = project.plan(&target, &status, Order::Strict).unwrap();
        let options = ApplyOptions::default();
        project.build(&plan, BuildOptions::default(), options, &mut |_| {}).unwrap()
    };
    let (first, all) = (job(Target::Next(1)), job(Target::Latest));
    assert_eq!(first.apply(&mut |_| {}).unwrap().done.len(), 1);
    let report = all.apply(&mut |_| {}).unwrap();
    assert_eq!((report.done.len(), report.already_done.len()), (1, 1));
}
