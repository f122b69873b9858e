//! What a migration leaves is looked at before COMMIT, with rows and without: what worked before works
//! after it.

use crate::sandbox::{Sandbox, rows};
use crate::scene::Scene;
use insta::assert_snapshot;

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
    hint: it runs without a transaction, so what it did before that stays; `runner status` shows how to go on
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

/// What the plugin that is pending says when it `registers` something.
fn registers(scene: &Scene, what: &str) -> String {
    let mut command = scene.sandbox.command(&["migrate"]);
    command.env("REGISTERS", what);
    scene.unharmed_when(command, |_| {})
}

#[test]
fn an_index_over_what_only_the_migration_has_is_refused_unless_the_application_has_it() {
    let scene = Scene::with("registers_its_own");
    assert_snapshot!(registers(&scene, "function"), @r#"
    exit 3
    --- stderr
    error: after the migration `[STAMP]_registers_its_own`, statements would fail that did not before:
        INSERT, UPDATE, DELETE on `player`: no such function: slug
    hint: it was rolled back. What a migration registers is on no other connection. If the application has it on each of its own, declare it in `runner.toml`: `application_functions = ["slug"]`
    explain: runner explain statements-broken
    "#);
    assert_snapshot!(registers(&scene, "collation"), @r#"
    exit 3
    --- stderr
    error: after the migration `[STAMP]_registers_its_own`, statements would fail that did not before:
        INSERT, UPDATE, DELETE on `player`: no such collation sequence: de
        INSERT, UPDATE, DELETE on `word`: no such collation sequence: de
    hint: it was rolled back. What a migration registers is on no other connection. If the application has it on each of its own, declare it in `runner.toml`: `application_collations = ["de"]`
    explain: runner explain statements-broken
    "#);
    assert_snapshot!(registers(&scene, "trigger"), @r#"
    exit 3
    --- stderr
    error: after the migration `[STAMP]_registers_its_own`, statements would fail that did not before:
        UPDATE on `player`: no such function: slug
    hint: it was rolled back. What a migration registers is on no other connection. If the application has it on each of its own, declare it in `runner.toml`: `application_functions = ["slug"]`
    explain: runner explain statements-broken
    "#);
    let settings = scene.sandbox.read("runner.toml");
    let declared = "\napplication_functions = [\"SL*\"]\napplication_collations = [\"de\"]\n";
    scene.sandbox.write("runner.toml", &(settings + declared));
    let mut command = scene.sandbox.command(&["migrate"]);
    command.env("REGISTERS", "function");
    scene.sandbox.outcome(&command.output().unwrap()).succeeded();
    assert_eq!(scene.history().len(), 3);
}

#[test]
fn an_index_that_is_written_while_sqlites_own_is_replaced_is_refused() {
    let scene = Scene::with("registers_its_own");
    assert_snapshot!(registers(&scene, "lower"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_registers_its_own` replaced functions or collations of SQLite, and wrote what uses them:
        the index `by_lower` of `player` uses the function `lower`
    hint: it was rolled back. No other program would find or order by them what is there. Register it under a name of its own; what the application replaces on each of its connections, declare in `application_functions` or `application_collations` of `runner.toml`
    explain: runner explain builtin-replaced
    ");
    assert_snapshot!(registers(&scene, "lower, removed"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_registers_its_own` replaced functions or collations of SQLite, and wrote what uses them:
        the index `by_lower` of `player` uses the function `lower`
    hint: it was rolled back. No other program would find or order by them what is there. Register it under a name of its own; what the application replaces on each of its connections, declare in `application_functions` or `application_collations` of `runner.toml`
    explain: runner explain builtin-replaced
    ");
    assert_snapshot!(registers(&scene, "nocase"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_registers_its_own` replaced functions or collations of SQLite, and wrote what uses them:
        the index `by_nocase` of `player` uses the collation `NOCASE`
    hint: it was rolled back. No other program would find or order by them what is there. Register it under a name of its own; what the application replaces on each of its connections, declare in `application_functions` or `application_collations` of `runner.toml`
    explain: runner explain builtin-replaced
    ");
    let mut command = scene.sandbox.command(&["migrate"]);
    command.env("REGISTERS", "for its rows");
    scene.sandbox.outcome(&command.output().unwrap()).succeeded();
    let words = rows(&scene.sandbox.database(), "SELECT DISTINCT what FROM item");
    assert_eq!(words, "  Text(\"minemine\")\n");
}

#[test]
fn a_trigger_or_view_that_names_what_is_gone_is_refused_without_rows_too() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "named_make",
        "CREATE TABLE a (x); CREATE TABLE log (x); CREATE TABLE c (x);
         CREATE TRIGGER logs AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.x); END;
         CREATE VIEW of_c AS SELECT x FROM c;
         CREATE TABLE early (x);
         CREATE TRIGGER early_logs AFTER INSERT ON early
         BEGIN INSERT INTO late VALUES (new.x); END;",
        "",
    );
    sandbox.run(&["migrate"]).succeeded();
    let id = sandbox.sql_migration("named_drop", "DROP TABLE log; DROP TABLE c;", "");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: after the migration `[STAMP]_named_drop`, statements would fail that did not before:
        INSERT on `a`: no such table: main.log
        SELECT on `of_c`: no such table: main.c
    hint: it was rolled back. What names what is gone must go too, or be made anew: in the same migration
    explain: runner explain statements-broken
    ");
    let source = sandbox.read(format!("migrations/{id}/src/lib.rs"));
    let mended =
        source.replace("DROP TABLE log", "DROP TRIGGER logs; DROP VIEW of_c; DROP TABLE log");
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &mended);
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn a_table_that_is_made_anew_with_fewer_rows_is_refused_unless_they_are_deleted() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("fewer_make", "CREATE TABLE word (word TEXT)", "");
    let fill = "INSERT INTO word VALUES ('a'), ('A'), ('b')";
    sandbox.sql_migration("fewer_fill", fill, "");
    let anew = "CREATE TABLE word_new (word TEXT PRIMARY KEY COLLATE NOCASE);
         INSERT OR IGNORE INTO word_new SELECT word FROM word;
         DROP TABLE word; ALTER TABLE word_new RENAME TO word;";
    let id = sandbox.sql_migration("fewer_anew", anew, "");
    // What the step before left is not committed yet, and then it is.
    assert_snapshot!(sandbox.run(&["migrate", "--single-transaction"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_fewer_anew` would lose rows that it does not delete itself:
        1 row of `word`, which had 3 and was made anew with 2
    hint: it was rolled back. Copy all rows into the table that is made anew. If some are to go, and only then, let the migration say so by a DELETE of its own, out of the table before it is made anew. The 2 steps before it were rolled back with it
    explain: runner explain rows-lost
    ");
    sandbox.run(&["migrate", "--steps", "2"]).succeeded();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_fewer_anew` would lose rows that it does not delete itself:
        1 row of `word`, which had 3 and was made anew with 2
    hint: it was rolled back. Copy all rows into the table that is made anew. If some are to go, and only then, let the migration say so by a DELETE of its own, out of the table before it is made anew
    explain: runner explain rows-lost
    ");
    let source = sandbox.read(format!("migrations/{id}/src/lib.rs"));
    let delete = "DELETE FROM word WHERE word = 'A'; CREATE TABLE word_new";
    let mended = source.replace("CREATE TABLE word_new", delete);
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &mended);
    sandbox.run(&["migrate"]).succeeded();
    let words = rows(&sandbox.database(), "SELECT word FROM word");
    assert_eq!(words, "  Text(\"a\")\n  Text(\"b\")\n");
}

#[test]
fn a_large_table_that_is_made_anew_is_counted_in_rollback_mode_too() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "large_make",
        "CREATE TABLE word (word TEXT NOT NULL);
         INSERT INTO word WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
         SELECT printf('%0200d', i) FROM n",
        "",
    );
    sandbox.run(&["migrate"]).succeeded();
    let anew = "CREATE TABLE word_new (word TEXT NOT NULL);
         INSERT INTO word_new SELECT word FROM word WHERE rowid > 1;
         DROP TABLE word; ALTER TABLE word_new RENAME TO word;";
    let id = sandbox.sql_migration("large_anew", anew, "");
    let refused = sandbox.run(&["migrate"]);
    assert_eq!(refused.code, Some(3), "{}", refused.shown());
    let words = "1 row of `word`, which had 30000 and was made anew with 29999";
    assert!(refused.shown().contains(words), "{}", refused.shown());
    let source = sandbox.read(format!("migrations/{id}/src/lib.rs"));
    let mended = source.replace(" WHERE rowid > 1", "");
    sandbox.write(format!("migrations/{id}/src/lib.rs"), &mended);
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(rows(&sandbox.database(), "SELECT count(*) FROM word"), "  Integer(30000)\n");
}

#[test]
fn r_trees_and_search_indexes_are_written_and_read_as_other_tables() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "virtual_make",
        "CREATE VIRTUAL TABLE word USING fts5 (body);
         INSERT INTO word VALUES ('one'), ('two'), ('three');
         CREATE VIRTUAL TABLE place USING rtree (id, x0, x1, +name);
         INSERT INTO place VALUES (1, 1, 2, 'a'), (2, 3, 4, 'b'), (3, 5, 6, 'c');",
        "DROP TABLE place; DROP TABLE word",
    );
    sandbox.sql_migration(
        "virtual_search",
        "CREATE TABLE found (a);
         INSERT INTO found SELECT body FROM word WHERE word MATCH 't*';
         UPDATE word SET body = body || ' more'; DELETE FROM word WHERE word MATCH 'two';",
        "DROP TABLE found; DELETE FROM word",
    );
    sandbox.sql_migration(
        "virtual_place",
        "INSERT INTO found SELECT name FROM place WHERE x0 > 2;
         UPDATE place SET x1 = x1 + 1; DELETE FROM place WHERE id = 2;",
        "DELETE FROM place",
    );
    let found = "SELECT group_concat(a) FROM found";
    let places = "SELECT id, x1, name FROM place WHERE x1 > 0";
    for flags in [&["migrate"][..], &["migrate", "--single-transaction"]] {
        sandbox.run(flags).succeeded();
        let database = sandbox.database();
        assert_eq!(rows(&database, found), "  Text(\"two,three,b,c\")\n");
        let told = "  Integer(1), Real(3.0), Text(\"a\")\n  Integer(3), Real(7.0), Text(\"c\")\n";
        assert_eq!(rows(&database, places), told);
        drop(database);
        sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    }
}

#[test]
fn on_the_way_back_an_index_that_the_way_forward_made_goes_with_its_table() {
    let sandbox = Sandbox::project();
    let ground = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE INDEX t_a ON t (a);";
    sandbox.sql_migration("made_ground", ground, "DROP TABLE t");
    let anew = "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO n SELECT id, a FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t;";
    sandbox.sql_migration(
        "made_more",
        "ALTER TABLE t ADD COLUMN b TEXT; CREATE INDEX t_b ON t (b);
         CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN SELECT 1; END;",
        anew,
    );
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_made_more` would lose what it does not drop itself:
        the index `t_a` of `t`
    hint: it was rolled back. A table that is dropped takes its indexes and triggers along: make them again, or use the operations, which keep them. What is to go, drop by name before the table
    explain: runner explain objects-lost
    ");
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "made_plain",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)",
        "DROP TABLE t",
    );
    sandbox.sql_migration("made_only", "CREATE INDEX t_a ON t (a)", anew);
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    sandbox.run(&["test"]).succeeded();
}
