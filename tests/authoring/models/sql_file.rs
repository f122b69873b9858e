//! Files of SQL: what is read, and what is refused with its line.

use insta::assert_snapshot;

use super::project::{facts, read, renames, with_sql};

/// What is refused, as one text: each file and what is said of it.
fn refused(files: &[&str]) -> String {
    let mut told = String::new();
    for file in files {
        let sandbox = with_sql(file);
        let outcome = sandbox.untouched(&["schema", "dump", "models"]);
        assert_eq!(outcome.code, Some(2), "{file}\n{}", outcome.shown());
        told += &format!("{}\n=> {}\n", file.replace('\0', "[NUL]"), outcome.stderr);
    }
    told
}

const SCHEMA: &str = "\u{feff}-- The game.
-- was: gamer
CREATE TABLE player (
  id INTEGER PRIMARY KEY, -- the key; of all
  name TEXT NOT NULL UNIQUE, -- was: nick
  score INTEGER NOT NULL DEFAULT 0 CHECK (score >= 0) /* ; */
);;

CREATE INDEX player_score ON player (score DESC) WHERE score > 0;
CREATE VIEW ranking AS SELECT name, score FROM player ORDER BY score DESC;
CREATE TRIGGER farewell AFTER DELETE ON player BEGIN
  INSERT INTO item(owner, what) VALUES (NULL, old.name || ';'); DELETE FROM item WHERE owner = old.id;
END;
CREATE TABLE item (owner INTEGER REFERENCES player (id) ON DELETE SET NULL, what TEXT);
CREATE VIRTUAL TABLE found USING fts5 (what, content = 'item')";

#[test]
fn every_statement_of_a_schema_is_run_in_its_order() {
    let sandbox = with_sql(SCHEMA);
    let outcome = sandbox.untouched(&["schema", "dump", "models"]).succeeded();
    assert_eq!(facts(&outcome.stdout), facts(SCHEMA.trim_start_matches('\u{feff}')));
    assert_eq!(
        renames(&sandbox),
        [
            r#"{"table":{"from":"gamer","to":"player"}}"#,
            r#"{"column":{"from":"nick","table":"player","to":"name"}}"#,
        ]
    );
}

#[test]
fn views_and_triggers_may_use_what_only_the_application_knows() {
    for text in [
        "CREATE TABLE a (x);\nCREATE VIEW v AS SELECT level_of(x) FROM a;",
        "CREATE TABLE a (x);\nCREATE VIEW v AS SELECT x FROM a ORDER BY x COLLATE german;",
        "CREATE TABLE a (x);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT notify(new.x); END;",
    ] {
        let outcome = read(&with_sql(text));
        assert_eq!(outcome.code, Some(0), "{}", outcome.shown());
    }
}

#[test]
fn an_empty_file_is_an_empty_schema() {
    for text in ["", "-- nothing yet\n", ";;\n /* */ ;"] {
        assert_eq!(read(&with_sql(text)).succeeded().stdout.trim(), "", "{text}");
    }
}

#[test]
fn lines_may_end_as_on_windows() {
    assert_eq!(renames(&with_sql(&SCHEMA.replace('\n', "\r\n"))).len(), 2);
}

#[test]
fn what_makes_no_part_of_a_schema_is_refused_with_its_line() {
    assert_snapshot!(refused(&[
        "CREATE TABLE a (x);\n\nINSERT INTO a VALUES (1);",
        "CREATE TABLE a (x); -- and\n  DROP TABLE a;",
        "PRAGMA foreign_keys = OFF;\nBEGIN;\nCREATE TABLE a (x);\nCOMMIT;",
        "CREATE TABLE a (x);\nALTER TABLE a ADD y;",
        "CREATE TABLE a (x);\nSELECT * FROM nothing;",
        "ATTACH 'other.db' AS other",
        "CREATE TABLE a (x);\nCREATE TEMP TABLE b (x);",
        "CREATE TABLE temp.b (x);",
        "CREATE TABLE a (x);\nCREATE TABLE _Runner_migrations (x);",
    ]));
}

#[test]
fn what_sqlite_refuses_is_told_in_its_words_with_the_line() {
    assert_snapshot!(refused(&[
        "CREATE TABLE a (x);\nCREATE TABLE b (\n  x INTEGER,\n  y TEXT NOT NUL\n);",
        "CREATE TABLE a (x);\nCREAT TABLE b (x);",
        "CREATE TABLE a (x);\n\nCREATE TABLE A (y);",
        "CREATE TABLE a (x);\nCREATE INDEX i ON a (x);\nCREATE INDEX i ON a (x);",
        "CREATE TABLE a (x);\nCREATE INDEX i ON a (y);",
        "CREATE TABLE a (x, x);",
        "CREATE TABLE a (x DATE) STRICT;",
        "CREATE TABLE a (x);\nCREATE TABLE sqlite_sequence(name,seq);",
        "CREATE TABLE a (x);\nCREATE TABLE b AS SELECT ?1 AS x;",
        "CREATE TABLE a (x);\n\0CREATE TABLE b (x);",
        "CREATE TABLE a (x",
        "CREATE TABLE a (x);\nCREATE VIEW v AS SELECT 'never ends",
    ]));
}

#[test]
fn what_sqlite_would_find_out_later_is_refused_now() {
    assert_snapshot!(refused(&[
        "CREATE TABLE a (x);\nCREATE TABLE b (\n  x REFERENCES nobody (id)\n);",
        "CREATE TABLE a (x);\nCREATE TABLE b (x REFERENCES a (x));",
        "CREATE TABLE a (x);\nCREATE VIEW v AS\n  SELECT y FROM a;",
        "CREATE TABLE a (x);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\nEND;",
        "CREATE TABLE a (\n  x,\n  CHECK (x > 0) -- was: y\n);",
        "CREATE TABLE a (x); -- was: b\nCREATE TABLE c (x);",
        "CREATE TABLE a (x);\n-- was: b\n",
    ]));
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let sandbox = with_sql("");
    std::fs::write(sandbox.path("schema.sql"), b"CREATE TABLE a (x); -- \xff").unwrap();
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "models"]).shown(), @"
    exit 2
    --- stderr
    error: cannot read `[ROOT]/schema.sql`
      caused by: it is not UTF-8
    hint: save it as UTF-8
    ");
}

#[test]
fn no_table_is_made_of_rows_and_no_query_is_run() {
    const WITHOUT_END: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    assert_snapshot!(refused(&[
        &format!("CREATE TABLE a (x);\nCREATE TABLE b AS {WITHOUT_END} SELECT i FROM n;"),
        "CREATE TABLE b AS VALUES (1), (2)",
        &format!("CREATE TEMP TABLE IF NOT EXISTS [b] AS/**/{WITHOUT_END} SELECT zeroblob(i) FROM n"),
    ]), @"
    CREATE TABLE a (x);
    CREATE TABLE b AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
    => error: line 2 of `schema.sql` makes a table of the rows of a query, and rows are no part of a schema
    hint: name its columns in place of `AS SELECT`: `runner schema dump FILE` shows those of a database that has it

    CREATE TABLE b AS VALUES (1), (2)
    => error: line 1 of `schema.sql` makes a table of the rows of a query, and rows are no part of a schema
    hint: name its columns in place of `AS SELECT`: `runner schema dump FILE` shows those of a database that has it

    CREATE TEMP TABLE IF NOT EXISTS [b] AS/**/WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(i) FROM n
    => error: line 1 of `schema.sql` makes a table of the rows of a query, and rows are no part of a schema
    hint: name its columns in place of `AS SELECT`: `runner schema dump FILE` shows those of a database that has it
    ");
    // Those of views and triggers are compiled, and not run.
    let endless = format!(
        "CREATE TABLE a (x INTEGER DEFAULT (abs(random())));
         CREATE VIEW v AS {WITHOUT_END} SELECT i FROM n;
         CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO a SELECT i FROM v; END;"
    );
    let outcome = read(&with_sql(&endless));
    assert_eq!(outcome.code, Some(0), "{}", outcome.shown());
}
