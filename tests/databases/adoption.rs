//! A database that is older than its migrations: its schema becomes the first of them, which is taken
//! for applied.

use std::fs;

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

/// What an application made by itself, with something to lose in every kind of object.
const OLD: &str = "
CREATE TABLE room (number TEXT NOT NULL PRIMARY KEY, floor INT DEFAULT (0) CHECK (floor < 99)) WITHOUT ROWID;
CREATE TABLE stay (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out twice
  room TEXT NOT NULL REFERENCES room (number) ON DELETE CASCADE,
  guest VARCHAR(40) COLLATE NOCASE, nights INTEGER,
  price REAL GENERATED ALWAYS AS (nights * 80.5) STORED,
  UNIQUE (room, guest) ON CONFLICT REPLACE
);
CREATE INDEX stay_guest ON stay (lower(guest), nights DESC) WHERE nights > 0;
CREATE VIEW long_stay AS SELECT guest, nights FROM stay WHERE nights > 6;
CREATE TRIGGER stay_ends AFTER DELETE ON stay BEGIN UPDATE room SET floor = floor WHERE number = old.room; END;
CREATE VIRTUAL TABLE note USING fts5(text);
INSERT INTO room VALUES ('12', 1);
INSERT INTO stay (room, guest, nights) VALUES ('12', 'ada', 7);
INSERT INTO note VALUES ('asks for tea');
";

fn adopting(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(OLD).unwrap();
    let before = sandbox.contents();
    let created = sandbox.run(&["create", name, "--from-database"]).succeeded();
    assert!(created.stdout.contains("src/lib.rs"), "{}", created.stdout);
    assert_eq!(sandbox.contents(), before);
    (sandbox, before)
}

#[test]
fn a_database_becomes_the_first_migration_which_is_taken_for_applied() {
    let (sandbox, before) = adopting("adopt_hotel");
    assert_snapshot!(sandbox.run(&["fake"]).shown(), @"
    exit 0
    --- stdout
    took [STAMP]_adopt_hotel for applied: the schema is that of the migrations
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_adopt_hotel  [TIME]
    1 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  took `[STAMP]_adopt_hotel` for applied: the schema is that of the migrations
    ");
    let after = sandbox.contents();
    for line in before.lines() {
        assert!(after.contains(line), "{line} is not in\n{after}");
    }
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    nothing to do: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["schema", "diff", "migrations", "database"]).shown(), @"
    exit 0
    --- stdout
    the migrations and the database `app.db` are the same
    ");
    assert_snapshot!(sandbox.run(&["create", "adopt_again", "--from-database"]).shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and the database `app.db` are the same
    ");
}

#[test]
fn the_first_migration_makes_the_same_schema_for_whoever_begins_anew() {
    let (sandbox, _) = adopting("adopt_anew");
    sandbox.run(&["migrate", "--database", "new.db", "--create"]).succeeded();
    let diff = sandbox.run(&["schema", "diff", "app.db", "new.db"]).succeeded();
    assert!(diff.stdout.ends_with("are the same\n"), "{}", diff.stdout);
    sandbox.run(&["migrate", "--backward", "--database", "new.db"]).succeeded();
    let left = rusqlite::Connection::open(sandbox.path("new.db")).unwrap();
    assert_eq!(
        rows(
            &left,
            "SELECT name FROM sqlite_schema WHERE name NOT LIKE '\\_runner%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'"
        ),
        ""
    );
}

#[test]
fn another_schema_than_the_migrations_give_is_not_taken_for_theirs() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("adopt_other", "CREATE TABLE a (x INTEGER NOT NULL)", "DROP TABLE a");
    sandbox.database().execute_batch("CREATE TABLE a (x INTEGER)").unwrap();
    assert_snapshot!(sandbox.untouched(&["fake"]).shown(), @"
    exit 3
    --- stderr
    error: the migrations were not recorded as applied: the migrations (-) and the database `[ROOT]/app.db` (+) differ:
          CREATE TABLE a (
        -   x INTEGER NOT NULL
        +   x INTEGER
          );
    hint: nothing was recorded; `runner create NAME --from-database` writes a migration for what is missing; `--reason TEXT` records it all the same
    explain: runner explain another-schema
    ");
    assert_snapshot!(sandbox.untouched(&["fake", "--reason", " "]).shown(), @"
    exit 2
    --- stderr
    error: recording migrations as applied without comparing the schema needs a reason
    hint: say why, for those who look at it later; `--reason TEXT` takes it
    ");
    assert_snapshot!(sandbox.run(&["stamp", "--reason", "x was never NULL"]).shown(), @"
    exit 0
    --- stdout
    took [STAMP]_adopt_other for applied: x was never NULL
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_adopt_other  [TIME]
    1 applied, 0 pending
    ");
}

#[test]
fn those_up_to_one_are_taken_and_the_rest_is_applied() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("adopt_a", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.sql_migration("adopt_b", "CREATE TABLE b (x)", "DROP TABLE b");
    sandbox.sql_migration("adopt_c", "CREATE TABLE c (x)", "DROP TABLE c");
    sandbox.database().execute_batch("CREATE TABLE b (x); CREATE TABLE a (x);").unwrap();
    assert_snapshot!(sandbox.run(&["fake", "adopt_b"]).shown(), @"
    exit 0
    --- stdout
    took [STAMP]_adopt_a for applied: the schema is that of the migrations
    took [STAMP]_adopt_b for applied: the schema is that of the migrations
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_adopt_c ([N] ms)
    applied 1 migration: `app.db` has 3 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["fake", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "faked": []
    }
    "#);
}

#[test]
fn without_a_database_there_is_nothing_to_adopt() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("adopt_nothing", "CREATE TABLE a (x)", "DROP TABLE a");
    assert_snapshot!(sandbox.untouched(&["fake"]).shown(), @"
    exit 2
    --- stderr
    error: there is no database `[ROOT]/app.db` whose schema could be there already
    hint: `runner migrate --create` makes it
    ");
    assert!(!fs::exists(sandbox.path("app.db")).unwrap());
}

#[test]
fn a_database_that_is_not_there_is_not_one_without_tables() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["create", "adopt_none", "--from-database"]).shown(), @"
    exit 2
    --- stderr
    error: there is no database `app.db`
    hint: nothing was written; `runner create NAME --auto` asks no database
    ");
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "nowhere.db"]).shown(), @"
    exit 2
    --- stderr
    error: there is no database `nowhere.db`
    hint: a schema is that of `migrations`, `models`, `database`, of the past, as `after:ID`, or of a file: of SQL if its name ends in .sql, else a database
    ");
}

#[test]
fn a_database_that_has_drifted_is_not_adopted() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("adopt_drifted", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration("adopt_late", "CREATE TABLE b (x)", "DROP TABLE b");
    sandbox.database().execute_batch("CREATE TABLE b (x)").unwrap();
    assert_snapshot!(sandbox.untouched(&["fake"]).shown(), @"
    exit 3
    --- stderr
    error: the schema was changed by something else than the runner:
          + CREATE TABLE b (x)
    hint: undo the change; or keep it as a migration: `runner create NAME --from-database`, then `runner repair --accept-schema --reason TEXT`, then `runner fake`; or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT`
    explain: runner explain schema-changed
    ");
}

#[test]
fn what_only_the_application_has_keeps_nothing_else_from_being_adopted() {
    let sandbox = Sandbox::project();
    sandbox
        .database()
        .execute_batch(
            "CREATE TABLE spot
               (id INTEGER PRIMARY KEY, shape BLOB, tag TEXT, area REFERENCES area_old (id));
             CREATE TRIGGER spot_tag BEFORE INSERT ON spot WHEN new.tag IS NULL BEGIN
               SELECT RAISE(ABORT, 'no tag'); END;
             CREATE TRIGGER spot_shape AFTER INSERT ON spot WHEN NOT is_empty(new.shape) BEGIN
               UPDATE spot SET tag = 'x' WHERE id = new.id; END;
             PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES
               ('table', 'area', 'area', 0, 'CREATE VIRTUAL TABLE area USING geo(shape)');",
        )
        .unwrap();
    let left_out =
        "note: left out of the database `app.db`: the virtual table `area` (no such module: geo)\n";
    let created = sandbox.run(&["create", "adopt_spots", "--from-database"]).succeeded();
    let dangling = "note: `area` of `spot` refers to `area_old`, and there is no such table: the migration takes \
                    it over as it is; repair it in one behind it\n";
    assert_eq!(created.stderr, format!("{left_out}{dangling}"));
    sandbox.write(
        "runner.toml",
        &(sandbox.read("runner.toml") + "\napplication_functions = [\"is_empty\"]\n"),
    );
    assert_snapshot!(sandbox.run(&["fake"]).shown(), @"
    exit 0
    --- stdout
    took [STAMP]_adopt_spots for applied: the schema is that of the migrations, but for `area`, which SQLite cannot make here
    ");
    let rows: i64 = sandbox
        .database()
        .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 2);
}
