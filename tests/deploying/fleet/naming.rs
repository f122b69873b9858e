//! How databases are named: patterns and lists, and what is wrong with them.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use insta::assert_snapshot;

use super::scene::Fleet;
use crate::sandbox::{Outcome, skipped};

/// The number of databases that are planned.
fn planned(fleet: &Fleet, words: &[&str]) -> String {
    let outcome = fleet.run(&[&["plan", "-o", "new.plan"], words].concat()).succeeded();
    outcome.stdout.split(" up to").next().unwrap().to_owned()
}

#[test]
fn a_pattern_is_read_as_a_path_is() {
    let fleet = Fleet::of(2);
    let said = ["./data/*.db", "data//*.db", "././data/./*.db"]
        .map(|pattern| planned(&fleet, &["--databases", pattern]));
    assert_eq!(said, ["planned 2 databases"; 3]);
}

#[test]
fn a_pattern_that_matches_nothing_is_refused_with_its_machine() {
    let fleet = Fleet::of(2);
    let mut told = String::new();
    for words in [
        &["--databases", "data/*.db", "dato/*.db"][..],
        &["--databases", ""],
        &["--by-host", "a=data/*.db", "b=dato/*.db"],
    ] {
        let words = [&["plan", "-o", "new.plan"], words].concat();
        let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
        assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
        told += &outcome.stderr;
    }
    assert_snapshot!(told, @"
    error: no file matches `dato/*.db`
    hint: no database was touched; see whether the pattern is right
    error: no file matches ``
    hint: no database was touched; see whether the pattern is right
    error: no file matches `dato/*.db` for the machine `b`
    hint: no database was touched; see whether the pattern is right
    ");
    fs::write(fleet.sandbox.path("data/app.plan"), "").unwrap();
    planned(&fleet, &["--databases", "**"]);
    assert!(!fleet.sandbox.read("new.plan").contains("\"path\":\"\""));
}

#[test]
fn a_link_to_itself_is_a_database_only_where_the_pattern_matches_it() {
    let fleet = Fleet::of(2);
    symlink("loop", fleet.sandbox.path("data/loop")).unwrap();
    assert_eq!(planned(&fleet, &["--databases", "**/*.db"]), "planned 2 databases");
    symlink("loop.db", fleet.path("loop")).unwrap();
    assert_eq!(planned(&fleet, &["--databases", "**/*.db"]), "planned 3 databases");
    let outcome = fleet.run(&["migrate", "--plan", "new.plan", "--report", "report"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    fleet.all_are_at_the_target(["0000", "0001"]);
}

/// Runs `script` as somebody who may not read everything, `$0` being the runner.
fn as_nobody(fleet: &Fleet, script: &str) -> Option<Outcome> {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", script]);
    command.arg(env!("CARGO_BIN_EXE_runner"));
    fleet.sandbox.prepare(&mut command);
    let may = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            env!("CARGO_BIN_EXE_runner"),
            "--version",
        ])
        .output();
    if !may.is_ok_and(|output| output.status.success()) {
        skipped("only the superuser may become somebody else, who must find the runner");
        return None;
    }
    for path in ["", "data"] {
        open_to_all(fleet, path, 0o777);
    }
    Some(fleet.sandbox.outcome(&command.output().unwrap()))
}

fn open_to_all(fleet: &Fleet, path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(fleet.sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_may_not_be_read_is_named_where_databases_may_be() {
    let fleet = Fleet::of(3);
    fs::create_dir_all(fleet.sandbox.path("data/closed")).unwrap();
    open_to_all(&fleet, "data/closed", 0);
    for name in ["0000", "0001", "0002"] {
        open_to_all(&fleet, &format!("data/{name}.db"), if name == "0001" { 0 } else { 0o666 });
    }
    let script = "run() { \"$0\" fleet \"$@\" --bundle app.bundle; echo \"exit $?\"; }
        run plan --databases 'data/**/*.db' -o new.plan
        run plan --databases 'data/*.db' 'data/c*/*.db' -o new.plan
        run plan --databases 'data/*.db' -o new.plan
        run migrate --plan new.plan";
    let Some(outcome) = as_nobody(&fleet, script) else { return };
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    exit 2
    exit 2
    planned 3 databases up to [STAMP]_fleet_two: `new.plan`
    exit 0
    3 databases: 2 applied, 1 refused
      2 at [STAMP]_fleet_two
      1 refused, unusable-file: cannot use the database `[ROOT]/data/0001.db`: the system refuses: Permission denied (os error 13)
        data/0001.db
        hint: give yourself the right to read it
    exit 3
    --- stderr
    error: cannot look into `data/closed`, where databases may be
      caused by: Permission denied (os error 13)
    hint: give yourself the right to read it, or name the databases by a narrower pattern or a list
    error: cannot look into `data/closed`, where databases may be
      caused by: Permission denied (os error 13)
    hint: give yourself the right to read it, or name the databases by a narrower pattern or a list
    error: 1 of 3 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    explain: runner explain fleet-incomplete
    ");
}

#[test]
fn a_list_is_of_names_as_editors_and_find_write_them() {
    let fleet = Fleet::of(2);
    fleet.sandbox.write("bom", "\u{feff}data/0000.db\r\ndata/0001.db\r\n");
    planned(&fleet, &["--list", "bom"]);
    assert!(!fleet.sandbox.read("new.plan").contains('\u{feff}'));
    fleet.sandbox.write("found", "data/0000.db\0data/0001.db\0");
    assert_eq!(planned(&fleet, &["--list", "found", "-0"]), "planned 2 databases");
    let mut told = String::new();
    for words in [["--list", "found"], ["--list", "nolist"]] {
        let words = [&["plan", "-o", "other.plan"], &words[..]].concat();
        let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
        assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
        told += &outcome.stderr;
    }
    assert_snapshot!(told, @"
    error: `found` has zero bytes, which no path has
    hint: if its names end with them, say so by `-0`
    error: cannot read `nolist`
      caused by: No such file or directory (os error 2)
    hint: see whether this is the right path
    ");
}
