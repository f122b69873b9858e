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
