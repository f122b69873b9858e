//! An applied migration whose folder has another name.

use std::fs;

use insta::assert_snapshot;

use super::project::{applied, edit, in_order, remove, table, without_cargo};
use crate::sandbox::Sandbox;

/// Renames the folder of `old` and its package, as a person does.
fn rename(sandbox: &Sandbox, old: &str, new: &str) {
    let folder = |id: &str| sandbox.path(format!("migrations/{id}"));
    fs::rename(folder(old), folder(new)).unwrap();
    let manifest = format!("migrations/{new}/Cargo.toml");
    sandbox.write(&manifest, &sandbox.read(&manifest).replace(old, new));
}

/// `id` with another year and another title.
fn another(id: &str, years: i32, title: &str) -> String {
    format!("{}{}_{title}", id[..4].parse::<i32>().unwrap() + years, &id[4..15])
}

/// Runs the command that is the first way out of what `repair` shows, with a reason in the place of TEXT.
#[track_caller]
fn take_the_way_out(sandbox: &Sandbox) {
    let shown = sandbox.command(&["repair", "--json"]).output().unwrap().stdout;
    let shown: serde_json::Value = serde_json::from_slice(&shown).unwrap();
    let way = shown["drift"][0]["ways_out"][0].as_str().unwrap();
    let command = way.split('`').nth(1).unwrap();
    let words: Vec<_> = command.split(' ').skip(1).collect();
    sandbox.run(&words).succeeded();
}

#[test]
fn a_renamed_migration_is_known_by_its_source_and_recorded_in_one_step() {
    let (sandbox, [_, second, _]) = applied("renamed");
    let new = another(&second, 0, "called_otherwise");
    rename(&sandbox, &second, &new);
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_renamed_1  [TIME]
    [=] [STAMP]_renamed_2  [TIME]
    [x] [STAMP]_renamed_3  [TIME]
    3 applied, 0 pending
    [=] 1 applied, and called otherwise now
    next: record the new name: `runner repair --renamed [STAMP]_renamed_2 --to [STAMP]_called_otherwise --reason TEXT`; or give it the old name again, in its folder and its `Cargo.toml`
    ");
    let refused = without_cargo(&sandbox, &["migrate"]).shown();
    assert_snapshot!(refused, @"
    exit 3
    --- stderr
    error: `[STAMP]_renamed_2` is applied, and is called `[STAMP]_called_otherwise` now: the source is the same
    hint: record the new name: `runner repair --renamed [STAMP]_renamed_2 --to [STAMP]_called_otherwise --reason TEXT`; or give it the old name again, in its folder and its `Cargo.toml`
    explain: runner explain renamed-migration
    ");
    assert_eq!(without_cargo(&sandbox, &["migrate", "--allow-out-of-order"]).shown(), refused);
    assert_eq!(sandbox.untouched(&["check", "drift"]).code, Some(1));
    let forget = ["repair", "--forget", &second, "--reason", "gone"];
    assert_snapshot!(sandbox.untouched(&forget).shown(), @"
    exit 3
    --- stderr
    error: there is nothing to forget: `[STAMP]_renamed_2` is called `[STAMP]_called_otherwise` now, which would be applied again
    hint: record the new name: `runner repair --renamed [STAMP]_renamed_2 --to [STAMP]_called_otherwise --reason TEXT`
    explain: runner explain nothing-to-repair
    ");
    // The way back leads over it.
    assert_snapshot!(without_cargo(&sandbox, &["down", "--steps", "2"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_renamed_2` is applied, and seems to be called `[STAMP]_called_otherwise` now, so it cannot be reverted
    hint: nothing was reverted; record the new name: `runner repair --renamed [STAMP]_renamed_2 --to [STAMP]_called_otherwise --reason TEXT`
    explain: runner explain migration-gone
    ");
    let record = ["repair", "--json", "--renamed", &second, "--to", &new, "--reason", "a typo"];
    assert_snapshot!(sandbox.run(&record).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "repaired": {
        "id": "[STAMP]_called_otherwise",
        "kind": "renamed",
        "new_digest": "[DIGEST]",
        "old_digest": "[DIGEST]",
        "old_id": "[STAMP]_renamed_2",
        "reason": "a typo",
        "repaired_at": "[TIME]",
        "runner_version": "0.1.0"
      }
    }
    "#);
    in_order(&sandbox);
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  recorded `[STAMP]_renamed_2` as `[STAMP]_called_otherwise`: a typo
    ");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["down", "--all"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn a_renamed_migration_is_not_counted_as_pending_by_a_command_that_reverts_another() {
    let (sandbox, [_, second, _]) = applied("renamed_count");
    rename(&sandbox, &second, &another(&second, 0, "counted_once"));
    let reverted = sandbox.run(&["down"]).succeeded().stdout;
    assert!(reverted.contains("`app.db` has 2 applied, 1 pending"), "{reverted}");
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(status.contains("2 applied, 1 pending"), "{status}");
}

#[test]
fn every_kind_of_new_name_is_known_and_its_hint_works_when_typed() {
    let (sandbox, ids) = applied("new_names");
    let [first, second, third] = &ids;
    for (old, years, title) in [
        (first, 0, "another_title"),
        (second, -3, "another_time"),
        // Now the newest of all: what the history holds of the schema must go along.
        (first, 4, "title_and_time"),
        (third, -1, &third[16..]),
    ] {
        let history = sandbox.contents();
        let applied = history.lines().find(|line| line.contains(&old[16..]));
        let now = fs::read_dir(sandbox.path("migrations")).unwrap();
        let names: Vec<_> =
            now.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let old = match (names.contains(old), applied) {
            (true, _) => old.clone(),
            // Its title was changed before.
            _ => names.iter().find(|name| name.ends_with("another_title")).unwrap().clone(),
        };
        rename(&sandbox, &old, &another(&old, years, title));
        assert_eq!(sandbox.run(&["migrate"]).code, Some(3));
        take_the_way_out(&sandbox);
        in_order(&sandbox);
        sandbox.run(&["migrate"]).succeeded();
    }
    sandbox.run(&["down", "--all"]).succeeded();
}

#[test]
fn several_at_once_are_told_apart_by_their_sources() {
    let (sandbox, [first, second, third]) = applied("at_once");
    // Each takes a name that is like another's.
    for (old, new) in
        [(&first, another(&third, -1, "at_once_2")), (&third, another(&first, -1, "x"))]
    {
        rename(&sandbox, old, &new);
    }
    remove(&sandbox, &second);
    table(&sandbox, "pending");
    let shown = sandbox.untouched(&["status"]).succeeded().stdout;
    assert!(shown.contains("3 applied, 1 pending") && shown.contains("[=] 2 "), "{shown}");
    take_the_way_out(&sandbox);
    let forget = ["repair", "--forget", &second, "--reason", "gone"];
    sandbox.run(&forget).succeeded();
    take_the_way_out(&sandbox);
    sandbox.run(&["migrate"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn one_that_was_edited_too_is_guessed_by_its_timestamp() {
    let (sandbox, [_, second, _]) = applied("guessed");
    let new = another(&second, 0, "edited_too");
    rename(&sandbox, &second, &new);
    edit(&sandbox, &new, |source| source.replace("DROP TABLE", "DROP  TABLE"));
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_guessed_2` is applied, and its crate is gone; `[STAMP]_edited_too`, which is not applied, has the same timestamp
        if it is the same migration, record the new name: `runner repair --renamed [STAMP]_guessed_2 --to [STAMP]_edited_too --reason TEXT`
        or if it is another, bring the folder `[STAMP]_guessed_2` back from version control, and give `[STAMP]_edited_too` a later timestamp: `runner rebase [STAMP]_edited_too`
    ");
    take_the_way_out(&sandbox);
    in_order(&sandbox);
    sandbox.run(&["down", "--all"]).succeeded();
}

#[test]
fn what_is_not_renamed_is_not_recorded_so() {
    let (sandbox, [first, second, third]) = applied("not_renamed");
    let pending = table(&sandbox, "not_yet");
    for (old, new) in [(&first, &pending), (&second, &third), (&pending, &first)] {
        let record = ["repair", "--renamed", old, "--to", new, "--reason", "why"];
        assert_eq!(sandbox.untouched(&record).code, Some(3), "{old} {new}");
    }
    assert_eq!(
        sandbox.untouched(&["repair", "--renamed", &first, "--reason", "why"]).code,
        Some(2)
    );
    remove(&sandbox, &second);
    // A person may know what no digest tells.
    let record = ["repair", "--renamed", &second, "--to", &pending, "--reason", "written anew"];
    sandbox.run(&record).succeeded();
    in_order(&sandbox);
}

#[test]
fn a_bundle_tells_it_by_the_timestamp_and_records_it_too() {
    let (sandbox, [_, second, _]) = applied("bundled");
    let new = another(&second, 0, "packed_otherwise");
    rename(&sandbox, &second, &new);
    sandbox.run(&["bundle", "-o", "all.bundle"]).succeeded();
    let bundle = ["--bundle", "all.bundle"];
    let call = |words: &[&str]| sandbox.run(&[words, &bundle].concat());
    let refused = call(&["migrate"]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.stderr.contains("has the same timestamp"), "{refused:?}");
    let record = ["repair", "--renamed", &second, "--to", &new, "--reason", "packed"];
    call(&record).succeeded();
    call(&["migrate"]).succeeded();
    in_order(&sandbox);
}
