//! The gate of canaries: what is chosen by hand does not go around it.

use std::fs;

use insta::assert_snapshot;

use super::scene::{Fleet, built};

/// Two databases behind a canary that fails.
fn closed() -> Fleet {
    let fleet = Fleet::of(2);
    fleet.add_wish("canary", "fail");
    fleet.sandbox.write("canaries", "data/canary.db\n");
    fleet.plan(&["--canary-list", "canaries"]);
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    assert_eq!(fleet.run(&words).code, Some(1));
    fleet
}

#[test]
fn a_choice_without_the_canary_begins_nothing_until_it_is_at_the_target() {
    let fleet = closed();
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report", "--only", "skipped"];
    let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
    assert_snapshot!(outcome.shown(), @"
    exit 3
    --- stderr
    error: the canary `[ROOT]/data/canary.db` is pending, so no other database is begun
    hint: migrate the canaries first, or all databases of the plan
    explain: runner explain fleet-incomplete
    ");
    fleet.open("canary").execute("DELETE FROM wish", []).unwrap();
    assert_eq!(fleet.run(&words).code, Some(3));
    fleet.run(&["migrate", "--plan", "fleet.plan", "--canary-only"]).succeeded();
    fleet.run(&words).succeeded();
    fleet.all_are_at_the_target(["0000", "0001", "canary"]);
}

#[test]
fn no_allowance_opens_the_gate_to_a_canary_that_failed() {
    let fleet = closed();
    let words = ["migrate", "--plan", "fleet.plan", "--allow"];
    let outcome = fleet.run(&[&words[..], &["failed"]].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert_eq!(fleet.run(&[&words[..], &["missing,empty"]].concat()).code, Some(1));
    assert_eq!(fleet.applied("0000"), [built().first.clone()]);
}

#[test]
fn a_gate_without_canaries_is_none() {
    let fleet = Fleet::of(2);
    fleet.sandbox.write("canaries", "\n");
    let list = ["--list", "all", "--canary-list", "canaries", "-o", "new.plan"];
    fleet.sandbox.write("all", "data/0000.db\n");
    fleet.plan(&[]);
    let mut told = String::new();
    for words in [
        &[&["plan"], &list[..]].concat()[..],
        &["migrate", "--plan", "fleet.plan", "--canary-only"],
    ] {
        let outcome = fleet.sandbox.unchanged_by(fleet.command(words));
        assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
        told += &outcome.stderr;
    }
    assert_snapshot!(told, @"
    error: `canaries` names no canary
    hint: nothing was written; see whether this is the right file
    error: the plan has no canaries
    hint: make the plan anew with `--canary N` or `--canary-list FILE`, or migrate it as it is
    ");
}

#[test]
fn canaries_of_a_list_are_marked_on_the_machine_that_has_them() {
    let fleet = Fleet::of(4);
    fleet.sandbox.write("canaries", "data/0001.db\ndata/0002.db\n");
    let hosts = ["a=data/000[01].db", "b=data/000[23].db"];
    let words = ["plan", "-o", "fleet.plan", "--canary-list", "canaries", "--by-host"];
    assert_snapshot!(fleet.run(&[&words[..], &hosts].concat()).shown(), @"
    exit 0
    --- stdout
    planned 2 databases up to [STAMP]_fleet_two, 1 canary first: `fleet.a.plan`
    planned 2 databases up to [STAMP]_fleet_two, 1 canary first: `fleet.b.plan`
    ");
    assert!(fs::read_to_string(fleet.sandbox.path("fleet.b.plan")).unwrap().contains("canary"));
}
