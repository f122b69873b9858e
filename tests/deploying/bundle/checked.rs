//! `runner check bundle`: whether a bundle is what the folder of migrations says.

use std::fs;

use insta::assert_snapshot;

use super::archive::Archive;
use crate::sandbox::{Sandbox, sql_source};

/// A project of two migrations with a bundle, and the ids.
fn packed(name: &str) -> (Sandbox, [String; 2]) {
    let sandbox = Sandbox::project();
    let ids = ["one", "two"].map(|which| {
        let table = format!("{name}_{which}");
        sandbox.sql_migration(&table, &format!("CREATE TABLE {table} (a)"), "")
    });
    sandbox.run(&["bundle"]).succeeded();
    (sandbox, ids)
}

#[test]
fn a_bundle_that_was_just_made_is_what_the_folder_says() {
    let (sandbox, _) = packed("checked_fresh");
    assert_snapshot!(sandbox.untouched(&["check", "bundle"]).shown(), @"
    exit 0
    --- stdout
    `migrations.bundle` is what the folder of migrations says
    ");
    sandbox.untouched(&["check", "bundle", "migrations.bundle", "--json"]).succeeded();
    // No database and nothing of the environment is asked.
    assert!(!sandbox.path("app.db").exists());
}

#[test]
fn what_is_missing_edited_or_newer_is_named_with_the_command_that_mends_it() {
    let (sandbox, [one, two]) = packed("checked_stale");
    let edited = sql_source("CREATE TABLE checked_stale_one (a, b)", "");
    sandbox.write(format!("migrations/{one}/src/lib.rs"), &edited);
    fs::rename(sandbox.path(format!("migrations/{two}")), sandbox.path("away")).unwrap();
    sandbox.sql_migration("checked_late", "CREATE TABLE late (a)", "");
    assert_snapshot!(sandbox.untouched(&["check", "bundle"]).shown(), @"
    exit 1
    --- stdout
    bundle: `[STAMP]_checked_stale_one` was edited since it was packed
        `runner bundle -o migrations.bundle` makes it anew
    bundle: `[STAMP]_checked_stale_two` is in it, and not in the folder of migrations
        bring the folder to the version of the code that has it
        or `runner bundle -o migrations.bundle` makes the bundle anew, without it
    bundle: `[STAMP]_checked_late` is not in it
        `runner bundle -o migrations.bundle` makes it anew
    --- stderr
    error: the check found 3 things
    ");
    assert_snapshot!(sandbox.untouched(&["check", "bundle", "--json"]).stdout, @r#"
    {
      "findings": [
        {
          "bundle": "migrations.bundle",
          "difference": "edited",
          "id": "[STAMP]_checked_stale_one",
          "kind": "bundle",
          "ways_out": [
            "`runner bundle -o migrations.bundle` makes it anew"
          ]
        },
        {
          "bundle": "migrations.bundle",
          "difference": "newer",
          "id": "[STAMP]_checked_stale_two",
          "kind": "bundle",
          "ways_out": [
            "bring the folder to the version of the code that has it",
            "`runner bundle -o migrations.bundle` makes the bundle anew, without it"
          ]
        },
        {
          "bundle": "migrations.bundle",
          "difference": "missing",
          "id": "[STAMP]_checked_late",
          "kind": "bundle",
          "ways_out": [
            "`runner bundle -o migrations.bundle` makes it anew"
          ]
        }
      ],
      "ok": false
    }
    "#);
    // With one way out of all, it is told once.
    fs::rename(sandbox.path("away"), sandbox.path(format!("migrations/{two}"))).unwrap();
    assert_snapshot!(sandbox.untouched(&["check", "bundle", "--bundle", "migrations.bundle"]).shown(), @"
    exit 1
    --- stdout
    bundle: `[STAMP]_checked_stale_one` was edited since it was packed
    bundle: `[STAMP]_checked_late` is not in it
    --- stderr
    error: the check found 2 things
    hint: `runner bundle -o migrations.bundle` makes it anew
    ");
}

#[test]
fn a_bundle_for_another_platform_is_compared_too() {
    let (sandbox, _) = packed("checked_far");
    let mut archive = Archive::read(&fs::read(sandbox.path("migrations.bundle")).unwrap());
    archive.manifest.target = "sparc-sun-solaris".to_owned();
    fs::write(sandbox.path("far.bundle"), archive.write()).unwrap();
    assert_snapshot!(sandbox.untouched(&["check", "bundle", "far.bundle"]).shown(), @"
    exit 0
    --- stdout
    `far.bundle` is what the folder of migrations says
    ");
    // To check a database by it is to use it.
    assert_eq!(sandbox.run(&["check", "--bundle", "far.bundle"]).code, Some(3));
}

#[test]
fn a_damaged_bundle_and_one_that_another_signed_are_refused() {
    let (sandbox, _) = packed("checked_damaged");
    let key = "RWTBSew8VnoNAqkE7UE4aAhKRKXkSRHibvkZHxRddYZNEKg5c+/DmSWS";
    let signed = ["check", "bundle", "--bundle", "migrations.bundle", "--require-signature", key];
    assert_snapshot!(sandbox.untouched(&signed).shown(), @"
    exit 3
    --- stderr
    error: cannot use the bundle `[ROOT]/migrations.bundle`
      caused by: its signature cannot be read
      caused by: No such file or directory (os error 2)
    hint: nothing was changed; it belongs beside the bundle, as `FILE.minisig`: `runner bundle --sign KEY` makes it
    explain: runner explain not-signed
    ");
    let mut bytes = fs::read(sandbox.path("migrations.bundle")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(sandbox.path("migrations.bundle"), bytes).unwrap();
    let outcome = sandbox.untouched(&["check", "bundle"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    assert!(outcome.stderr.contains("is not what was packed"), "{}", outcome.stderr);
}
