//! `runner schema`: a schema as SQL, in comparison, as a picture.

use std::fs;

use crate::sandbox::Sandbox;
use insta::assert_snapshot;
use rusqlite::Connection;

const PLAYER: &str =
    "create table PLAYER(id integer primary key, /* shown */ name varchar( 40 ) not null unique);
    create index by_name on PLAYER(name collate nocase) where name<>'' ;";
const ITEM: &str =
    "CREATE TABLE item (what TEXT, owner INTEGER REFERENCES player (id) ON DELETE CASCADE);
    CREATE VIEW owned AS SELECT name, what FROM item JOIN player ON owner = id;";

fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_item"), ITEM, "DROP VIEW owned; DROP TABLE item");
    sandbox.sql_migration(&format!("{name}_player"), PLAYER, "DROP TABLE player");
    sandbox
}

#[test]
fn a_dump_is_what_all_migrations_give_whatever_the_database_has() {
    let sandbox = project("schema_dump");
    sandbox.database().execute_batch("CREATE TABLE by_hand (x)").unwrap();
    let dump = sandbox.untouched(&["schema", "dump"]);
    assert_snapshot!(dump.shown(), @"
    exit 0
    --- stdout
    CREATE TABLE PLAYER (
      id INTEGER PRIMARY KEY,
      name VARCHAR(40) NOT NULL UNIQUE
    );

    CREATE INDEX by_name ON PLAYER (name COLLATE nocase) WHERE name <> '';

    CREATE TABLE item (
      what TEXT,
      owner INTEGER REFERENCES player (id) ON DELETE CASCADE
    );

    CREATE VIEW owned AS SELECT name, what FROM item JOIN player ON owner = id;
    ");
    let again = Connection::open_in_memory().unwrap();
    again.execute_batch(&dump.stdout).unwrap();
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "database"]).shown(), @"
    exit 0
    --- stdout
    CREATE TABLE by_hand (
      x
    );
    ");
}

#[test]
fn a_dump_is_a_schema_to_compare_with() {
    let sandbox = project("schema_file");
    assert_snapshot!(sandbox.run(&["schema", "dump", "-o", "schema.sql"]).shown(), @"exit 0");
    assert_snapshot!(sandbox.run(&["schema", "diff", "migrations", "schema.sql"]).shown(), @"
    exit 0
    --- stdout
    the migrations and `schema.sql` are the same
    ");
    let sql = sandbox.read("schema.sql").replace("NOT NULL UNIQUE", "UNIQUE");
    sandbox.write("schema.sql", &(sql + "\nCREATE TABLE farewell (name TEXT);\n"));
    assert_snapshot!(sandbox.untouched(&["schema", "diff", "migrations", "schema.sql"]).shown(), @"
    exit 0
    --- stdout
    --- the migrations
    +++ `schema.sql`
    +CREATE TABLE farewell (
    +  name TEXT
    +);
    +
     CREATE TABLE PLAYER (
       id INTEGER PRIMARY KEY,
    -  name VARCHAR(40) NOT NULL UNIQUE
    +  name VARCHAR(40) UNIQUE
     );

     CREATE INDEX by_name ON PLAYER (name COLLATE nocase) WHERE name <> '';
    create table `farewell` with column `name`
    drop NOT NULL of column `name` of table `PLAYER`
    ");
    assert_snapshot!(
        sandbox.untouched(&["schema", "diff", "schema.sql", "migrations", "--json"]).shown(),
        @r#"
    exit 0
    --- stdout
    {
      "from": "`schema.sql`",
      "left_out": [],
      "lines": [
        {
          "side": "from",
          "text": "CREATE TABLE farewell ("
        },
        {
          "side": "from",
          "text": "  name TEXT"
        },
        {
          "side": "from",
          "text": ");"
        },
        {
          "side": "from",
          "text": ""
        },
        {
          "side": "both",
          "text": "CREATE TABLE PLAYER ("
        },
        {
          "side": "both",
          "text": "  id INTEGER PRIMARY KEY,"
        },
        {
          "side": "from",
          "text": "  name VARCHAR(40) UNIQUE"
        },
        {
          "side": "to",
          "text": "  name VARCHAR(40) NOT NULL UNIQUE"
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
          "side": "both",
          "text": "CREATE INDEX by_name ON PLAYER (name COLLATE nocase) WHERE name <> '';"
        }
      ],
      "operations": [
        "make column `name` of table `PLAYER` NOT NULL",
        "drop table `farewell`"
      ],
      "same": false,
      "to": "the migrations"
    }
    "#
    );
}

#[test]
fn the_order_of_columns_counts_where_it_is_asked_for() {
    let sandbox = project("schema_order");
    sandbox.write("a.sql", "CREATE TABLE t (a, b);");
    sandbox.write("b.sql", "CREATE TABLE t (b, a);");
    assert_snapshot!(sandbox.untouched(&["schema", "diff", "a.sql", "b.sql"]).shown(), @"
    exit 0
    --- stdout
    `a.sql` and `b.sql` are the same
    ");
    assert_snapshot!(
        sandbox.untouched(&["schema", "diff", "a.sql", "b.sql", "--column-order"]).shown(),
        @"
    exit 0
    --- stdout
    --- `a.sql`
    +++ `b.sql`
     CREATE TABLE t (
    +  b,
       a
    -  b
     );
    put columns `b`, `a` first in table `t`
    "
    );
}

#[test]
fn a_rename_that_is_told_of_is_no_loss() {
    let sandbox = project("schema_rename");
    sandbox.write("a.sql", "CREATE TABLE t (xp INTEGER);");
    sandbox.write("b.sql", "CREATE TABLE t (experience INTEGER);");
    assert_snapshot!(sandbox.untouched(&["schema", "diff", "a.sql", "b.sql"]).shown(), @"
    exit 0
    --- stdout
    --- `a.sql`
    +++ `b.sql`
     CREATE TABLE t (
    -  xp INTEGER
    +  experience INTEGER
     );
    add column `experience` INTEGER to table `t`
    drop column `xp` of table `t`
    ");
    assert_snapshot!(
        sandbox
            .untouched(&["schema", "diff", "a.sql", "b.sql", "--rename", "t.xp:experience"])
            .shown(),
        @"
    exit 0
    --- stdout
    --- `a.sql`
    +++ `b.sql`
     CREATE TABLE t (
    -  xp INTEGER
    +  experience INTEGER
     );
    rename column `xp` of table `t` to `experience`
    "
    );
    assert_snapshot!(
        sandbox.untouched(&["schema", "diff", "a.sql", "b.sql", "--rename", "t.yp:score"]).shown(),
        @r#"
    exit 2
    --- stderr
    error: table `t` has no column `yp` to rename to `score`: take the rename away
    hint: nothing was written; names are those of the migrations and of the models; `--rename player.xp:experience` names one
    "#
    );
}

#[test]
fn a_file_that_is_not_there_or_no_schema_is_named() {
    let sandbox = project("schema_absent");
    sandbox.write("broken.sql", "CREATE TABLE t (a);\nCREATE TABLE t (b);\n");
    sandbox.write("data.sql", "CREATE TABLE t (a);\nINSERT INTO t VALUES (1);\n");
    sandbox.write(
        "text.db",
        "this is no database, and it is long enough to be looked at as one. ".repeat(9).as_str(),
    );
    for file in ["absent.sql", "broken.sql", "data.sql", "absent.db", "text.db", "models"] {
        let outcome = sandbox.untouched(&["schema", "dump", file]);
        insta::with_settings!({ snapshot_suffix => file }, {
            assert_snapshot!(outcome.shown());
        });
    }
    assert!(!fs::exists(sandbox.path("absent.db")).unwrap());
}

#[test]
fn a_diagram_shows_every_table_and_what_refers_to_what() {
    let sandbox = project("schema_diagram");
    assert_snapshot!(sandbox.untouched(&["schema", "diagram", "--mermaid"]).shown(), @r#"
    exit 0
    --- stdout
    erDiagram
        "item" {
            TEXT what
            INTEGER owner FK
        }
        "PLAYER" {
            integer id PK
            varchar(_40_) name UK
        }
        "item" }o--o| "PLAYER" : "owner"
    "#);
    sandbox.run(&["schema", "diagram", "-o", "schema.svg"]).succeeded();
    let svg = sandbox.read("schema.svg");
    assert!(svg.starts_with("<svg") && svg.contains("PLAYER") && svg.contains("owner"), "{svg}");
}

/// As an application leaves it that has a collation, a function, a tokenizer and a module of its own.
const OF_AN_APPLICATION: &str = "
    CREATE TABLE place (name TEXT, pages TEXT); CREATE INDEX by_name ON place (name);
    CREATE VIRTUAL TABLE page USING fts5(text); CREATE VIEW near AS SELECT * FROM area;
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = 'CREATE INDEX by_name ON place (name COLLATE de, slug(name))'
      WHERE name = 'by_name';
    UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE page USING fts5(text, tokenize = stem)'
      WHERE name = 'page';
    INSERT INTO sqlite_schema VALUES ('table', 'area', 'area', 0, 'CREATE VIRTUAL TABLE area USING geo(shape)');";

#[test]
fn what_needs_the_application_is_left_out_and_stops_no_look_at_the_rest() {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(OF_AN_APPLICATION).unwrap();
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "database"]).shown(), @"
    exit 0
    --- stdout
    CREATE TABLE place (
      name TEXT,
      pages TEXT
    );

    CREATE INDEX by_name ON place (name COLLATE de, slug(name));

    CREATE VIEW near AS SELECT * FROM area;
    --- stderr
    note: left out of the database `app.db`: the virtual table `page` (no such tokenizer: stem)
    note: left out of the database `app.db`: the virtual table `area` (no such module: geo)
    ");
    sandbox.write("other.sql", "CREATE TABLE place (name TEXT, pages TEXT);");
    assert_snapshot!(sandbox.untouched(&["schema", "diff", "database", "other.sql"]).shown(), @"
    exit 0
    --- stdout
    --- the database `app.db`
    +++ `other.sql`
       name TEXT,
       pages TEXT
     );
    -
    -CREATE INDEX by_name ON place (name COLLATE de, slug(name));
    -
    -CREATE VIEW near AS SELECT * FROM area;
    execute `DROP VIEW near`
    drop index `by_name`
    --- stderr
    note: left out of the database `app.db`: the virtual table `page` (no such tokenizer: stem)
    note: left out of the database `app.db`: the virtual table `area` (no such module: geo)
    ");
    let json = sandbox.untouched(&["schema", "diff", "other.sql", "database", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let left_out = json["left_out"].as_array().unwrap();
    assert!(left_out.iter().map(|it| &it["name"]).eq(["page", "area"]), "{json:#}");
    let diagram = sandbox.untouched(&["schema", "diagram", "database", "--mermaid"]);
    assert!(diagram.stdout.contains("\"place\"") && diagram.stderr.contains("`area`"));
    for command in [&["status"][..], &["check", "--paranoid"], &["backup"]] {
        sandbox.run(command).succeeded();
    }
}

#[test]
fn files_are_compared_without_a_project_and_the_exit_says_whether_they_differ() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "a.sql",
        "CREATE TABLE player (id INTEGER PRIMARY KEY, is_gone BOOLEAN DEFAULT FALSE);",
    );
    sandbox
        .write("b.sql", "create table Player (ID integer primary key, is_gone boolean default 0);");
    let diff = ["schema", "diff", "a.sql", "b.sql", "--exit-code"];
    assert_snapshot!(sandbox.untouched(&diff).shown(), @"
    exit 0
    --- stdout
    `a.sql` and `b.sql` are the same
    ");
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "b.sql"]).shown(), @"
    exit 0
    --- stdout
    CREATE TABLE Player (
      ID INTEGER PRIMARY KEY,
      is_gone BOOLEAN DEFAULT 0
    );
    ");
    sandbox
        .write("b.sql", "create table Player (ID integer primary key, is_gone boolean default 1);");
    assert_snapshot!(sandbox.untouched(&diff).shown(), @"
    exit 1
    --- stdout
    --- `a.sql`
    +++ `b.sql`
     CREATE TABLE Player (
       ID INTEGER PRIMARY KEY,
    -  is_gone BOOLEAN DEFAULT FALSE
    +  is_gone BOOLEAN DEFAULT 1
     );
    set the default of column `is_gone` of table `player` to 1
    --- stderr
    error: `a.sql` and `b.sql` differ
    ");
    assert_eq!(sandbox.untouched(&diff[..4]).code, Some(0));
    let other = sandbox.untouched(&["schema", "diff", "a.sql", "database"]);
    assert!(other.code == Some(2) && other.stderr.contains("runner.toml"), "{other:?}");
}

#[test]
fn the_schema_file_is_written_where_a_migration_changed_the_schema() {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nschema_file = \"schema.dump.sql\"\n");
    sandbox.sql_migration(
        "schema_file_1",
        "create table Pet (id integer primary key)",
        "DROP TABLE Pet",
    );
    sandbox.sql_migration("schema_file_2", "INSERT INTO pet DEFAULT VALUES", "DELETE FROM pet");
    let wrote = |arguments: &[&str]| {
        let outcome = sandbox.run(arguments).succeeded();
        outcome.stdout.lines().any(|line| line == "wrote schema.dump.sql")
    };
    assert!(!wrote(&["migrate", "--dry-run"]) && !sandbox.path("schema.dump.sql").exists());
    assert!(wrote(&["migrate", "--steps", "1"]));
    assert_snapshot!(sandbox.read("schema.dump.sql"), @"
    -- Written by runner, which changes it with each migration.

    CREATE TABLE Pet (
      id INTEGER PRIMARY KEY
    );
    ");
    assert!(!wrote(&["migrate"]) && !wrote(&["redo"]));
    sandbox.run(&["backup", "-o", "whole.db"]).succeeded();
    assert!(wrote(&["migrate", "--backward", "--all"]));
    assert!(wrote(&["fresh", "--yes"]));
    assert!(wrote(&["down", "--all"]) && wrote(&["restore", "whole.db"]));
    assert!(wrote(&["down", "--all"]));
    assert_snapshot!(sandbox.read("schema.dump.sql"), @"-- Written by runner, which changes it with each migration.");
    sandbox.write("schema.dump.sql", "CREATE TABLE mine (x);");
    let kept = sandbox.run(&["migrate", "--steps", "1"]).succeeded();
    assert_snapshot!(kept.stderr, @"note: `schema.dump.sql` was not written: it is no `schema_file` that runner wrote; remove it, or name another");
    assert_eq!(sandbox.read("schema.dump.sql"), "CREATE TABLE mine (x);");
}
