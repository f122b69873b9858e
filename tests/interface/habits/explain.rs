//! `runner explain`, and the codes below errors.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn a_refusal_says_how_to_have_it_explained_and_the_explanation_is_there() {
    let sandbox = Sandbox::project();
    let refused = sandbox.run(&["repair", "--accept-schema", "--reason", "none"]);
    assert_eq!(refused.code, Some(3));
    let (_, command) = refused.stderr.trim().rsplit_once("explain: runner ").unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    assert_snapshot!(sandbox.run(&words).succeeded().stdout, @"
    nothing-to-repair: there is nothing of that kind to repair

    A repair does one thing, and only where it is needed: an edit that was not made, or a migration that
    is not missing, cannot be accepted or forgotten. It is refused because it is a mistake in the id, or
    somebody was there before. Nothing was changed.

    `runner repair` shows what can be repaired.
    ");
}

#[test]
fn other_errors_are_told_without_it_and_have_their_code_in_json() {
    let sandbox = Sandbox::empty();
    let failed = sandbox.run(&["status"]);
    assert!(!failed.stderr.contains("explain"), "{}", failed.stderr);
    let failed = sandbox.run(&["status", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&failed.stderr).unwrap();
    assert_eq!(document["error"]["code"], "no-configuration");
}

#[test]
fn a_code_that_is_not_one_is_told_the_nearest() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.run(&["explain", "edited-migratoin"]).shown(), @"
    exit 2
    --- stderr
    error: there is no code `edited-migratoin`
    hint: did you mean `edited-migration`?
    ");
    assert_snapshot!(sandbox.run(&["explain", "E0308"]).shown(), @"
    exit 2
    --- stderr
    error: there is no code `E0308`
    hint: `runner explain` lists all codes
    ");
}

#[test]
fn all_codes_are_listed_each_in_a_line() {
    let sandbox = Sandbox::empty();
    let listed = sandbox.run(&["explain"]).succeeded().stdout;
    assert!(listed.contains("\nrows-lost "), "{listed}");
    for line in listed.lines() {
        let code = line.split(' ').next().unwrap();
        let explained = sandbox.run(&["explain", code]).succeeded().stdout;
        assert!(explained.starts_with(&format!("{code}: ")), "{explained}");
    }
}
