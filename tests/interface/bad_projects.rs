//! Migrations that are not as they should be are refused before anything is applied, by a message
//! that names the file and says what to do.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use insta::assert_snapshot;

/// A project with one good migration that is pending.
fn with_pending(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration(name, "CREATE TABLE good (a)", "DROP TABLE good");
    (sandbox, id)
}

/// What was said, without cargo's lines about what it is busy with: they depend on what is built
/// already and on what else is being built.
fn shown(outcome: &Outcome) -> String {
    let busy = [
        r"(?m)^ +(Compiling|Updating|Locking|Adding|Blocking|Downloading|Downloaded) .*\n",
        r"^ +warning: build failed, waiting.*\n",
    ];
    let busy = regex::Regex::new(&busy.join("|")).unwrap();
    busy.replace_all(&outcome.shown(), "").into_owned()
}

#[test]
fn a_crate_that_does_not_compile_stops_the_good_one_before_it_too() {
    let (sandbox, _) = with_pending("badproj_compiles");
    sandbox.migration("badproj_compiles_not", "compile_error!(\"the author's own words\");\n");
    assert_snapshot!(shown(&sandbox.untouched(&["migrate"])), @r#"
    exit 1
    --- stderr
    error: the migrations do not compile; cargo says:
        error: the author's own words
         --> [STAMP]_badproj_compiles_not/src/lib.rs:1:1
          |
        1 | compile_error!("the author's own words");
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        
        error: could not compile `m[STAMP]_badproj_compiles_not` (lib) due to 1 previous error
    hint: nothing was applied, not even what does compile
    "#);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_badproj_compiles
    [ ] [STAMP]_badproj_compiles_not
    0 applied, 2 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    // What does compile can still be applied by itself.
    assert_snapshot!(sandbox.run(&["migrate", "--steps", "1"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_badproj_compiles ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 1 pending
    ");
}

#[test]
fn exporting_a_type_that_is_no_migration_is_a_compiler_error_that_says_so() {
    let sandbox = Sandbox::project();
    sandbox.migration(
        "badproj_no_impl",
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Plain;\n\
         export_migration!(Plain);\n",
    );
    let outcome = sandbox.untouched(&["migrate"]);
    assert_eq!(outcome.code, Some(1));
    // The whole text is the compiler's and changes with it.
    let first =
        "error[E0277]: `Plain` is exported as a migration but does not implement `Migration`";
    assert!(outcome.stderr.contains(first), "{}", outcome.stderr);
}

#[test]
fn exporting_two_migrations_from_one_crate_is_a_compiler_error() {
    let sandbox = Sandbox::project();
    let one = |name: &str| {
        format!(
            "#[derive(Default)]\npub struct {name};\nimpl Migration for {name} {{\n\
             fn migrate_forward(&self, _: &mut Migrator) -> Result {{ Ok(()) }}\n}}\n\
             export_migration!({name});\n"
        )
    };
    let source = format!("use migration_api::prelude::*;\n{}{}", one("First"), one("Second"));
    sandbox.migration("badproj_twice", &source);
    let outcome = sandbox.untouched(&["migrate"]);
    assert_eq!(outcome.code, Some(1));
    let first = "error[E0428]: the name `RUNNER_MIGRATION` is defined multiple times";
    assert!(outcome.stderr.contains(first), "{}", outcome.stderr);
}

#[test]
fn a_manifest_that_makes_no_migration_is_refused_with_the_line_to_write() {
    let (sandbox, id) = with_pending("badproj_manifest");
    let manifest = format!("migrations/{id}/Cargo.toml");
    let good = sandbox.read(&manifest);

    sandbox.write(&manifest, &good.replace("crate-type = [\"cdylib\"]", ""));
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r#"
    exit 2
    --- stderr
    error: the migration `[STAMP]_badproj_manifest` builds no dynamic library
    hint: write `crate-type = ["cdylib"]` under `[lib]` in `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml`
    "#);
    sandbox.write(&manifest, &good.replace("[\"cdylib\"]", "[\"rlib\"]"));
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r#"
    exit 2
    --- stderr
    error: the migration `[STAMP]_badproj_manifest` builds no dynamic library
    hint: write `crate-type = ["cdylib"]` under `[lib]` in `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml`
    "#);
    sandbox.write(&manifest, &good.replace(&format!("m{id}"), "badproj"));
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml` names its package `badproj`, and its folder asks for `m[STAMP]_badproj_manifest`
    hint: write `name = "m[STAMP]_badproj_manifest"` in `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml`
    "#);
    sandbox.write(&manifest, &good.replace("edition = \"2024\"", "edition = 2024 = 2025"));
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml` is not right
      caused by: TOML parse error at line 3, column 16
          |
        3 | edition = 2024 = 2025
          |                ^
        unexpected key or value, expected newline, `#`
    ");
    sandbox.write(&manifest, "[workspace]\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/migrations/[STAMP]_badproj_manifest/Cargo.toml` is not right
      caused by: TOML parse error at line 1, column 1
          |
        1 | [workspace]
          | ^
        missing field `package`
    ");
    fs::remove_file(sandbox.path(&manifest)).unwrap();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: the migration `[ROOT]/migrations/[STAMP]_badproj_manifest` has no `Cargo.toml`
    hint: restore the file, or remove the folder if it is a left-over
    ");
}

#[test]
fn a_broken_workspace_manifest_is_told_in_cargos_words() {
    let (sandbox, _) = with_pending("badproj_workspace");
    sandbox.write("migrations/Cargo.toml", "[workspace\n");
    assert_snapshot!(shown(&sandbox.untouched(&["migrate"])), @"
    exit 1
    --- stderr
    error: cargo could not prepare the build; it says:
        error: unclosed table, expected `]`
         --> Cargo.toml:1:11
          |
        1 | [workspace
          |           ^
    hint: nothing was applied
    ");
}

#[test]
fn a_folder_with_a_bad_name_is_refused_and_not_passed_over() {
    let (sandbox, _) = with_pending("badproj_folder");
    fs::create_dir(sandbox.path("migrations/20250101_000000_Bad")).unwrap();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: the folder `[ROOT]/migrations/[STAMP]_Bad` is not named like a migration
      caused by: `[STAMP]_Bad` is not a migration's id: the name after the time may hold only a-z, 0-9 and `_`
    hint: rename the folder, or move it out of the way
    ");
    let said = sandbox.untouched(&["migrate"]).stderr;
    assert_eq!(sandbox.untouched(&["status"]).stderr, said);
    assert_eq!(sandbox.untouched(&["create", "badproj_other"]).stderr, said);

    fs::rename(
        sandbox.path("migrations/20250101_000000_Bad"),
        sandbox.path("migrations/20250230_000000_bad"),
    )
    .unwrap();
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 2
    --- stderr
    error: the folder `[ROOT]/migrations/[STAMP]_bad` is not named like a migration
      caused by: `[STAMP]_bad` is not a migration's id: its first 15 characters are no date and time
    hint: rename the folder, or move it out of the way
    ");
}

#[test]
fn a_file_among_the_migrations_is_none() {
    let (sandbox, _) = with_pending("badproj_file");
    sandbox.write("migrations/2025-notes.md", "What we did.\n");
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_badproj_file
    0 applied, 1 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_badproj_file ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
}

#[test]
fn two_migrations_of_one_second_have_no_order_and_are_refused() {
    let (sandbox, id) = with_pending("badproj_one");
    let twin = format!("{}badproj_two", &id[..16]);
    fs::create_dir(sandbox.path(format!("migrations/{twin}"))).unwrap();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[STAMP]_badproj_one` and `[STAMP]_badproj_two` have the same timestamp, so their order is not known
    hint: give one that is applied nowhere yet a later timestamp: `runner rebase ID`
    ");
    let said = sandbox.untouched(&["migrate"]).stderr;
    assert_eq!(sandbox.untouched(&["status"]).stderr, said);
}

#[test]
fn without_cargo_a_migration_cannot_be_built_and_the_rest_works() {
    let (sandbox, _) = with_pending("badproj_no_cargo");
    fs::create_dir(sandbox.path("bin")).unwrap();
    let without_cargo = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("PATH", sandbox.path("bin"));
        sandbox.unchanged_by(command).shown()
    };
    assert_snapshot!(without_cargo(&["migrate"]), @"
    exit 2
    --- stderr
    error: cargo is not installed, or not in `PATH`
    hint: install Rust, or put the folder that holds cargo into `PATH`; migrations in a bundle need neither
    ");
    assert_snapshot!(without_cargo(&["status"]), @"
    exit 0
    --- stdout
    [ ] [STAMP]_badproj_no_cargo
    0 applied, 1 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    assert_snapshot!(without_cargo(&["migrate", "--backward"]), @"
    exit 0
    --- stdout
    nothing to do: `app.db` has 0 applied, 1 pending
    ");
}

#[test]
fn without_a_registry_the_message_is_cargos_and_nothing_is_applied() {
    let (sandbox, _) = with_pending("badproj_no_registry");
    let empty = tempfile::tempdir().unwrap();
    let mut command = sandbox.command(&["migrate"]);
    // Nothing fetched before can be found in an empty home.
    command
        .env("CARGO_HOME", empty.path().join("home"))
        .env("CARGO_TARGET_DIR", empty.path().join("target"))
        .env("CARGO_NET_OFFLINE", "true");
    let outcome = sandbox.unchanged_by(command);
    assert_eq!(outcome.code, Some(1));
    for words in [
        "error: cargo could not prepare the build; it says:\n    ",
        "no matching package named `",
        "hint: nothing was applied; if the registry cannot be reached: what was fetched once can \
         be used offline; `--offline` does that\n",
    ] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}
