//! What a migration leaves is looked at before COMMIT, with rows and without: what worked before works
//! after it.
#![allow(clippy::unwrap_used)]

mod sandbox;
mod scene;

use insta::assert_snapshot;
use sandbox::{Sandbox, rows};
use scene::Scene;

#[test]
fn a_parent_that_is_renamed_away_first_is_refused_with_the_right_order() {
    let scene = Scene::with("renames_a_parent_away");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_renames_a_parent_away` changes what foreign keys refer to:
        `item` now refers to `player_old`, which is gone, and not to `player`
    hint: it was rolled back. ALTER TABLE ... RENAME TO takes the references to a table along. Create the new table under another name, copy the rows, drop the old table, and rename the new one; or use the operations, which keep references: `rename_table_only` renames without taking them along. If they are to follow, create the table of the old name in a migration of its own
    explain: runner explain references-redirected
    ");
}

#[test]
fn a_parent_that_is_renamed_away_first_is_refused_without_rows_too() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "away_empty_make",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES parent (id));",
        "",
    );
    sandbox.sql_migration(
        "away_empty_anew",
        "ALTER TABLE parent RENAME TO parent_old;
         CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');
         INSERT INTO parent SELECT * FROM parent_old; DROP TABLE parent_old;",
        "",
    );
    sandbox.sql_migration("away_empty_after", "CREATE TABLE after (a)", "");
    assert_snapshot!(sandbox.run(&["migrate", "--single-transaction"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_away_empty_anew` changes what foreign keys refer to:
        `child` now refers to `parent_old`, which is gone, and not to `parent`
    hint: it was rolled back. ALTER TABLE ... RENAME TO takes the references to a table along. Create the new table under another name, copy the rows, drop the old table, and rename the new one; or use the operations, which keep references: `rename_table_only` renames without taking them along. If they are to follow, create the table of the old name in a migration of its own. The step before it was rolled back with it
    explain: runner explain references-redirected
    ");
    assert_eq!(sandbox.contents(), "");
    assert_eq!(sandbox.run(&["migrate"]).code, Some(3));
    let made = rows(&sandbox.database(), "SELECT name FROM sqlite_schema WHERE sql LIKE '%REF%'");
    assert_eq!(made, "  Text(\"child\")\n");
}

#[test]
fn without_a_transaction_a_parent_that_is_renamed_away_first_stays_recorded_as_started() {
    let scene = Scene::with("renames_a_parent_away_alone");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_renames_a_parent_away_alone` changes what foreign keys refer to:
        `item` now refers to `player_old`, which is gone, and not to `player`
    hint: it runs without a transaction, so what it did before that stays; `runner status` tells how to go on
    explain: runner explain references-redirected
    ");
}

#[test]
fn a_parent_that_is_dropped_from_under_its_children_is_refused_without_rows_too() {
    let sandbox = Sandbox::project();
    let ground = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent (id));";
    sandbox.sql_migration("dropped_empty_make", ground, "DROP TABLE child; DROP TABLE parent");
    sandbox.sql_migration("dropped_empty_drop", "DROP TABLE parent", "");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stdout
    applied [STAMP]_dropped_empty_make ([N] ms)
    --- stderr
    error: the migration `[STAMP]_dropped_empty_drop` changes what foreign keys refer to:
        `child` refers to `parent`, which is gone
    hint: it was rolled back. Drop the tables that refer to it first, or make them anew without the reference
    explain: runner explain references-redirected
    ");
    sandbox.run(&["migrate", "--backward"]).succeeded();
}
