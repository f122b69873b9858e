//! The tables as the tools leave them, by the SQL that the tools run.

use std::time::Duration;

use rusqlite::Connection;

use super::*;
use crate::import::applied::Checksum;

fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

fn rows(sql: &str, tool: Tool) -> Vec<OldRow> {
    let connection = database(sql);
    let found = read(&connection, tool).unwrap().unwrap();
    // It is found by itself, too.
    if tool.source() == crate::import::HistorySource::Files && !found.tables.is_empty() {
        assert_eq!(detect(&connection, "app.db").unwrap(), found);
    }
    found.rows
}

fn versions(sql: &str, tool: Tool) -> Vec<String> {
    rows(sql, tool).into_iter().map(|row| row.version).collect()
}

fn refusal(sql: &str, tool: Tool) -> String {
    read(&database(sql), tool).unwrap_err().to_string()
}

const SQLX: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);";

#[test]
fn sqlx_has_a_moment_a_duration_and_a_checksum() {
    let sql = format!(
        "{SQLX} INSERT INTO _sqlx_migrations VALUES
         (20240131093000, 'create hero', '2024-02-01 10:00:00', TRUE, x'0102', 1500000),
         (20240201093000, 'add level', '2024-02-02 10:00:00', TRUE, x'03', -1)"
    );
    let found = rows(&sql, Tool::Sqlx);
    assert_eq!(found[0].version, "20240131093000");
    assert_eq!(found[0].applied_at, Some("2024-02-01T10:00:00Z".parse().unwrap()));
    assert_eq!(found[0].duration, Some(Duration::from_micros(1500)));
    assert_eq!(found[0].checksum, Some(Checksum::Sha384(vec![1, 2])));
    assert_eq!(found[1].duration, None);
    let failed = format!("{SQLX} INSERT INTO _sqlx_migrations VALUES (7, '', '', FALSE, x'', -1)");
    assert_eq!(
        refusal(&failed, Tool::Sqlx),
        "`7` is not done: `success` is false in the table `_sqlx_migrations`"
    );
}

#[test]
fn diesel_sea_orm_and_refinery_have_a_row_for_each() {
    let diesel = "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (
        version VARCHAR(50) PRIMARY KEY NOT NULL,
        run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
        INSERT INTO __diesel_schema_migrations (version) VALUES ('20240131093000');";
    assert_eq!(versions(diesel, Tool::Diesel), ["20240131093000"]);
    let sea_orm = r#"CREATE TABLE IF NOT EXISTS "seaql_migrations" (
        "version" varchar NOT NULL PRIMARY KEY, "applied_at" bigint NOT NULL );
        INSERT INTO "seaql_migrations" VALUES ('m20240131_000001_create_hero', 1706693400);"#;
    let found = rows(sea_orm, Tool::SeaOrm);
    assert_eq!(found[0].version, "m20240131_000001_create_hero");
    assert_eq!(found[0].applied_at, Some("2024-01-31T09:30:00Z".parse().unwrap()));
    let refinery = "CREATE TABLE IF NOT EXISTS refinery_schema_history(
        version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
        INSERT INTO refinery_schema_history VALUES
        (1, 'initial', '2024-01-31T09:30:00.123456789Z', '18446744073709551615');";
    assert_eq!(rows(refinery, Tool::Refinery)[0].checksum, Some(Checksum::Sip(u64::MAX)));
}

#[test]
fn tables_of_one_name_are_told_apart_by_their_columns_and_by_what_is_beside() {
    let golang = |dirty: bool| {
        format!(
            "CREATE TABLE schema_migrations (version uint64,dirty bool);
             CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
             INSERT INTO schema_migrations VALUES (18, {dirty})"
        )
    };
    let found = rows(&golang(false), Tool::GolangMigrate);
    assert_eq!((found[0].version.as_str(), found[0].reach), ("18", Reach::UpTo));
    let dirty = "`18` is not done: `dirty` is set in the table `schema_migrations`";
    assert_eq!(refusal(&golang(true), Tool::GolangMigrate), dirty);
    let dbmate =
        "CREATE TABLE IF NOT EXISTS \"schema_migrations\" (version varchar(128) primary key);
                  INSERT INTO schema_migrations VALUES ('20240131093000'), ('20240201093000');";
    assert_eq!(versions(dbmate, Tool::Dbmate), ["20240131093000", "20240201093000"]);
    let rails =
        format!("{dbmate} CREATE TABLE ar_internal_metadata (key, value, created_at, updated_at);");
    let found = detect(&database(&rails), "app.db").unwrap();
    assert_eq!(found.tool, Tool::Rails);
    assert_eq!(found.tables, ["schema_migrations", "ar_internal_metadata"]);
    let own =
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)";
    assert_eq!(
        refusal(own, Tool::Dbmate),
        "the columns of the table `schema_migrations` are not those that golang-migrate or Rails or dbmate \
         gives it, but `version`, `applied_at`"
    );
}

#[test]
fn of_goose_the_newest_row_of_a_version_counts() {
    let sql = "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT,
        version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
        tstamp TIMESTAMP DEFAULT (datetime('now')));
        INSERT INTO goose_db_version (version_id, is_applied) VALUES
        (0, 1), (1, 1), (2, 1), (3, 1), (2, 0), (3, 0), (3, 1);";
    assert_eq!(versions(sql, Tool::Goose), ["1", "3"]);
}

const FLYWAY: &str = r#"CREATE TABLE "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL,
    "checksum" INT, "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
    CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");"#;

#[test]
fn of_flyway_what_was_undone_does_not_count_and_a_baseline_reaches_back() {
    let insert = "INSERT INTO flyway_schema_history VALUES";
    let sql = format!(
        "{FLYWAY} {insert}
        (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', NULL, '', '2024-01-31 09:30:00.000', 0, 1),
        (2, '2', 'add level', 'SQL', 'V2__add_level.sql', -7, '', '2024-01-31 09:30:00.000', 12, 1),
        (3, '3', 'add name', 'SQL', 'V3__add_name.sql', 7, '', '2024-01-31 09:30:00.000', 12, 1),
        (4, NULL, 'views', 'SQL', 'R__views.sql', 7, '', '2024-01-31 09:30:00.000', 12, 1),
        (5, '3', 'add name', 'UNDO_SQL', 'U3__add_name.sql', 7, '', '2024-01-31 09:30:00.000', 12, 1);"
    );
    let found = read(&database(&sql), Tool::Flyway).unwrap().unwrap();
    let reaches: Vec<_> = found.rows.iter().map(|row| (row.version.as_str(), row.reach)).collect();
    assert_eq!(reaches, [("1", Reach::Baseline), ("2", Reach::One)]);
    assert_eq!(found.rows[1].checksum, Some(Checksum::Crc32(-7)));
    assert_eq!(found.rows[1].duration, Some(Duration::from_millis(12)));
    assert_eq!(found.skipped, ["`R__views.sql` is a repeatable script"]);
    let failed = format!("{FLYWAY} {insert} (1, '1', '', 'SQL', 'V1__a.sql', 1, '', '', 0, 0)");
    assert_eq!(
        refusal(&failed, Tool::Flyway),
        "`1` is not done: `success` is false in the table `flyway_schema_history`"
    );
}

const PRISMA: &str = r#"CREATE TABLE "_prisma_migrations" (
    "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME,
    "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);"#;

#[test]
fn of_prisma_an_attempt_that_was_rolled_back_is_skipped_and_one_that_failed_is_refused() {
    let insert = "INSERT INTO _prisma_migrations VALUES";
    let sql = format!(
        "{PRISMA} {insert}
        ('a', 'x', NULL, '20240131_init', 'no such table', 1706693460000, 1706693400000, 0),
        ('b', 'x', 1706693401500, '20240131_init', NULL, NULL, 1706693400000, 1);"
    );
    let found = read(&database(&sql), Tool::Prisma).unwrap().unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].duration, Some(Duration::from_millis(1500)));
    assert_eq!(found.skipped, ["an attempt at `20240131_init` was rolled back"]);
    let failed = format!("{PRISMA} {insert} ('a', 'x', NULL, '20240131_init', '', NULL, 1, 0)");
    assert_eq!(
        refusal(&failed, Tool::Prisma),
        "`20240131_init` is not done: `finished_at` is empty in the table `_prisma_migrations`"
    );
}

#[test]
fn drizzle_typeorm_and_a_number_in_the_header() {
    let drizzle = "CREATE TABLE IF NOT EXISTS \"__drizzle_migrations\"
        (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);";
    let row = "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('ab', 1706693400123);";
    let found = rows(&format!("{drizzle}{row}"), Tool::Drizzle);
    assert_eq!((found[0].version.as_str(), found[0].applied_at), ("1706693400123", None));
    let newer = "ALTER TABLE __drizzle_migrations ADD COLUMN name text;
        ALTER TABLE __drizzle_migrations ADD COLUMN applied_at TEXT;
        ALTER TABLE __drizzle_migrations ADD COLUMN version INT;";
    let unknown = "UPDATE __drizzle_migrations SET version = 2";
    assert_eq!(
        refusal(&format!("{drizzle}{row}{newer}{unknown}"), Tool::Drizzle),
        "the table `__drizzle_migrations` holds a row whose `version` is 2, which is unknown here"
    );
    let typeorm = r#"CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
        "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
        INSERT INTO migrations VALUES (1, 1706693400123, 'CreateHero1706693400123');"#;
    assert_eq!(versions(typeorm, Tool::TypeOrm), ["1706693400123"]);
    let header = rows("PRAGMA user_version = 3", Tool::RusqliteMigration);
    assert_eq!((header[0].version.as_str(), header[0].reach), ("3", Reach::UpTo));
}

#[test]
fn tools_whose_migrations_are_code_have_names() {
    for (sql, tool, names) in [
        (
            r#"CREATE TABLE "migratehistory" ("id" INTEGER NOT NULL PRIMARY KEY,
               "name" VARCHAR(255) NOT NULL, "migrated_at" DATETIME NOT NULL);
               INSERT INTO migratehistory VALUES (1, '001_init', '2024-01-31 09:30:00.5');"#,
            Tool::PeeweeMigrate,
            ["001_init"],
        ),
        (
            r#"CREATE TABLE "schema_migration" ("id" INTEGER NOT NULL PRIMARY KEY,
               "name" VARCHAR(255) NOT NULL, "applied" DATETIME NOT NULL);
               INSERT INTO schema_migration VALUES (1, '0001_init', '2024-01-31 09:30:00.5');"#,
            Tool::Pwmigrate,
            ["0001_init"],
        ),
        (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,
               CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
               INSERT INTO alembic_version VALUES ('ae1027a6acf');",
            Tool::Alembic,
            ["ae1027a6acf"],
        ),
        (
            r#"CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
               "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
               INSERT INTO django_migrations VALUES (1, 'game', '0001_initial', '2024-01-31 09:30:00.5');"#,
            Tool::Django,
            ["game.0001_initial"],
        ),
        (
            "CREATE TABLE [_sqlite_migrations] ([id] INTEGER PRIMARY KEY, [migration_set] TEXT,
               [name] TEXT, [applied_at] TEXT);
               INSERT INTO _sqlite_migrations VALUES
               (1, 'game', 'm001', '2024-01-31 09:30:00.000000+00:00');",
            Tool::SqliteUtils,
            ["game.m001"],
        ),
    ] {
        let found = detect(&database(sql), "app.db").unwrap();
        assert_eq!(found.tool, tool);
        assert_eq!(found.rows.iter().map(|row| row.version.as_str()).collect::<Vec<_>>(), names);
        assert_eq!(found.last_moment().is_some(), tool != Tool::Alembic, "{tool}");
    }
}

#[test]
fn a_database_of_two_tools_or_of_none_is_refused() {
    let two = format!("{SQLX} CREATE TABLE alembic_version (version_num VARCHAR(32));");
    let error = detect(&database(&two), "app.db").unwrap_err();
    assert_eq!(error.to_string(), "`app.db` holds the histories of sqlx and Alembic");
    let error = detect(&database(""), "app.db").unwrap_err();
    assert_eq!(error.to_string(), "`app.db` holds the history of no tool that is known");
    let laravel = "CREATE TABLE migrations (id INTEGER, migration VARCHAR, batch INTEGER)";
    assert!(matches!(
        detect(&database(laravel), "app.db"),
        Err(AppliedError::UnknownFormat { .. })
    ));
    assert_eq!(detect(&database("PRAGMA user_version = 4"), "").unwrap().tool, Tool::UserVersion);
}
