//! What is applied is built from the source whose digest is recorded: whatever the times of files say,
//! whoever else builds into the same target folder, and whoever edits while cargo builds.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::sandbox::{self, Outcome, Sandbox};
use insta::assert_snapshot;

/// Gives the file `below` a time of long ago, as `tar`, `rsync -t` and `cp -p` do.
fn make_old(sandbox: &Sandbox, below: &str) {
    let long_ago = SystemTime::now() - Duration::from_secs(10 * 365 * 24 * 3600);
    let file = File::options().write(true).open(sandbox.path(below)).unwrap();
    file.set_modified(long_ago).unwrap();
}

/// The names of the tables that the migrations of `sandbox` made in `database`.
fn tables(sandbox: &Sandbox, database: &str) -> String {
    let connection = rusqlite::Connection::open(sandbox.path(database)).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_runner%' ESCAPE '\\'";
    sandbox::rows(&connection, sql)
}

/// A crate that makes a table of this name, whatever it is called itself.
fn makes(table: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct M;\nimpl Migration for M {{\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n\
         migrator.execute_batch(\"CREATE TABLE {table} (a)\")\n}}\n}}\nexport_migration!(M);\n"
    )
}

/// The binary, called in a folder where `cargo` is a script: `before` and `after` are run around the real
/// one, in the folder that it is called in, with its arguments.
fn with_cargo(sandbox: &Sandbox, before: &str, after: &str, arguments: &[&str]) -> Command {
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = build ] || [ \"$1\" = rustc ]; then :\n{before}\nfi\n\"{}\" \"$@\" || exit\n\
         {after}\n",
        env!("CARGO")
    );
    sandbox.write("bin/cargo", &script);
    let cargo = sandbox.path("bin/cargo");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = sandbox.command(arguments);
    command.env("PATH", format!("{}:{path}", sandbox.path("bin").display()));
    command
}

fn run(sandbox: &Sandbox, command: &mut Command) -> Outcome {
    sandbox.outcome(&command.output().unwrap())
}

#[test]
fn two_projects_with_one_target_folder_each_apply_their_own_code() {
    let projects = [Sandbox::project(), Sandbox::project()];
    let mut ids = Vec::new();
    for (sandbox, table) in projects.iter().zip(["of_the_first", "of_the_second"]) {
        ids.push(sandbox.migration("proof_shared", &makes(table)));
    }
    assert_eq!(ids[0], ids[1]);
    for (sandbox, table) in projects.iter().zip(["of_the_first", "of_the_second"]) {
        sandbox.run(&["migrate", "--create"]).succeeded();
        assert_eq!(tables(sandbox, "app.db"), format!("  Text(\"{table}\")\n"));
    }
    // Back and forth: each is built anew as often as the other was.
    for (sandbox, table) in projects.iter().zip(["of_the_first", "of_the_second"]) {
        sandbox.run(&["migrate", "--create", "--database", "again.db"]).succeeded();
        assert_eq!(tables(sandbox, "again.db"), format!("  Text(\"{table}\")\n"));
    }
}

#[test]
fn two_clones_with_one_target_folder_build_what_is_the_same_once() {
    let clones = [Sandbox::project(), Sandbox::project()];
    // The target folder stays from run to run, and so does what was built of a source of before.
    let table = format!("the_same_{}", std::process::id());
    for sandbox in &clones {
        let id = sandbox.migration("proof_clones", &makes(&table));
        make_old(sandbox, &format!("migrations/{id}/src/lib.rs"));
        make_old(sandbox, &format!("migrations/{id}/Cargo.toml"));
    }
    let compiled = clones.each_ref().map(|sandbox| {
        let said = sandbox.run(&["migrate", "--create", "--verbose"]).succeeded().stderr;
        said.matches("compiled m[STAMP]_proof_clones").count()
    });
    assert_eq!(compiled, [1, 0]);
}

#[test]
fn a_source_with_an_older_time_is_built_anew() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_older", &makes("before_the_edit"));
    sandbox.run(&["migrate", "--create"]).succeeded();
    let source = format!("migrations/{id}/src/lib.rs");
    sandbox.write(&source, &makes("after_the_edit"));
    make_old(&sandbox, &source);
    sandbox.run(&["migrate", "--create", "--database", "two.db"]).succeeded();
    assert_eq!(tables(&sandbox, "two.db"), "  Text(\"after_the_edit\")\n");
    // The first database was made by another source, and this one by what is there.
    assert_eq!(sandbox.run(&["check", "drift"]).code, Some(1));
    sandbox.run(&["check", "drift", "--database", "two.db"]).succeeded();
}

#[test]
fn an_edit_of_one_of_many_builds_that_one_anew_and_no_other() {
    let sandbox = Sandbox::project();
    let ids: Vec<_> = (0..4)
        .map(|number| {
            sandbox.migration(&format!("proof_many_{number}"), &makes(&format!("t{number}")))
        })
        .collect();
    let compiled = |database: &str| {
        let arguments = ["migrate", "--create", "--verbose", "--database", database];
        let said = sandbox.run(&arguments).succeeded().stderr;
        let lines = said.lines().filter_map(|line| line.strip_prefix("compiled "));
        let mut names: Vec<_> =
            lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        names.retain(|name| name.contains("proof_many"));
        names.sort();
        names
    };
    assert_eq!(compiled("one.db").len(), 4);
    assert_eq!(compiled("two.db"), [""; 0]);
    let edited = format!("migrations/{}/src/lib.rs", ids[2]);
    sandbox.write(&edited, &makes("edited"));
    make_old(&sandbox, &edited);
    assert_eq!(compiled("three.db"), ["m[STAMP]_proof_many_2"]);
    // What cargo builds by itself belongs to no runner, and is built again; nothing else is.
    let by_itself = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", &format!("m{}", ids[1])])
        .current_dir(sandbox.path("migrations"))
        .env("CARGO_TARGET_DIR", sandbox::TARGET)
        .status();
    assert!(by_itself.unwrap().success());
    assert_eq!(compiled("four.db"), ["m[STAMP]_proof_many_1"]);
}

#[test]
fn an_edit_while_cargo_builds_is_built_again_and_recorded_as_what_ran() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_during", &makes("before_the_edit"));
    let source = format!("{id}/src/lib.rs");
    sandbox.write("edited.rs", &makes("after_the_edit"));
    // Cargo is done, and the runner has not looked yet.
    let edit = format!("[ -e ../edited.rs ] && mv ../edited.rs {source}; exit 0");
    run(&sandbox, &mut with_cargo(&sandbox, "", &edit, &["migrate", "--create"])).succeeded();
    assert_eq!(tables(&sandbox, "app.db"), "  Text(\"after_the_edit\")\n");
    sandbox.run(&["check", "drift"]).succeeded();
}

#[test]
fn an_edit_that_is_undone_while_cargo_builds_is_never_applied() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_undone", &makes("what_is_there"));
    let source = format!("{id}/src/lib.rs");
    sandbox.write("edited.rs", &makes("never_there"));
    make_old(&sandbox, &format!("migrations/{source}"));
    // The second time there is nothing to put in its place.
    let edit =
        format!("[ -e ../edited.rs ] && mv {source} ../aside.rs && mv ../edited.rs {source}");
    let undo = format!("[ -e ../aside.rs ] && mv ../aside.rs {source}; exit 0");
    run(&sandbox, &mut with_cargo(&sandbox, &edit, &undo, &["migrate", "--create"])).succeeded();
    assert_eq!(tables(&sandbox, "app.db"), "  Text(\"what_is_there\")\n");
    sandbox.run(&["check", "drift"]).succeeded();
}

#[test]
fn an_edit_after_the_build_is_drift_at_the_next_command() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_after", &makes("before_the_edit"));
    sandbox.run(&["migrate", "--create"]).succeeded();
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &makes("after_the_edit"));
    assert_eq!(sandbox.run(&["check", "drift"]).code, Some(1));
}

#[test]
fn a_source_that_is_edited_in_every_build_is_refused() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_restless", &makes("restless"));
    let edit = format!("echo '// more' >> {id}/src/lib.rs");
    let mut command = with_cargo(&sandbox, "", &edit, &["migrate", "--create"]);
    assert_snapshot!(run(&sandbox, &mut command).shown(), @"
    exit 75
    --- stderr
    error: the source of `[STAMP]_proof_restless` was edited while cargo built it, each time
    hint: nothing was applied; run the command again when its files stay as they are
    ");
    assert!(!sandbox.path("app.db").exists());
}

#[test]
fn a_bundle_that_is_made_while_its_source_is_edited_ships_what_it_says() {
    let sandbox = Sandbox::project();
    let id = sandbox.migration("proof_bundled", &makes("before_the_edit"));
    let source = format!("{id}/src/lib.rs");
    sandbox.write("edited.rs", &makes("after_the_edit"));
    let edit = format!("[ -e ../edited.rs ] && mv ../edited.rs {source}; exit 0");
    run(&sandbox, &mut with_cargo(&sandbox, "", &edit, &["bundle", "-o", "a.bundle"])).succeeded();
    sandbox.run(&["migrate", "--create", "--bundle", "a.bundle"]).succeeded();
    assert_eq!(tables(&sandbox, "app.db"), "  Text(\"after_the_edit\")\n");
    // By the crates, too.
    sandbox.run(&["check", "drift"]).succeeded();
}

#[test]
fn a_library_that_hides_its_source_or_has_another_is_refused() {
    let forget = "for name in $(env | sed -n 's/^\\(RUNNER_SOURCE_DIGEST_[^=]*\\)=.*/\\1/p'); do unset $name; done";
    let forge = "for name in $(env | sed -n 's/^\\(RUNNER_SOURCE_DIGEST_[^=]*\\)=.*/\\1/p'); do \
                 export $name=$(printf 'ab%.0s' $(seq 32)); done";
    let refusal = |before: &str| {
        let sandbox = Sandbox::project();
        sandbox.migration("proof_refused", &makes("refused"));
        let mut command = with_cargo(&sandbox, before, "", &["migrate", "--create"]);
        let refusal = run(&sandbox, &mut command).shown();
        assert!(!sandbox.path("app.db").exists());
        refusal
    };
    assert_snapshot!(refusal(forget), @"
    exit 3
    --- stderr
    error: cannot load the migration `[STAMP]_proof_refused` from `[TARGET]/debug/libm[STAMP]_proof_refused.so`
      caused by: it does not say which source it was built from
    hint: nothing was changed; does something between the runner and rustc, as a wrapper, drop variables of the environment?
    explain: runner explain other-source
    ");
    assert_snapshot!(refusal(forge), @"
    exit 3
    --- stderr
    error: cannot load the migration `[STAMP]_proof_refused` from `[TARGET]/debug/libm[STAMP]_proof_refused.so`
      caused by: it was built from another source: its digest is [DIGEST], and should be [DIGEST]
    hint: nothing was changed; run the command again, which builds it anew
    explain: runner explain other-source
    ");
}

/// A crate of models with a table of this name.
fn models(sandbox: &Sandbox, table: &str) {
    sandbox.write(
        "models/src/lib.rs",
        &format!(
            "use migration_model::{{Table, export_models}};\n#[derive(Table)]\npub struct {table} {{\n\
             pub name: String,\n}}\nexport_models!({table});\n"
        ),
    );
}

/// A project with a crate of models of this name.
fn with_models(name: &str, table: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    let model = sandbox::repository().join("migration-api/model");
    sandbox.write(
        "models/Cargo.toml",
        &format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\nmigration-model = {{ \
             path = {model:?} }}\n\n[workspace]\n"
        ),
    );
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"models\"\n");
    models(&sandbox, table);
    sandbox
}

#[test]
fn models_are_those_of_their_source_whatever_its_time_and_whoever_builds_too() {
    let shown = |sandbox: &Sandbox| sandbox.run(&["schema", "dump", "models"]).succeeded().stdout;
    let [first, second] = ["One", "Two"].map(|table| with_models("proof-models", table));
    assert!(shown(&first).contains("CREATE TABLE one "));
    assert!(shown(&second).contains("CREATE TABLE two "));
    assert!(shown(&first).contains("CREATE TABLE one "));
    models(&first, "Three");
    make_old(&first, "models/src/lib.rs");
    assert!(shown(&first).contains("CREATE TABLE three "));
}

#[test]
fn models_that_are_edited_while_cargo_builds_are_built_again() {
    let sandbox = with_models("proof_models_edited", "Before");
    let edit = "[ -e ../edited.rs ] && mv ../edited.rs src/lib.rs; exit 0";
    models(&sandbox, "After");
    fs::rename(sandbox.path("models/src/lib.rs"), sandbox.path("edited.rs")).unwrap();
    models(&sandbox, "Before");
    let mut command = with_cargo(&sandbox, "", edit, &["schema", "dump", "models"]);
    let shown = run(&sandbox, &mut command).succeeded().stdout;
    assert!(shown.contains("CREATE TABLE \"after\" "), "{shown}");
    let edit = "echo '// more' >> src/lib.rs";
    let mut command = with_cargo(&sandbox, "", edit, &["schema", "dump", "models"]);
    assert_snapshot!(run(&sandbox, &mut command).shown(), @"
    exit 75
    --- stderr
    error: the models in `[ROOT]/models` were edited while cargo built them, each time
    hint: run the command again when the files stay as they are
    ");
}
