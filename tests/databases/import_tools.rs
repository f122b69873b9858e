//! Each tool's folder and table, as the tool leaves them half way: two of three migrations are applied.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::sandbox::{Sandbox, rows};

const FIRST: &str = "CREATE TABLE hero (id INTEGER PRIMARY KEY);\n";
const SECOND: &str = "ALTER TABLE hero ADD COLUMN level INTEGER;\n";
const THIRD: &str = "CREATE TABLE item (id INTEGER);\n";

/// Imports the folder that has `names` for the three, of which each may be in a `form` around its SQL, and the
/// database in which `table` has the first two. Shows what is recorded then.
#[track_caller]
fn recorded(tool: &str, names: [&str; 3], form: impl Fn(&str) -> String, table: &str) -> String {
    let sandbox = Sandbox::project();
    for (name, sql) in names.iter().zip([FIRST, SECOND, THIRD]) {
        sandbox.write(format!("old/{name}"), &form(sql));
    }
    imported(&sandbox, tool, table)
}

#[track_caller]
fn imported(sandbox: &Sandbox, tool: &str, table: &str) -> String {
    let database = sandbox.database();
    database.execute_batch(&format!("{FIRST}{SECOND}{table}")).unwrap();
    let outcome = sandbox.run(&["import", "old", "--from", tool]).succeeded();
    let next = "next: `runner migrate` applies 1 pending migration";
    assert!(outcome.stdout.contains(next), "{}", outcome.stdout);
    shown(&database)
}

fn shown(database: &Connection) -> String {
    let recorded = "SELECT id, CASE WHEN applied_at < '2025' THEN applied_at END, duration_us FROM _runner_migrations";
    rows(database, recorded)
}

fn plain(sql: &str) -> String {
    sql.to_owned()
}

#[test]
fn diesel() {
    let names = [
        "2024-01-31-093000_create_hero/up.sql",
        "2024-02-01-093000_add_level/up.sql",
        "2024-02-02-093000_create_item/up.sql",
    ];
    let table = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO __diesel_schema_migrations VALUES
         ('20240131093000', '2024-03-01 10:00:00'), ('20240201093000', '2024-03-02 10:00:00');";
    assert_snapshot!(recorded("diesel", names, plain, table), @r#"
    Text("20240131_093000_create_hero"), Text("2024-03-01T10:00:00.000Z"), Integer(0)
    Text("20240201_093000_add_level"), Text("2024-03-02T10:00:00.000Z"), Integer(0)
    "#);
}

#[test]
fn refinery() {
    let names = ["V1__create_hero.sql", "V2__add_level.sql", "V10__create_item.sql"];
    let table = "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255),
         applied_on VARCHAR(255), checksum VARCHAR(255));
         INSERT INTO refinery_schema_history VALUES
         (1, 'create_hero', '2024-03-01T10:00:00.5Z', '623869805677405724'),
         (2, 'add_level', '2024-03-02T10:00:00.5Z', '843199137062687944');";
    assert_snapshot!(recorded("refinery", names, plain, table), @r#"
    Text("20000101_000001_create_hero"), Text("2024-03-01T10:00:00.500Z"), Integer(0)
    Text("20000101_000002_add_level"), Text("2024-03-02T10:00:00.500Z"), Integer(0)
    "#);
}

#[test]
fn sea_orm() {
    let names = [
        "m20240131_000001_create_hero.sql",
        "m20240201_000001_add_level.sql",
        "m20240202_000001_create_item.sql",
    ];
    let table = "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
         INSERT INTO seaql_migrations VALUES ('m20240131_000001_create_hero', 1709287200),
         ('m20240201_000001_add_level', 1709287201);";
    assert_snapshot!(recorded("sea-orm", names, plain, table), @r#"
    Text("20240131_000001_create_hero"), Text("2024-03-01T10:00:00.000Z"), Integer(0)
    Text("20240201_000001_add_level"), Text("2024-03-01T10:00:01.000Z"), Integer(0)
    "#);
}

#[test]
fn dbmate() {
    let names = [
        "20240131093000_create_hero.sql",
        "20240201093000_add_level.sql",
        "20240202093000_create_item.sql",
    ];
    let table = "CREATE TABLE schema_migrations (version varchar(128) primary key);
         INSERT INTO schema_migrations VALUES ('20240131093000'), ('20240201093000');";
    let form = |sql: &str| format!("-- migrate:up\n{sql}\n-- migrate:down\nSELECT 1;\n");
    assert_snapshot!(recorded("dbmate", names, form, table), @r#"
    Text("20240131_093000_create_hero"), Null, Integer(0)
    Text("20240201_093000_add_level"), Null, Integer(0)
    "#);
}

#[test]
fn goose() {
    let names = ["00001_create_hero.sql", "00002_add_level.sql", "00003_create_item.sql"];
    let table = "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
         is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
         INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (0, 1, '2024-03-01 09:00:00'),
         (1, 1, '2024-03-01 10:00:00'), (2, 1, '2024-03-02 10:00:00'), (3, 1, '2024-03-03 10:00:00'),
         (3, 0, '2024-03-04 10:00:00');";
    let form = |sql: &str| format!("-- +goose Up\n{sql}\n-- +goose Down\nSELECT 1;\n");
    assert_snapshot!(recorded("goose", names, form, table), @r#"
    Text("20000101_000001_create_hero"), Text("2024-03-01T10:00:00.000Z"), Integer(0)
    Text("20000101_000002_add_level"), Text("2024-03-02T10:00:00.000Z"), Integer(0)
    "#);
}

#[test]
fn golang_migrate() {
    let names =
        ["000001_create_hero.up.sql", "000002_add_level.up.sql", "000003_create_item.up.sql"];
    let table = "CREATE TABLE schema_migrations (version uint64,dirty bool);
         CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
         INSERT INTO schema_migrations VALUES (2, false);";
    assert_snapshot!(recorded("golang-migrate", names, plain, table), @r#"
    Text("20000101_000001_create_hero"), Null, Integer(0)
    Text("20000101_000002_add_level"), Null, Integer(0)
    "#);
}

#[test]
fn flyway() {
    let names = ["V1__create_hero.sql", "V1.1__add_level.sql", "V2__create_item.sql"];
    let table = "CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50),
         description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT,
         installed_by VARCHAR(100) NOT NULL, installed_on TEXT NOT NULL, execution_time INT NOT NULL,
         success BOOLEAN NOT NULL);
         CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);
         INSERT INTO flyway_schema_history VALUES
         (1, '1', 'create hero', 'SQL', 'V1__create_hero.sql', -1442149437, '', '2024-03-01 10:00:00.000', 12, 1),
         (2, '1.1', 'add level', 'SQL', 'V1.1__add_level.sql', -1042274597, '', '2024-03-02 10:00:00.000', 13, 1);";
    assert_snapshot!(recorded("flyway", names, plain, table), @r#"
    Text("20000101_000001_create_hero"), Text("2024-03-01T10:00:00.000Z"), Integer(12000)
    Text("20000101_000002_add_level"), Text("2024-03-02T10:00:00.000Z"), Integer(13000)
    "#);
}

#[test]
fn rusqlite_migration() {
    let names = ["01-create_hero/up.sql", "02-add_level/up.sql", "03-create_item/up.sql"];
    assert_snapshot!(recorded("rusqlite_migration", names, plain, "PRAGMA user_version = 2"), @r#"
    Text("20000101_000001_create_hero"), Null, Integer(0)
    Text("20000101_000002_add_level"), Null, Integer(0)
    "#);
}

#[test]
fn drizzle() {
    let names = ["0000_create_hero.sql", "0001_add_level.sql", "0002_create_item.sql"];
    let table = "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);
         INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('900874a2a8df717b7c9d08f810ccdafc9362702e3ee9d86ac381a3f89ee8322e', 1706693400123),
         ('148ef8d21e78485210c84b9f788e5349e02245003a9886082fcc6fa8ab86d21b', 1706779800123);";
    let sandbox = Sandbox::project();
    for (name, sql) in names.iter().zip([FIRST, SECOND, THIRD]) {
        sandbox.write(format!("old/{name}"), sql);
    }
    let journal = r#"{"version": "7", "dialect": "sqlite", "entries": [
        {"idx": 0, "version": "6", "when": 1706693400123, "tag": "0000_create_hero", "breakpoints": true},
        {"idx": 1, "version": "6", "when": 1706779800123, "tag": "0001_add_level", "breakpoints": true},
        {"idx": 2, "version": "6", "when": 1706866200123, "tag": "0002_create_item", "breakpoints": true}]}"#;
    sandbox.write("old/meta/_journal.json", journal);
    assert_snapshot!(imported(&sandbox, "drizzle", table), @r#"
    Text("20240131_093000_create_hero"), Null, Integer(0)
    Text("20240201_093000_add_level"), Null, Integer(0)
    "#);
}

#[test]
fn typeorm() {
    let names = [
        "1706693400123-CreateHero.sql",
        "1706779800123-AddLevel.sql",
        "1706866200123-CreateItem.sql",
    ];
    let table = "CREATE TABLE migrations (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, timestamp bigint NOT NULL,
         name varchar NOT NULL);
         INSERT INTO migrations (timestamp, name) VALUES (1706693400123, 'CreateHero1706693400123'),
         (1706779800123, 'AddLevel1706779800123');";
    assert_snapshot!(recorded("typeorm", names, plain, table), @r#"
    Text("20240131_093000_create_hero"), Null, Integer(0)
    Text("20240201_093000_add_level"), Null, Integer(0)
    "#);
}

#[test]
fn prisma() {
    let names = [
        "20240131093000_create_hero/migration.sql",
        "20240201093000_add_level/migration.sql",
        "20240202093000_create_item/migration.sql",
    ];
    let table = "CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL,
         finished_at DATETIME, migration_name TEXT NOT NULL, logs TEXT, rolled_back_at DATETIME,
         started_at DATETIME NOT NULL DEFAULT current_timestamp,
         applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0);
         INSERT INTO _prisma_migrations VALUES
         ('a', '900874a2a8df717b7c9d08f810ccdafc9362702e3ee9d86ac381a3f89ee8322e', 1709287201500, '20240131093000_create_hero', NULL, NULL, 1709287200000, 1),
         ('b', '148ef8d21e78485210c84b9f788e5349e02245003a9886082fcc6fa8ab86d21b', 1709287202500, '20240201093000_add_level', NULL, NULL, 1709287202000, 1),
         ('c', 'x', NULL, '20240202093000_create_item', 'no such table', 1709287204000, 1709287203000, 0);";
    assert_snapshot!(recorded("prisma", names, plain, table), @r#"
    Text("20240131_093000_create_hero"), Text("2024-03-01T10:00:01.500Z"), Integer(1500000)
    Text("20240201_093000_add_level"), Text("2024-03-01T10:00:02.500Z"), Integer(500000)
    "#);
}
