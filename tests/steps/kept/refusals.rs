//! What is to be kept and cannot be: named, and nothing changed.

use super::{keeping, losing};
use crate::sandbox::Sandbox;
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO player VALUES (1, 'Ada'); \
    CREATE VIRTUAL TABLE word USING fts5 (text); CREATE VIEW v AS SELECT 1 AS a;";

/// What `migrate` says, which must change nothing.
#[track_caller]
fn refused(sandbox: &Sandbox, flags: &[&str]) -> String {
    let before = sandbox.contents();
    let outcome = sandbox.run(&[&["migrate"], flags].concat());
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert_eq!(sandbox.contents(), before);
    outcome.stderr
}

#[test]
fn what_is_not_there_or_cannot_be_told_apart_is_refused_before_anything_runs() {
    let sandbox = keeping("not_there", PLAYERS);
    let mut said = String::new();
    for (n, losses) in
        ["\"gone\"", "\"v\"", "\"player.gone\"", "\"word\"", "\"player.id\""].iter().enumerate()
    {
        let id = losing(&sandbox, &format!("not_there_{n}"), losses, "DROP TABLE player", "");
        said += &refused(&sandbox, &[]);
        std::fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
    }
    assert_snapshot!(said, @"
    error: `[STAMP]_not_there_0` says that it loses `gone`, which is to be kept, and there is no table `gone`
    hint: nothing was done; name in `LOSES` what is there before the migration, or do not keep it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    error: `[STAMP]_not_there_1` says that it loses `v`, which is to be kept, and there is no table `v`
    hint: nothing was done; name in `LOSES` what is there before the migration, or do not keep it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    error: `[STAMP]_not_there_2` says that it loses `player.gone`, which is to be kept, and `player` has no such column
    hint: nothing was done; name in `LOSES` what is there before the migration, or do not keep it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    error: `[STAMP]_not_there_3` loses `word`, a virtual table, whose rows cannot be kept
    hint: nothing was done; without keeping it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    error: what `[STAMP]_not_there_4` loses of `player` cannot be kept: nothing tells its rows apart that stays
    hint: nothing was done; without keeping it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    ");
}

#[test]
fn what_is_committed_bit_by_bit_is_not_kept_in_part() {
    let sandbox = keeping("in_part", PLAYERS);
    let mut said = String::new();
    for (n, setting) in
        ["const TRANSACTIONAL: bool = false;", "const BATCHED: bool = true;"].iter().enumerate()
    {
        let id =
            losing(&sandbox, &format!("in_part_{n}"), "\"player.name\"", "SELECT 1", "SELECT 1");
        let path = format!("migrations/{id}/src/lib.rs");
        let source = sandbox.read(&path).replace("const LOSES", &format!("{setting}\nconst LOSES"));
        sandbox.write(&path, &source);
        said += &refused(&sandbox, &[]);
        std::fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
    }
    assert_snapshot!(said, @"
    error: what `[STAMP]_in_part_0` loses cannot be kept: it has no transaction
    hint: nothing was done; a backup has it as well. Without keeping it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    error: what `[STAMP]_in_part_1` loses cannot be kept: it is batched
    hint: nothing was done; a backup has it as well. Without keeping it: `runner migrate --no-keep-lost`
    explain: runner explain losses-not-kept
    ");
}

#[test]
fn a_table_that_an_earlier_step_of_the_same_transaction_changed_is_refused() {
    let sandbox = keeping("one_by_one", PLAYERS);
    sandbox.sql_migration("one_by_one_more", "ALTER TABLE player ADD COLUMN more", "SELECT 1");
    losing(
        &sandbox,
        "one_by_one_name",
        "\"player.name\"",
        "ALTER TABLE player DROP COLUMN name",
        "ALTER TABLE player ADD COLUMN name TEXT",
    );
    assert_snapshot!(refused(&sandbox, &["--single-transaction"]), @"
    error: what `[STAMP]_one_by_one_name` loses of `player` cannot be kept: an earlier step in the same transaction changed that table
    hint: nothing was done; take the steps in transactions of their own. The step before it was rolled back with it
    explain: runner explain losses-not-kept
    ");
    let said = sandbox.run(&["migrate"]).succeeded().stdout;
    assert!(said.contains("kept player.name of 1 row"), "{said}");
}

#[test]
fn a_migration_that_keep_lost_misspells_is_refused() {
    let sandbox = keeping("misspelled", PLAYERS);
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = ['misspelt']\n");
    losing(&sandbox, "misspelled_name", "\"player.name\"", "SELECT 1", "SELECT 1");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `keep_lost` in `[ROOT]/runner.toml` names `misspelt`, and there is no such migration
    hint: nothing was done; it takes the id or the name of a migration
    ");
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = 'all'\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 2, column 13
          |
        2 | keep_lost = 'all'
          |             ^^^^^
        expected `true`, `false`, or a list of migrations as `["drop_note_from_player"]`
    "#);
}
