//! Tests that authors write in Rust: `runner::testing`, in one process and in several.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use insta::assert_snapshot;
use runner::testing::{Harness, MigrationTest};

use crate::sandbox::{Sandbox, TARGET, rows, sql_source, wait_until};

const STAYS: &str = "CREATE TABLE stay (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fee TEXT);
    INSERT INTO stay (name, fee) VALUES ('host', '1s 0d');";

const FORWARD: &str = "ALTER TABLE stay ADD COLUMN pence INTEGER;
    UPDATE stay SET pence = 12 * substr(fee, 1, instr(fee, 's') - 1)
      + replace(substr(fee, instr(fee, ' ') + 1), 'd', '');";

const BACKWARD: &str = "ALTER TABLE stay DROP COLUMN pence";

/// A project of fees in shillings and pence, whose migrations have this name in theirs.
fn fees(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    // What the environment says to what other tests run: so both build the same.
    let config = format!(
        "[build]\ntarget-dir = {TARGET:?}\n[profile.dev]\nopt-level = 0\nincremental = false\n"
    );
    sandbox.write(".cargo/config.toml", &config);
    sandbox.sql_migration(&format!("stays_{name}"), STAYS, "DROP TABLE stay");
    sandbox.sql_migration(&format!("pence_{name}"), FORWARD, BACKWARD);
    sandbox.sql_migration(&format!("after_{name}"), "CREATE TABLE later (a)", "DROP TABLE later");
    sandbox
}

fn harness(sandbox: &Sandbox) -> Harness {
    Harness::of(sandbox.root()).unwrap()
}

/// The pence of a stay of `fee`.
fn pence(test: &mut MigrationTest, fee: &str) -> i64 {
    let insert = "INSERT INTO stay (name, fee) VALUES ('Ada', ?1)";
    test.connection().execute(insert, [fee]).unwrap();
    test.forward().unwrap();
    let asked = "SELECT pence FROM stay WHERE name = 'Ada'";
    test.connection().query_row(asked, [], |row| row.get(0)).unwrap()
}

/// The folder of states: the project's first migration has none before it.
fn states(sandbox: &Sandbox, first: &str) -> PathBuf {
    let copy = harness(sandbox).before(first).unwrap();
    copy.path().parent().unwrap().parent().unwrap().to_owned()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_migration_is_tested_forward_and_backward() {
    let sandbox = fees("both_ways");
    let mut test = harness(&sandbox).before("pence_both_ways").unwrap();
    assert_eq!(pence(&mut test, "2s 6d"), 30);
    test.backward().unwrap();
    assert_snapshot!(rows(test.connection(), "SELECT * FROM stay"), @r#"
      Integer(1), Text("host"), Text("1s 0d")
      Integer(2), Text("Ada"), Text("2s 6d")
    "#);
    test.forward().unwrap();
    let path = test.path().to_owned();
    drop(test);
    assert!(!path.exists());
    assert!(!sandbox.path("app.db").exists());
}

#[test]
fn a_database_is_given_as_it_is_after_a_migration_with_the_rows_that_migrations_insert() {
    let sandbox = fees("given");
    sandbox.write(
        "repeatable/views/dear.sql",
        "CREATE VIEW dear AS SELECT * FROM stay WHERE pence > 100;\n",
    );
    let harness = harness(&sandbox);
    let tables =
        "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name";
    let at = harness.at("stays_given").unwrap();
    assert_eq!(rows(at.connection(), tables), "  Text(\"table\"), Text(\"stay\")\n");
    assert_eq!(rows(at.connection(), "SELECT name FROM stay"), "  Text(\"host\")\n");
    let latest = harness.latest().unwrap();
    assert_snapshot!(rows(latest.connection(), tables), @r#"
      Text("view"), Text("dear")
      Text("table"), Text("later")
      Text("table"), Text("stay")
    "#);
    let first = harness.before("stays_given").unwrap();
    assert_eq!(rows(first.connection(), tables), "");
}

#[test]
fn each_test_has_its_own_copy_and_many_run_at_once() {
    let sandbox = fees("at_once");
    let harness = harness(&sandbox);
    thread::scope(|scope| {
        for shillings in 0..16 {
            let harness = &harness;
            scope.spawn(move || {
                let mut test = harness.before("pence_at_once").unwrap();
                assert_eq!(pence(&mut test, &format!("{shillings}s 1d")), 12 * shillings + 1);
                test.backward().unwrap();
                let count = "SELECT count(*) FROM stay";
                let count: i64 = test.connection().query_row(count, [], |row| row.get(0)).unwrap();
                assert_eq!(count, 2);
            });
        }
    });
    let names = names(&states(&sandbox, "stays_at_once"));
    assert!(!names.iter().any(|name| name.contains('-')), "{names:?}");
}

#[test]
fn a_state_is_made_once_and_anew_where_a_migration_before_it_was_edited() {
    let sandbox = fees("edited");
    let harness = harness(&sandbox);
    let mut test = harness.before("pence_edited").unwrap();
    assert_eq!(pence(&mut test, "2s 6d"), 30);
    drop(test);
    let folder = states(&sandbox, "stays_edited");
    let before = names(&folder);
    drop(harness.before("pence_edited").unwrap());
    assert_eq!(names(&folder), before);

    let source = |name: &str| {
        let id = harness.before(name).unwrap().id().clone();
        format!("migrations/{id}/src/lib.rs")
    };
    // The one under test: what comes before it is as it was, and what runs is the new one.
    let edited = FORWARD.replace("12 *", "10 *");
    sandbox.write(source("pence_edited"), &sql_source(&edited, BACKWARD));
    let mut test = harness.before("pence_edited").unwrap();
    assert_eq!(pence(&mut test, "2s 6d"), 26);
    // One before it.
    let other = STAYS.replace("host", "owner");
    sandbox.write(source("stays_edited"), &sql_source(&other, "DROP TABLE stay"));
    let test = harness.before("pence_edited").unwrap();
    assert_eq!(rows(test.connection(), "SELECT name FROM stay"), "  Text(\"owner\")\n");
}

/// Tells the program, when it is started once more, which project it is to test, and what of it.
const TESTED: [&str; 2] = ["RUNNER_TEST_PROJECT", "RUNNER_TEST_MIGRATION"];

/// What each of several processes does.
#[test]
fn a_test_in_another_process() {
    let [Some(root), Some(migration)] = TESTED.map(std::env::var_os) else { return };
    let harness = Harness::of(root).unwrap();
    assert_eq!(pence(&mut harness.before(migration.to_str().unwrap()).unwrap(), "2s 6d"), 30);
}

fn another_process(sandbox: &Sandbox, migration: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "testing::a_test_in_another_process"]);
    command.env(TESTED[0], sandbox.root()).env(TESTED[1], migration);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn several_processes_make_one_state() {
    let sandbox = fees("processes");
    let started: Vec<Child> =
        (0..4).map(|_| another_process(&sandbox, "pence_processes")).collect();
    for mut process in started {
        assert!(process.wait().unwrap().success());
    }
    let is_state = |name: &&String| name.ends_with(".db");
    let names = names(&states(&sandbox, "stays_processes"));
    assert_eq!(names.iter().filter(is_state).count(), 1, "{names:?}");
    assert!(!names.iter().any(|name| name.contains('-')), "{names:?}");
}

#[test]
#[cfg(unix)]
fn after_a_kill_in_the_middle_the_next_process_makes_the_state() {
    let sandbox = fees("struck");
    let (reached, hangs) = (sandbox.path("reached"), sandbox.path("hangs"));
    fs::write(&hangs, "").unwrap();
    sandbox.migration(
        "waits_struck",
        &format!(
            "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Waits;\nimpl Migration for Waits {{\n\
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n\
             migrator.execute_batch(\"CREATE TABLE half (a)\")?;\n\
             std::fs::write({reached:?}, \"\")?;\n\
             while std::path::Path::new({hangs:?}).exists() {{\n\
             std::thread::sleep(std::time::Duration::from_millis(1));\n}}\n\
             migrator.execute_batch(\"DROP TABLE half\")\n}}\n}}\nexport_migration!(Waits);\n"
        ),
    );
    sandbox.sql_migration("last_struck", "UPDATE stay SET name = 'you'", "SELECT 1");
    let states = states(&sandbox, "stays_struck");
    let mut process = another_process(&sandbox, "last_struck");
    wait_until(|| reached.exists());
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(names(&states).iter().any(|name| name.starts_with("making-")));
    fs::remove_file(&hangs).unwrap();

    let test = harness(&sandbox).before("last_struck").unwrap();
    assert_eq!(rows(test.connection(), "SELECT pence FROM stay"), "  Integer(12)\n");
    let half = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    assert_eq!(rows(test.connection(), half), "  Integer(0)\n");
    drop(test);
    assert!(!names(&states).iter().any(|name| name.starts_with("making-")));
}

#[test]
fn rows_of_a_fixture_go_in_before_the_migration() {
    let sandbox = fees("fixture");
    let harness = harness(&sandbox);
    let mut test = harness.before("pence_fixture").unwrap();
    let fixture = format!("migrations/{}/fixture.sql", test.id());
    let said = |test: &mut MigrationTest| {
        sandbox.normal(&format!("{:?}", test.insert_fixture().unwrap_err()))
    };
    assert_snapshot!(said(&mut test), @"
    `[STAMP]_pence_fixture` has no `fixture.sql`
    hint: write rows into `migrations/[STAMP]_pence_fixture/fixture.sql`, or insert them in the test
    ");
    sandbox.write(&fixture, "INSERT INTO stay (name, fee) VALUES ('Ada', '2s 6d');\nINSERT INTO stay (fee) VALUES ('0s 1d');\n");
    assert_snapshot!(said(&mut test), @"the fixture of `[STAMP]_pence_fixture` does not go in: fixture.sql, line 2: NOT NULL constraint failed: stay.name");
    let mut test = harness.before("pence_fixture").unwrap();
    sandbox.write(&fixture, "INSERT INTO stay (name, fee) VALUES ('Ada', '2s 6d');\n");
    test.insert_fixture().unwrap();
    test.forward().unwrap();
    assert_eq!(rows(test.connection(), "SELECT pence FROM stay"), "  Integer(12)\n  Integer(30)\n");
    assert_snapshot!(said(&mut test), @"
    `[STAMP]_pence_fixture` is applied already in this test
    hint: insert rows before `forward`, and call it once before `backward`
    ");
}

#[test]
fn what_cannot_be_tested_is_said_in_full() {
    let sandbox = fees("refused");
    let irreversible = sandbox.migration(
        "one_way_refused",
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct OneWay;\nimpl Migration for OneWay {\n\
         const REVERSIBLE: bool = false;\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n\
         migrator.execute_batch(\"INSERT INTO later VALUES (1), (json('x'))\")\n}\n}\n\
         export_migration!(OneWay);\n",
    );
    let harness = harness(&sandbox);
    let said = |failure: &dyn std::fmt::Debug| sandbox.normal(&format!("{failure:?}"));
    assert_snapshot!(said(&harness.before("pence_refuse").unwrap_err()), @"
    there is no migration `pence_refuse`
    hint: did you mean `[STAMP]_pence_refused`?
    ");
    let mut test = harness.before("pence_refused").unwrap();
    assert_snapshot!(said(&test.backward().unwrap_err()), @"
    `[STAMP]_pence_refused` is not applied in this test
    hint: call `forward` before `backward`
    ");
    let mut test = harness.before("one_way_refused").unwrap();
    assert_snapshot!(said(&test.forward().unwrap_err()), @"
    the migration `[STAMP]_one_way_refused` failed
    caused by: src/lib.rs:7: malformed JSON
    INSERT INTO later VALUES (1), (json('x'))
    hint: everything that it did was rolled back
    ");
    sandbox.write(
        format!("migrations/{irreversible}/src/lib.rs"),
        &fs::read_to_string(sandbox.path(format!("migrations/{irreversible}/src/lib.rs")))
            .unwrap()
            .replace("json('x')", "2"),
    );
    let mut test = harness.before("one_way_refused").unwrap();
    test.forward().unwrap();
    assert_snapshot!(said(&test.backward().unwrap_err()), @"
    the migration `[STAMP]_one_way_refused` is irreversible
    hint: nothing was reverted. To have a way back, write `migrate_backward` in `[STAMP]_one_way_refused` and take out its `REVERSIBLE`
    ");
    // Of the others nothing is wrong.
    sandbox.write(format!("migrations/{irreversible}/src/lib.rs"), "this is no Rust");
    let harness = self::harness(&sandbox);
    assert_eq!(pence(&mut harness.before("pence_refused").unwrap(), "2s 6d"), 30);
    let mut test = harness.before("one_way_refused").unwrap();
    let said = said(&test.forward().unwrap_err());
    assert!(said.starts_with("the migrations do not compile; cargo says:\n"), "{said}");
    assert!(Harness::of(std::env::temp_dir()).is_err());
}

#[test]
fn what_the_runner_has_built_is_not_built_again() {
    let sandbox = fees("built");
    // This process has an environment that `cargo test` made.
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_said = ["CARGO_HOME", "CARGO_INCREMENTAL"].contains(&&*name);
        if name.starts_with("CARGO") && !is_said && !name.starts_with("CARGO_PROFILE_") {
            command.env_remove(&*name);
        }
    }
    command.env_remove("LD_LIBRARY_PATH").current_dir(sandbox.root()).arg("migrate");
    assert!(command.output().unwrap().status.success());
    let library = fs::read_dir(format!("{TARGET}/debug"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with("_pence_built.so"));
    let library = library.unwrap();
    let built = || fs::metadata(&library).unwrap().modified().unwrap();
    let before = built();
    assert_eq!(pence(&mut harness(&sandbox).before("pence_built").unwrap(), "2s 6d"), 30);
    assert_eq!(built(), before);
}
