//! `runner history`: every step that was ever taken, with repairs and backups.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

/// A project with a table `a`, to which a column was added and taken away again.
fn with_a_past(name: &str) -> (Sandbox, [String; 2]) {
    let sandbox = Sandbox::project().backs_up("");
    let first = sandbox.sql_migration(
        &format!("{name}_first"),
        "CREATE TABLE a (x); CREATE INDEX i ON a (x);",
        "DROP TABLE a",
    );
    sandbox.run(&["migrate"]).succeeded();
    let second = sandbox.sql_migration(
        &format!("{name}_second"),
        "ALTER TABLE a ADD COLUMN y",
        "ALTER TABLE a DROP COLUMN y",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["redo"]).succeeded();
    (sandbox, [first, second])
}

#[test]
fn every_step_is_shown_with_backups_and_repairs_between() {
    let (sandbox, _) = with_a_past("every");
    sandbox.database().execute_batch("CREATE INDEX by_hand ON a (y)").unwrap();
    sandbox.run(&["repair", "--accept-schema", "--reason", "in a hurry"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["history"]).shown(), @"
    exit 0
    --- stdout
    [TIME]  [WHO]  applied [STAMP]_every_first ([N] ms)
    [TIME]  [WHO]  backed up to `[ROOT]/backups/app-[TIME].db`
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
    [TIME]  [WHO]  backed up to `[ROOT]/backups/app-[TIME].db`
    [TIME]  [WHO]  reverted [STAMP]_every_second ([N] ms)
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
    [TIME]  [WHO]  accepted the schema: in a hurry
    ");
    assert_snapshot!(sandbox.untouched(&["history", "every_second"]).shown(), @"
    exit 0
    --- stdout
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          + y
    [TIME]  [WHO]  reverted [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          - y
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          + y
    ");
    assert_snapshot!(sandbox.untouched(&["history", "--verbose"]).succeeded().stdout, @"
    [TIME]  [WHO]  applied [STAMP]_every_first ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        + CREATE TABLE a (x)
        + CREATE INDEX i ON a (x)
    [TIME]  [WHO]  backed up to `[ROOT]/backups/app-[TIME].db`
        runner 0.1.0, SQLite [VERSION], schema [DIGEST]
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          + y
    [TIME]  [WHO]  backed up to `[ROOT]/backups/app-[TIME].db`
        runner 0.1.0, SQLite [VERSION], schema [DIGEST]
    [TIME]  [WHO]  reverted [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          - y
    [TIME]  [WHO]  applied [STAMP]_every_second ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `a`:
          + y
    [TIME]  [WHO]  accepted the schema: in a hurry
        runner 0.1.0, SQLite [VERSION], schema [DIGEST]
        + CREATE INDEX by_hand ON a (y)
    ");
    assert_snapshot!(sandbox.untouched(&["log", "every_first", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "entries": [
        {
          "api_version": "0.1.0",
          "at": "[TIME]",
          "duration_us": [N],
          "host": "[WHO]",
          "id": "[STAMP]_every_first",
          "known": "logged",
          "number": 1,
          "runner_version": "0.1.0",
          "schema_changes": [
            {
              "after": "CREATE TABLE a (x)",
              "before": null,
              "kind": "table",
              "name": "a"
            },
            {
              "after": "CREATE INDEX i ON a (x)",
              "before": null,
              "kind": "index",
              "name": "i"
            }
          ],
          "schema_digest": "[DIGEST]",
          "source_digest": "[DIGEST]",
          "sqlite_version": "[VERSION]",
          "user": "[WHO]",
          "what": "applied"
        }
      ],
      "exists": true
    }
    "#);
    assert_snapshot!(sandbox.untouched(&["history", "every_third"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `every_third`
    hint: did you mean `[STAMP]_every_first`?
    ");
}

#[test]
fn a_database_without_a_past_says_so() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["history"]).shown(), @"
    exit 0
    --- stdout
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
    assert_snapshot!(sandbox.untouched(&["history", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "entries": [],
      "exists": false
    }
    "#);
    assert_eq!(sandbox.untouched(&["history", "any"]).code, Some(2));
    sandbox.database().execute_batch("CREATE TABLE a (x)").unwrap();
    assert_snapshot!(sandbox.untouched(&["history"]).shown(), @"
    exit 0
    --- stdout
    nothing was ever applied
    ");
}

#[test]
fn how_an_applied_migration_was_edited_is_shown_line_by_line() {
    let sandbox = Sandbox::project();
    let id = sandbox.sql_migration("edit_shown", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.write(format!("migrations/{id}/notes.sql"), "-- kept\nSELECT 1;\n");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write(format!("migrations/{id}/notes.sql"), "-- kept\r\nSELECT 2;\r\n");
    sandbox.write(format!("migrations/{id}/more.sql"), "SELECT 3;\n");
    assert_snapshot!(sandbox.untouched(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_edit_shown` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        more.sql:
          + SELECT 3;
        notes.sql:
            -- kept
          - SELECT 1;
          + SELECT 2;
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo`
        or if it still does what was applied: `runner repair --accept [STAMP]_edit_shown --reason TEXT`
    ");
    assert_snapshot!(sandbox.untouched(&["repair", "edit_shown", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "database": "[ROOT]/app.db",
      "drift": [
        {
          "found": "[DIGEST]",
          "id": "[STAMP]_edit_shown",
          "kind": "edited",
          "recorded": "[DIGEST]",
          "source_changes": [
            {
              "lines": [
                {
                  "side": "to",
                  "text": "SELECT 3;"
                }
              ],
              "path": "more.sql"
            },
            {
              "lines": [
                {
                  "side": "both",
                  "text": "-- kept"
                },
                {
                  "side": "from",
                  "text": "SELECT 1;"
                },
                {
                  "side": "to",
                  "text": "SELECT 2;"
                }
              ],
              "path": "notes.sql"
            }
          ],
          "steps_back": 1,
          "ways_out": [
            "undo the edit, or use a bundle from before it",
            "while developing, take it back and apply it anew: `runner redo`",
            "if it still does what was applied: `runner repair --accept [STAMP]_edit_shown --reason TEXT`"
          ]
        }
      ],
      "failed_rows": [],
      "repairs": []
    }
    "#);

    // What was accepted is what the next edit is compared with; a bundle has the source too.
    sandbox.run(&["repair", "--accept", "edit_shown", "--reason", "the same"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["repair", "edit_shown"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair of `[STAMP]_edit_shown`
    [TIME]  accepted the edit of `[STAMP]_edit_shown`: the same
    ");
    sandbox.write(format!("migrations/{id}/more.sql"), "SELECT 4;\n");
    sandbox.run(&["bundle"]).succeeded();
    let bundled = ["--bundle", "migrations.bundle"];
    let edited = sandbox.untouched(&[&["repair", "edit_shown"], &bundled[..]].concat());
    assert_snapshot!(edited.shown(), @"
    exit 0
    --- stdout
    `[STAMP]_edit_shown` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        more.sql:
          - SELECT 3;
          + SELECT 4;
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo --bundle migrations.bundle`
        or if it still does what was applied: `runner repair --accept [STAMP]_edit_shown --reason TEXT --bundle migrations.bundle`
    [TIME]  accepted the edit of `[STAMP]_edit_shown`: the same
    ");
    let other = [&["migrate", "--create", "--database", "other.db"], &bundled[..]].concat();
    sandbox.run(&other).succeeded();
    sandbox.write(format!("migrations/{id}/more.sql"), &"SELECT 5;\n".repeat(40));
    let edited = sandbox.untouched(&["repair", "--database", "other.db"]);
    assert_snapshot!(edited.shown(), @"
    exit 0
    --- stdout
    `[STAMP]_edit_shown` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        more.sql:
          - SELECT 4;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
          + SELECT 5;
        ... and 18 more lines: `runner repair [STAMP]_edit_shown --database other.db` shows all
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo --database other.db`
        or if it still does what was applied: `runner repair --accept [STAMP]_edit_shown --reason TEXT --database other.db`
    ");

    // An older runner keeps no source.
    sandbox.database().execute_batch("DROP TABLE _runner_log").unwrap();
    assert_snapshot!(sandbox.untouched(&["repair", "edit_shown"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_edit_shown` was edited after it was applied: its digest was [DIGEST], and is [DIGEST]
        how it was edited is not known: an older runner applied it, or packed the bundle
        undo the edit, or use a bundle from before it
        or while developing, take it back and apply it anew: `runner redo`
        or if it still does what was applied: `runner repair --accept [STAMP]_edit_shown --reason TEXT`
    [TIME]  accepted the edit of `[STAMP]_edit_shown`: the same
    ");
}

#[test]
fn two_points_of_the_past_are_compared() {
    let (sandbox, _) = with_a_past("points");
    sandbox
        .database()
        .execute_batch(
            "CREATE VIRTUAL TABLE f USING fts5(word); CREATE INDEX by_hand ON a (y);
             CREATE VIEW v AS SELECT x FROM a",
        )
        .unwrap();
    sandbox.run(&["repair", "--accept-schema", "--reason", "by hand"]).succeeded();
    sandbox.sql_migration("points_third", "CREATE TABLE b (x)", "DROP TABLE b");
    sandbox.run(&["migrate"]).succeeded();
    let diff = |words: &[&str]| sandbox.untouched(&[&["schema", "diff"], words].concat()).shown();
    assert_snapshot!(diff(&["before:points_first", "points_first"]), @"
    exit 0
    --- stdout
    --- the schema before `[STAMP]_points_first`
    +++ the schema after `[STAMP]_points_first`
    +CREATE TABLE a (
    +  x
    +);
    +
    +CREATE INDEX i ON a (x);
    create table `a` with column `x`
    add index `i` on table `a` (`x`)
    ");
    assert_snapshot!(diff(&["points_first", "before:points_third", "--json"]), @r#"
    exit 0
    --- stdout
    {
      "from": "the schema after `[STAMP]_points_first`",
      "left_out": [],
      "lines": [
        {
          "side": "both",
          "text": "CREATE TABLE a ("
        },
        {
          "side": "both",
          "text": "  x,"
        },
        {
          "side": "to",
          "text": "  y"
        },
        {
          "side": "both",
          "text": ");"
        },
        {
          "side": "both",
          "text": ""
        },
        {
          "side": "to",
          "text": "CREATE INDEX by_hand ON a (y);"
        },
        {
          "side": "to",
          "text": ""
        },
        {
          "side": "both",
          "text": "CREATE INDEX i ON a (x);"
        },
        {
          "side": "to",
          "text": ""
        },
        {
          "side": "to",
          "text": "CREATE VIRTUAL TABLE f USING fts5(word);"
        },
        {
          "side": "to",
          "text": ""
        },
        {
          "side": "to",
          "text": "CREATE VIEW v AS SELECT x FROM a;"
        }
      ],
      "operations": [
        "add column `y` to table `a`",
        "add index `by_hand` on table `a` (`y`)",
        "execute `CREATE VIRTUAL TABLE f USING fts5(word)`",
        "execute `CREATE VIEW v AS SELECT x FROM a`"
      ],
      "same": false,
      "to": "the schema before `[STAMP]_points_third`"
    }
    "#);
    assert_snapshot!(diff(&["after:points_third", "database"]), @"
    exit 0
    --- stdout
    the schema after `[STAMP]_points_third` and the database `app.db` are the same
    ");
    assert_snapshot!(diff(&["points_fourth", "database"]), @"
    exit 2
    --- stderr
    error: there is no database `points_fourth`
    hint: a schema is that of `migrations`, `models`, `database`, of the past, as `after:ID`, or of a file: of SQL if its name ends in .sql, else a database
    ");
    assert_snapshot!(diff(&["after:points_fourth", "database"]), @"
    exit 2
    --- stderr
    error: there is no migration `points_fourth`
    hint: did you mean `[STAMP]_points_first`?
    ");
    sandbox.write("points_first", "");
    assert_snapshot!(diff(&["points_first", "database"]), @"
    exit 2
    --- stderr
    error: `points_first` is a file, and a migration
    hint: `./points_first` is the file, `after:points_first` the schema that the migration left
    ");
    assert!(diff(&["after:points_first", "database"]).contains("CREATE TABLE b"));
}

#[test]
fn what_a_batched_migration_does_to_the_schema_is_in_the_log_when_it_does_it() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "numbers",
        "CREATE TABLE number (n INTEGER); INSERT INTO number VALUES (1), (2);
         CREATE TABLE finished (what)",
        "DROP TABLE number; DROP TABLE finished",
    );
    sandbox.plugin("changes_online");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["history", "changes_online"]).shown(), @r#"
    exit 0
    --- stdout
    [TIME]  [WHO]  changed the schema by [STAMP]_changes_online: `number` online
        runner 0.1.0, SQLite [VERSION], schema [DIGEST]
        in the table `number`:
          - n INTEGER
          + n INTEGER NOT NULL
          + "twice" INTEGER NOT NULL
    [TIME]  [WHO]  applied [STAMP]_changes_online ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
    [TIME]  [WHO]  changed the schema by [STAMP]_changes_online: on its way back, `number` online
        runner 0.1.0, SQLite [VERSION], schema [DIGEST]
        in the table `number`:
          - n INTEGER NOT NULL
          - "twice" INTEGER NOT NULL
          + n INTEGER
    [TIME]  [WHO]  reverted [STAMP]_changes_online ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
    "#);
}
