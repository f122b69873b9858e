//! What the name does not say begins blank.

use insta::assert_snapshot;

use super::round_trip::{newest, refusal};
use crate::sandbox::Sandbox;

#[test]
fn a_name_that_fits_no_pattern_begins_blank_and_says_which_patterns_exist() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.run(&["create", "pat_level_up"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_pat_level_up/Cargo.toml
    made migrations/[STAMP]_pat_level_up/src/lib.rs
    it begins blank: names that write the code are `create_TABLE FIELD...`, `add_X_to_TABLE FIELD...`, `drop_COLUMN_from_TABLE [FIELD...]`, `rename_COLUMN_to_NEW_in_TABLE`, `add_index_to_TABLE COLUMN...`
    ");
    assert!(newest(&sandbox).contains("// What this migration does"));
    assert_snapshot!(sandbox.run(&["create", "pat_level_down", "level:integer"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_pat_level_down/Cargo.toml
    made migrations/[STAMP]_pat_level_down/src/lib.rs
    it begins blank, without the field: names that write the code are `create_TABLE FIELD...`, `add_X_to_TABLE FIELD...`, `drop_COLUMN_from_TABLE [FIELD...]`, `rename_COLUMN_to_NEW_in_TABLE`, `add_index_to_TABLE COLUMN...`
    ");
    assert_snapshot!(sandbox.run(&["create", "pat_level_out", "a:text", "b:text", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "files": [
        "Cargo.toml",
        "src/lib.rs"
      ],
      "folder": "[ROOT]/migrations/[STAMP]_pat_level_out",
      "id": "[STAMP]_pat_level_out",
      "namesakes": [],
      "patterns": [
        "create_TABLE FIELD...",
        "add_X_to_TABLE FIELD...",
        "drop_COLUMN_from_TABLE [FIELD...]",
        "rename_COLUMN_to_NEW_in_TABLE",
        "add_index_to_TABLE COLUMN..."
      ],
      "unused_fields": [
        "a:text",
        "b:text"
      ]
    }
    "#);
}

#[test]
fn a_name_that_needs_fields_begins_blank_without_them_and_says_so() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.run(&["create", "add_level_to_pat_nothing"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_add_level_to_pat_nothing/Cargo.toml
    made migrations/[STAMP]_add_level_to_pat_nothing/src/lib.rs
    it begins blank: `add_X_to_TABLE FIELD...` writes the code
    ");
    assert_snapshot!(sandbox.run(&["create", "create_pat_nothing", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "files": [
        "Cargo.toml",
        "src/lib.rs"
      ],
      "folder": "[ROOT]/migrations/[STAMP]_create_pat_nothing",
      "id": "[STAMP]_create_pat_nothing",
      "namesakes": [],
      "patterns": [
        "create_TABLE FIELD..."
      ],
      "unused_fields": []
    }
    "#);
    sandbox.run(&["create", "add_index_to_pat_nothing"]).succeeded();
    assert!(newest(&sandbox).contains("// What this migration does"));
}

#[test]
fn what_was_written_or_asked_for_brings_no_advice() {
    let sandbox = Sandbox::project();
    for arguments in [["rename_a_to_b_in_pat_nothing"].as_slice(), &["pat_asked", "-t", "blank"]] {
        let outcome = sandbox.run(&[&["create"], arguments].concat()).succeeded();
        assert!(
            outcome.stdout.lines().all(|line| line.starts_with("made ")),
            "{}",
            outcome.shown()
        );
    }
}

#[test]
fn a_template_goes_before_the_name() {
    let sandbox = Sandbox::project();
    sandbox.run(&["create", "drop_level_from_pat_elf", "-t", "sql"]).succeeded();
    assert!(newest(&sandbox).contains("forward.sql"));
    let fields = ["add_level_to_pat_elf", "level:integer", "-t", "sql"];
    assert_snapshot!(refusal(&sandbox, &fields), @"
    error: the template `sql` has no place for the field `level:integer`
    hint: leave the fields out, or take no template and let the name of the migration say what they are for
    ");
    // What the patterns are made from is no template of its own.
    assert_snapshot!(refusal(&sandbox, &["pat_orc", "-t", "pattern"]), @"
    error: there is no template `pattern`
    hint: there are `batched`, `blank`, `data-fixup`, `sql`
    ");
}
