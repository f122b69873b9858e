//! What a backup is looked through for: a damaged index is found by every command that vouches for a
//! database, and what only the application has keeps nobody from a backup.
#![cfg(unix)]

use std::fs;

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

/// A project whose database has rows and an index that the text in brackets makes, and one migration
/// that is pending.
fn with_index(name: &str, index: &str) -> Sandbox {
    let sandbox = Sandbox::project().backs_up("");
    sandbox
        .database()
        .execute_batch(&format!(
            "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO player (name) SELECT 'name' || i FROM n;
             CREATE INDEX by_name ON player {index}"
        ))
        .unwrap();
    sandbox.sql_migration(name, "CREATE TABLE made (a)", "DROP TABLE made");
    sandbox
}

/// Changes one letter of one entry of the index in `file`, as a disk may.
fn damage(sandbox: &Sandbox, file: &str) {
    let mut bytes = fs::read(sandbox.path(file)).unwrap();
    let entry = b"name250";
    let places = bytes.windows(entry.len()).enumerate().filter(|(_, window)| window == entry);
    // The index was made last.
    let at = places.map(|(at, _)| at).next_back().unwrap();
    bytes[at + 5] = b'z';
    fs::write(sandbox.path(file), bytes).unwrap();
}

#[test]
fn a_damaged_index_passes_no_backup_no_migration_and_no_restore() {
    let sandbox = with_index("verify_index", "(name)");
    sandbox.run(&["backup", "-o", "copy.db"]).succeeded();
    damage(&sandbox, "app.db");
    damage(&sandbox, "copy.db");
    assert_eq!(rows(&sandbox.database(), "PRAGMA quick_check"), "  Text(\"ok\")\n");
    assert_snapshot!(sandbox.untouched(&["backup", "-o", "b.db"]).shown(), @r#"
    exit 4
    --- stderr
    error: the database `[ROOT]/app.db` is damaged, and was not backed up: row 250 missing from index by_name
    hint: it was left untouched; `REINDEX "by_name"` in SQLite's own shell makes the index anew from the rows of its table
    "#);
    sandbox.write("backups/.gitignore", "*\n");
    let refused = sandbox.untouched(&["migrate"]);
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    assert_snapshot!(sandbox.untouched(&["restore", "copy.db", "--no-backup"]).shown(), @"
    exit 4
    --- stderr
    error: the backup `[ROOT]/copy.db` is damaged: row 250 missing from index by_name
    hint: name another backup; the database was left untouched
    ");
    assert_snapshot!(sandbox.untouched(&["check", "pending", "drift", "--paranoid"]).shown(), @r#"
    exit 1
    --- stdout
    pending: `[STAMP]_verify_index` is not applied
        `runner migrate`
    damaged: row 250 missing from index by_name
        `REINDEX "by_name"` in SQLite's own shell makes the index anew from the rows of its table
    --- stderr
    error: the check found 2 things
    "#);
    // The hint is true.
    sandbox.database().execute_batch("REINDEX \"by_name\"").unwrap();
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["check", "pending", "drift", "--paranoid", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "findings": [],
      "ok": true,
      "unverified": []
    }
    "#);
}

#[test]
fn an_index_that_was_not_compared_is_named_and_compared_where_that_is_wanted() {
    for (kind, index) in [("partial", "(name) WHERE id > 5"), ("expression", "(lower(name))")] {
        let sandbox = with_index(&format!("verify_{kind}"), index);
        if kind == "partial" {
            assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
            exit 0
            --- stdout
            backed up to `backups/app-[TIME].db`
            index `by_name` of `player` was not compared: it is partial; `--paranoid` compares it
            applied [STAMP]_verify_partial ([N] ms)
            applied 1 migration: `app.db` has 1 applied, 0 pending
            ");
            sandbox.run(&["migrate", "--backward"]).succeeded();
        }
        let quiet = sandbox.run(&["backup", "-o", "whole.db", "--paranoid"]);
        assert_eq!(quiet.stdout, "backed up to `whole.db`\n", "{kind}");
        damage(&sandbox, "app.db");
        damage(&sandbox, "whole.db");
        sandbox.write("backups/.gitignore", "*\n");
        for command in [
            &["backup", "--paranoid"] as &[&str],
            &["migrate", "--paranoid"],
            &["restore", "whole.db", "--no-backup", "--paranoid"],
        ] {
            let refused = sandbox.untouched(command);
            assert_eq!(refused.code, Some(4), "{kind}: {}", refused.shown());
        }
        let told = sandbox.run(&["backup", "-o", "b.db"]);
        assert!(told.stdout.contains("index `by_name` of `player` was not compared"), "{kind}");
        let told = sandbox.run(&["restore", "whole.db", "--no-backup"]);
        assert!(told.stdout.contains("index `by_name` of `player` was not compared"), "{kind}");
    }
}

#[test]
fn what_only_the_application_has_keeps_nobody_from_a_backup() {
    let sandbox = with_index("verify_unknown", "(name)");
    sandbox
        .database()
        .execute_batch(
            "CREATE VIRTUAL TABLE note USING fts5 (body);
             INSERT INTO note VALUES ('hello');
             CREATE TABLE sorted (a TEXT PRIMARY KEY) WITHOUT ROWID;
             INSERT INTO sorted VALUES ('x');
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE note USING fts5 (body, tokenize = app_words)'
                WHERE name = 'note';
             UPDATE sqlite_schema SET sql = 'CREATE TABLE sorted (a TEXT COLLATE app_order PRIMARY KEY) WITHOUT ROWID'
                WHERE name = 'sorted';
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
    assert_snapshot!(sandbox.run(&["backup", "-o", "b.db"]).shown(), @"
    exit 0
    --- stdout
    backed up to `b.db`
    the pages and indexes of `sorted` were not looked at: no such collation sequence: app_order
    virtual table `note` was not opened: no such tokenizer: app_words
    the rows of `sorted` were not read: no such collation sequence: app_order
    ");
    assert_snapshot!(sandbox.run(&["backup", "-o", "c.db", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "backup": "[ROOT]/c.db",
      "database": "[ROOT]/app.db",
      "unverified": [
        {
          "kind": "table",
          "name": "sorted",
          "why": "no such collation sequence: app_order"
        },
        {
          "kind": "virtual_table",
          "name": "note",
          "why": "no such tokenizer: app_words"
        },
        {
          "kind": "rows",
          "table": "sorted",
          "why": "no such collation sequence: app_order"
        }
      ]
    }
    "#);
    let original = fs::read(sandbox.path("app.db")).unwrap();
    assert_eq!(fs::read(sandbox.path("b.db")).unwrap().len(), original.len());
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    backed up to `backups/app-[TIME].db`
    the pages and indexes of `sorted` were not looked at: no such collation sequence: app_order
    virtual table `note` was not opened: no such tokenizer: app_words
    the rows of `sorted` were not read: no such collation sequence: app_order
    applied [STAMP]_verify_unknown ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["restore", "b.db", "--yes"]).shown(), @"
    exit 0
    --- stdout
    backed up to `backups/app-[TIME].db`
    the pages and indexes of `sorted` were not looked at: no such collation sequence: app_order
    virtual table `note` was not opened: no such tokenizer: app_words
    the rows of `sorted` were not read: no such collation sequence: app_order
    restored `app.db` from `b.db`: 0 applied
    the pages and indexes of `sorted` were not looked at: no such collation sequence: app_order
    virtual table `note` was not opened: no such tokenizer: app_words
    ");
    // Where it is declared to be the application's, nobody needs to be told.
    sandbox.write(
        "runner.toml",
        "database = \"app.db\"\napplication_tokenizers = [\"app_*\"]\napplication_collations = [\"app_*\"]",
    );
    assert_eq!(sandbox.run(&["backup", "-o", "quiet.db"]).stdout, "backed up to `quiet.db`\n");
    // The index of another table is compared all the same.
    damage(&sandbox, "app.db");
    let refused = sandbox.run(&["backup", "-o", "d.db"]);
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
}
