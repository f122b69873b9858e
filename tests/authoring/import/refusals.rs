//! What a migration cannot run as it is: all of it is said before anything is written.

use insta::assert_snapshot;

use super::{migrations, project_with};

#[test]
fn all_that_is_in_the_way_is_said_at_once_and_nothing_is_written() {
    let sandbox = project_with(&[
        (
            "1_a.sql",
            "CREATE TABLE a (id SERIAL PRIMARY KEY, x varchar(10));\n\
             ALTER TABLE a DROP COLUMN IF EXISTS x;\nATTACH 'x.db' AS y;\nPRAGMA writable_schema = 1;\n\
             UPDATE a SET x = 1::text;\nROLLBACK;\nSELECT * FROM nowhere;\n",
        ),
        ("2_b.sql", "ALTER TABLE nowhere RENAME TO b;\n\nCREATE INDEX ON a (x);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @r#"
    exit 3
    --- stdout
    found 2 migrations of plain SQL in `old`
    --- stderr
    error: `old` cannot be imported as it is:
        1_a.sql:2: ALTER TABLE a DROP COLUMN IF EXISTS x: SQLite refuses it: near "EXISTS": syntax error
        1_a.sql:3: ATTACH 'x.db' AS y: no migration may ATTACH or DETACH a database
        1_a.sql:4: PRAGMA writable_schema = 1: no migration may set `PRAGMA writable_schema = 1`
        1_a.sql:5: UPDATE a SET x = 1::text: SQLite refuses it: unrecognized token: ":"
        1_a.sql:6: ROLLBACK: no migration may ROLLBACK: the transaction is the runner's
        2_b.sql:3: CREATE INDEX ON a (x): SQLite refuses it: near "ON": syntax error
    hint: nothing was written; write in a copy of the folder what SQLite understands, and import the copy
        copy what is needed into a table before, or read the other file by a connection of its own
        `writable_schema`: the operations change the text of a table without it, and write no row where none changes: `add_foreign_key`, `add_check`, `set_not_null`, `alter_column_type`, `drop_constraint`
        for a part that may fail, use a savepoint: SAVEPOINT, ROLLBACK TO, RELEASE
    explain: runner explain not-importable
    "#);
}

#[test]
fn what_the_runner_would_roll_back_is_refused_before_anything_is_written() {
    let sandbox = project_with(&[
        (
            "1_a.sql",
            "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE log (a TEXT);\n\
             CREATE TABLE c (p INTEGER REFERENCES p (id)); INSERT INTO c VALUES (99);\n\
             CREATE VIEW v AS SELECT n FROM p; CREATE VIEW never AS SELECT * FROM nowhere;\n\
             CREATE TRIGGER t AFTER INSERT ON p BEGIN INSERT INTO log VALUES ('new'); END;\n",
        ),
        ("2_b.sql", "ALTER TABLE log ADD COLUMN b TEXT;\n"),
        (
            "3_c.sql",
            "DROP TRIGGER t; DELETE FROM c; DROP VIEW never;\n\
             CREATE TRIGGER t AFTER INSERT ON p BEGIN INSERT INTO log (a) VALUES ('new'); END;\n",
        ),
        (
            "4_d.sql",
            "DROP VIEW v; ALTER TABLE p RENAME COLUMN n TO m; CREATE VIEW v AS SELECT n FROM p;\n",
        ),
        ("5_e.sql", "DROP VIEW v; CREATE VIEW v AS SELECT m FROM p; DROP TRIGGER t;\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 3
    --- stdout
    found 5 migrations of plain SQL in `old`
    --- stderr
    error: `old` cannot be imported as it is:
        1_a.sql: a migration that leaves this is rolled back: 1 row of `c` points to a row that is not there
        2_b.sql: a migration that leaves this is rolled back: INSERT on `p`: table log has 2 columns but 1 values were supplied
        4_d.sql: a migration that leaves this is rolled back: SELECT on `v`: no such column: n
    hint: nothing was written; let the same file mend it, in a copy of the folder, and import the copy
    explain: runner explain not-importable
    ");
}

#[test]
fn what_the_runner_does_itself_is_taken_out_and_said() {
    let sandbox = project_with(&[
        ("1_a.sql", "BEGIN;\nCREATE TABLE a (id INTEGER);\nCOMMIT;\n"),
        ("2_b.sql", "PRAGMA foreign_keys = OFF; CREATE TABLE b (x);\nPRAGMA synchronous = OFF;\n"),
        ("3_c.sql", "CREATE TABLE c (x);\n"),
        ("3_c.down.sql", "-- none\n"),
        ("4_d.sql", "CREATE TABLE d (x);\n"),
        ("4_d.down.sql", "DROP TABLE nowhere;\n"),
        ("5_e.sql", "VACUUM;\n"),
    ]);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 5 migrations of plain SQL in `old`
    irreversible: the way back does not run: no such table: nowhere
        4_d.down.sql:1: DROP TABLE nowhere
    irreversible: the way back has no statement
        3_c.down.sql
    runs without a transaction: SQLite does this in none
        5_e.sql:1: VACUUM
    taken out: it is a setting of the connection, which the application sets where it opens the database
        2_b.sql:2: PRAGMA synchronous = OFF
    taken out: no foreign key is enforced while a migration runs, and all are checked before it commits
        2_b.sql:1: PRAGMA foreign_keys = OFF
    taken out: the runner begins and commits
        1_a.sql:1: BEGIN
        1_a.sql:3: COMMIT
    made 5 migrations in `migrations`: [STAMP]_a to [STAMP]_e
    ");
    assert_snapshot!(migrations(&sandbox), @"
    # 20000101_000001_a
    //! A: version 1_a of plain SQL, imported from `1_a.sql`.
    const REVERSIBLE: bool = false;
    > /* taken out by `runner import`: BEGIN; */
    > CREATE TABLE a (id INTEGER);
    > /* taken out by `runner import`: COMMIT; */
    # 20000101_000002_b
    //! B: version 2_b of plain SQL, imported from `2_b.sql`.
    const REVERSIBLE: bool = false;
    > /* taken out by `runner import`: PRAGMA foreign_keys = OFF; */ CREATE TABLE b (x);
    > /* taken out by `runner import`: PRAGMA synchronous = OFF; */
    # 20000101_000003_c
    //! C: version 3_c of plain SQL, imported from `3_c.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE c (x);
    # 20000101_000004_d
    //! D: version 4_d of plain SQL, imported from `4_d.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE d (x);
    # 20000101_000005_e
    //! E: version 5_e of plain SQL, imported from `5_e.sql`.
    const TRANSACTIONAL: bool = false;
    const REVERSIBLE: bool = false;
    > VACUUM;
    ");
}

#[test]
fn a_statement_about_the_tools_own_table_is_taken_out() {
    let sandbox = project_with(&[
        ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
        ("1_a.sql", "DELETE FROM _sqlx_migrations WHERE version = 7;\nCREATE TABLE a (x);\n"),
    ]);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 1 migration of sqlx in `old`
    taken out: it is about the table in which sqlx keeps its history
        1_a.sql:1: DELETE FROM _sqlx_migrations WHERE version = 7
    made 1 migration in `migrations`: [STAMP]_a
    ");
}

#[test]
fn what_a_person_must_know_of_is_asked() {
    let sandbox = project_with(&[
        ("1_a.sql", "CREATE TABLE a (x);\nVACUUM;\n"),
        ("2_b.sql", "UPDATE a SET x = slug(x);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 3
    --- stdout
    found 2 migrations of plain SQL in `old`
    --- stderr
    error: nobody agreed to this:
        1_a.sql:2: VACUUM: SQLite does this in no transaction, so that all of its file would run without one, and what fails there would not be rolled back
        2_b.sql:1: UPDATE a SET x = slug(x): no such function: slug: if the application has it, a migration must register it, too
    hint: nothing was written; `runner import --yes FOLDER` agrees
    explain: runner explain not-confirmed
    ");
    assert_snapshot!(sandbox.untouched(&["import", "old", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 2 migrations of plain SQL in `old`
    1_a.sql becomes [STAMP]_a
    2_b.sql becomes [STAMP]_b
    would make 2 migrations in `migrations`: [STAMP]_a to [STAMP]_b
    asks: 1_a.sql:2: VACUUM: SQLite does this in no transaction, so that all of its file would run without one, and what fails there would not be rolled back
    asks: 2_b.sql:1: UPDATE a SET x = slug(x): no such function: slug: if the application has it, a migration must register it, too
    dry run: nothing was written
    ");
    sandbox.run(&["import", "old", "--yes"]).succeeded();
    assert_snapshot!(migrations(&sandbox), @"
    # 20000101_000001_a
    //! A: version 1_a of plain SQL, imported from `1_a.sql`.
    const TRANSACTIONAL: bool = false;
    const REVERSIBLE: bool = false;
    > CREATE TABLE a (x);
    > VACUUM;
    # 20000101_000002_b
    //! B: version 2_b of plain SQL, imported from `2_b.sql`.
    const REVERSIBLE: bool = false;
    > UPDATE a SET x = slug(x);
    ");
}

#[test]
fn code_is_refused_by_name() {
    for (from, file, refused) in [
        ("refinery", "V1__create_player.rs", ": it is code of refinery"),
        ("sea-orm", "m20240131_000001_create_player.rs", ": it is code of sea-orm"),
        ("typeorm", "1706693400000-CreatePlayer.ts", "CreatePlayer.ts: it does more than"),
    ] {
        let sandbox = project_with(&[(file, "code")]);
        let outcome = sandbox.untouched(&["import", "old", "--from", from]);
        assert_eq!(outcome.code, Some(3), "{from}: {outcome:?}");
        assert!(outcome.stderr.contains(refused), "{from}: {outcome:?}");
    }
}

#[test]
fn a_history_of_another_database_is_refused() {
    let sandbox = project_with(&[
        ("migration_lock.toml", "# made by Prisma\nprovider = \"postgresql\"\n"),
        ("20240131093000_init/migration.sql", "CREATE TABLE a (x INTEGER);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @r#"
    exit 3
    --- stdout
    found 1 migration of Prisma in `old`
    --- stderr
    error: `old` cannot be imported as it is:
        migration_lock.toml:2: provider = "postgresql": it is written for `postgresql`
    hint: nothing was written; name a folder of migrations that were written for SQLite
    explain: runner explain not-importable
    "#);
}

#[test]
fn what_a_table_takes_along_is_dropped_by_name() {
    let sandbox = project_with(&[
        (
            "1_a.sql",
            "CREATE TABLE a (x, y);\nCREATE INDEX by_x ON a (x);\nCREATE INDEX by_y ON a (y);\n\
             CREATE TRIGGER noted AFTER INSERT ON a BEGIN SELECT 1; END;\n",
        ),
        (
            "2_rebuild.sql",
            "CREATE TABLE b (x, y, z);\nDROP TABLE a;\nALTER TABLE b RENAME TO a;\n\
             CREATE INDEX by_y ON a (y);\n",
        ),
        ("3_gone.sql", "DROP TABLE a;\n"),
    ]);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @r#"
    exit 0
    --- stdout
    found 3 migrations of plain SQL in `old`
    added before it: `DROP INDEX IF EXISTS "by_x"`, since it does not come back with its table
        2_rebuild.sql:2: DROP TABLE a
    added before it: `DROP TRIGGER IF EXISTS "noted"`, since it does not come back with its table
        2_rebuild.sql:2: DROP TABLE a
    made 3 migrations in `migrations`: [STAMP]_a to [STAMP]_gone
    "#);
    assert_snapshot!(sandbox.read("migrations/20000101_000002_rebuild/forward.sql"), @r#"
    CREATE TABLE b (x, y, z);
    DROP INDEX IF EXISTS "by_x"; /* added by `runner import` */ DROP TRIGGER IF EXISTS "noted"; /* added by `runner import` */ DROP TABLE a;
    ALTER TABLE b RENAME TO a;
    CREATE INDEX by_y ON a (y);
    "#);
    assert_eq!(sandbox.read("migrations/20000101_000003_gone/forward.sql"), "DROP TABLE a;\n");
}

#[test]
fn values_that_flyway_puts_in_are_refused_and_a_baseline_is_left_out() {
    let sandbox = project_with(&[
        ("B1__all.sql", "CREATE TABLE a (x);\n"),
        ("V1.0__a.sql", "CREATE TABLE a (x);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 1 migration of Flyway in `old`
    V1.0__a.sql becomes [STAMP]_a
    left out: it stands for the migrations before it, which are imported
        B1__all.sql
    would make 1 migration in `migrations`: [STAMP]_a
    dry run: nothing was written
    ");
    sandbox.write("old/V1.1__b.sql", "\nINSERT INTO a VALUES ('${owner}');\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 3
    --- stdout
    found 2 migrations of Flyway in `old`
    left out: it stands for the migrations before it, which are imported
        B1__all.sql
    --- stderr
    error: `old` cannot be imported as it is:
        V1.1__b.sql:2: INSERT INTO a VALUES ('${owner}');: the tool puts a value in its place
    hint: nothing was written; write the value in a copy of the folder, and import the copy
    explain: runner explain not-importable
    ");
}
