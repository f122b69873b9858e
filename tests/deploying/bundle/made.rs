//! What `runner bundle` makes.

use std::fs;

use insta::assert_snapshot;

use super::archive::Archive;
use crate::sandbox::{Sandbox, TARGET as FOLDER};

#[test]
fn two_builds_of_the_same_sources_in_the_same_folder_give_the_same_bytes() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("bundle_same", "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox.migration(
        "bundle_other",
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Other;\n\
         impl Migration for Other {\nconst REVERSIBLE: bool = false;\n\
         const TRANSACTIONAL: bool = false;\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n\
         migrator.execute_batch(\"VACUUM\")\n}\n}\nexport_migration!(Other);\n",
    );
    let outcome = sandbox.run(&["bundle", "-o", "one"]).succeeded();
    assert_snapshot!(
        outcome.stdout,
        @"packed 2 migrations for [PLATFORM] into `one` ([SIZE])"
    );

    let cleaned = std::process::Command::new("cargo")
        .args(["clean", "--quiet", "--release", "--package", &format!("m{id}")])
        .current_dir(sandbox.path("migrations"))
        .env("CARGO_TARGET_DIR", FOLDER)
        .status();
    assert!(cleaned.unwrap().success());
    sandbox.run(&["bundle", "-o", "two"]).succeeded();
    let [one, two] = ["one", "two"].map(|name| fs::read(sandbox.path(name)).unwrap());
    assert!(one == two);

    let manifest = Archive::read(&one).manifest;
    assert_eq!(manifest.migrations.len(), 2);
    assert_eq!(manifest.migrations[0].id.as_str(), id);
    let declared = |place: usize| {
        let bundled = &manifest.migrations[place];
        (bundled.reversible, bundled.transactional)
    };
    assert_eq!((declared(0), declared(1)), ((true, true), (false, false)));
    assert_eq!(manifest.migration_api, env!("CARGO_PKG_VERSION"));
    assert!(manifest.rustc.starts_with("rustc 1."), "{}", manifest.rustc);
}

#[test]
fn a_project_without_migrations_makes_a_bundle_without_any() {
    let sandbox = Sandbox::project();
    sandbox.run(&["bundle"]).succeeded();
    let outcome = sandbox.run(&["--bundle", "migrations.bundle", "migrate"]).succeeded();
    assert!(outcome.stdout.contains("there are no migrations yet"), "{}", outcome.stdout);
}

#[test]
fn a_library_that_brings_or_links_to_an_sqlite_is_not_packed() {
    let migration = |more: &str| {
        format!(
            "use migration_api::prelude::*;\n#[derive(Default)]\npub struct M;\n\
             impl Migration for M {{\n\
             fn migrate_forward(&self, _: &mut Migrator) -> Result {{\n{more}\nOk(())\n}}\n}}\n\
             export_migration!(M);\n"
        )
    };
    let holds = "static TEXT: &str = \"CREATE TABLE x(type text,name text,tbl_name text,rootpage \
                 int,sql text)\";\nstd::hint::black_box(TEXT);";
    let links = "unsafe extern \"C\" { fn sqlite3_libversion_number() -> i32; }\n\
                 std::hint::black_box(unsafe { sqlite3_libversion_number() });";
    let refusal = |name: &str, more: &str| {
        let sandbox = Sandbox::project();
        sandbox.migration(name, &migration(more));
        sandbox.untouched(&["bundle"]).shown().replace(name, "[NAME]")
    };
    let holding = refusal("bundle_holds", holds);
    assert_snapshot!(holding, @"
    exit 3
    --- stderr
    error: the library of `[STAMP]_[NAME]` brings an SQLite of its own
    hint: the migration, or a crate it depends on, asks for rusqlite's `bundled` or links to SQLite: take that away
    explain: runner explain own-sqlite
    ");
    assert_eq!(refusal("bundle_links", links), holding);
}

#[test]
fn what_does_not_compile_makes_no_bundle_and_leaves_the_one_that_was_there() {
    let sandbox = Sandbox::project();
    sandbox.migration("bundle_broken", "this is no Rust");
    sandbox.write("migrations.bundle", "the one before");
    let outcome = sandbox.untouched(&["bundle"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
    assert!(outcome.stderr.contains("the migrations do not compile"));
    assert_eq!(sandbox.read("migrations.bundle"), "the one before");
}
