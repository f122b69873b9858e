//! Databases that another tool has migrated: what it says is applied is applied here, if the schema is there.

use std::fs;

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::sandbox::{Outcome, Sandbox, rows, sql_source};

/// A folder of sqlx: the names of its files, their SQL, and the SHA-384 of that.
const FILES: [(&str, &str, &str); 3] = [
    (
        "20240131093000_create_hero.sql",
        "CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n",
        "c07e31883bac438f50c70710069f290e5f1bc006807e543ae9de55d505f325cd25aab9835e1d2ca91452434ccf94554b",
    ),
    (
        "20240201093000_add_level.sql",
        "ALTER TABLE hero ADD COLUMN level INTEGER NOT NULL DEFAULT 1;\nCREATE INDEX hero_by_level ON hero (level);\n",
        "e4996486b2d1cdd2e06c2ac8224c4f281fcd4588a61072225849fea2b37dcc56896e9954149e6c3b080d080450e8884b",
    ),
    (
        "20240202093000_create_item.sql",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES hero (id));\n",
        "46968a19cb60d6b8e5da4786309100602c0459a5732f59941dcc90186f634874b2a2425e9a76793d35befbf98a9c1747",
    ),
];

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
";

/// A project beside the folder of sqlx.
fn project() -> Sandbox {
    let sandbox = Sandbox::project();
    for (name, sql, _) in FILES {
        sandbox.write(format!("old/{name}"), sql);
    }
    sandbox
}

/// Does to the database what sqlx does for the first `count` files.
fn sqlx(connection: &Connection, count: usize) {
    connection.execute_batch(TABLE).unwrap();
    for (at, (name, sql, checksum)) in FILES.iter().take(count).enumerate() {
        let (version, description) = name.trim_end_matches(".sql").split_once('_').unwrap();
        connection.execute_batch(sql).unwrap();
        let row = format!(
            "INSERT INTO _sqlx_migrations VALUES ({version}, '{description}', '2024-03-0{} 10:00:00', \
             TRUE, x'{checksum}', 1500000)",
            at + 1
        );
        connection.execute_batch(&row).unwrap();
    }
}

fn half_way() -> Sandbox {
    let sandbox = project();
    sqlx(&sandbox.database(), 2);
    sandbox.database().execute_batch("INSERT INTO hero (name) VALUES ('Odo')").unwrap();
    sandbox
}

const HISTORY: &str = "SELECT id, applied_at, duration_us FROM _runner_migrations ORDER BY id";

#[test]
fn a_database_that_sqlx_has_half_way_goes_on_to_the_end() {
    let sandbox = half_way();
    assert_snapshot!(sandbox.untouched(&["import", "old", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    20240131093000_create_hero.sql becomes [STAMP]_create_hero
    20240201093000_add_level.sql becomes [STAMP]_add_level
    20240202093000_create_item.sql becomes [STAMP]_create_item
    would make 3 migrations in `migrations`: [STAMP]_create_hero to [STAMP]_create_item
    would record 2 migrations as applied in `app.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_add_level
    dry run: nothing was written
    ");
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    made 3 migrations in `migrations`: [STAMP]_create_hero to [STAMP]_create_item
    recorded 2 migrations as applied in `app.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_add_level
    kept `_sqlx_migrations`: `exclude_tables` in `runner.toml` leaves it out of comparisons of the schema
    next: `runner migrate` applies 1 pending migration
    ");
    assert_snapshot!(rows(&sandbox.database(), HISTORY), @r#"
    Text("20240131_093000_create_hero"), Text("2024-03-01T10:00:00.000Z"), Integer(1500)
    Text("20240201_093000_add_level"), Text("2024-03-02T10:00:00.000Z"), Integer(1500)
    "#);
    assert_snapshot!(sandbox.run(&["history"]).shown(), @"
    exit 0
    --- stdout
    [TIME]  [WHO]  recorded [STAMP]_create_hero as applied: sqlx has it as `20240131093000` in the table `_sqlx_migrations`, and the schema is that of the migrations applied there
    [TIME]  [WHO]  recorded [STAMP]_add_level as applied: sqlx has it as `20240201093000` in the table `_sqlx_migrations`, and the schema is that of the migrations applied there
    ");
    assert!(sandbox.read("runner.toml").contains("exclude_tables = [\"_sqlx_migrations\"]"));
    // Once more, nothing is left to do.
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    3 migrations there already, with the same SQL
    the table `_sqlx_migrations` of `app.db` has nothing that is not recorded
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_create_item ([N] ms)
    applied 1 migration: `app.db` has 3 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["schema", "diff", "migrations", "database"]).shown(), @"
    exit 0
    --- stdout
    the migrations and the database `app.db` are the same
    ");
    assert_snapshot!(rows(&sandbox.database(), "SELECT name, level FROM hero"), @r#"  Text("Odo"), Integer(1)"#);
    let drop = "DROP TABLE IF EXISTS _sqlx_migrations";
    sandbox.migration_called("20250101_000000_forget_sqlx", &sql_source(drop, "SELECT 1"));
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_forget_sqlx ([N] ms)
    applied 1 migration: `app.db` has 4 applied, 0 pending
    ");

    // Another database, which sqlx has further, with what is built.
    sqlx(&Connection::open(sandbox.path("other.db")).unwrap(), 3);
    assert_snapshot!(sandbox.run(&["import", "old", "--database", "other.db"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    3 migrations there already, with the same SQL
    recorded 3 migrations as applied in `other.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_create_item
    ");
    assert_snapshot!(sandbox.run(&["status", "--database", "other.db"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_create_hero  [TIME]
    [x] [STAMP]_add_level    [TIME]
    [x] [STAMP]_create_item  [TIME]
    [ ] [STAMP]_forget_sqlx
    3 applied, 1 pending
    ");

    // Where no sources are, the bundle has the migrations and the folder the proof.
    sandbox.run(&["bundle", "-o", "app.bundle"]).succeeded();
    sqlx(&Connection::open(sandbox.path("live.db")).unwrap(), 1);
    let live = ["import", "old", "--database", "live.db", "--bundle", "app.bundle"];
    assert_snapshot!(sandbox.run(&live).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    recorded 1 migration as applied in `live.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero
    next: `runner migrate` applies 2 pending migrations
    ");
}

/// What is written before the history is recorded is what an import without a database writes.
#[test]
fn crates_without_a_history_are_finished_by_the_same_command() {
    let sandbox = project();
    sandbox.run(&["import", "old"]).succeeded();
    sqlx(&sandbox.database(), 2);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    3 migrations there already, with the same SQL
    recorded 2 migrations as applied in `app.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_add_level
    kept `_sqlx_migrations`: `exclude_tables` in `runner.toml` leaves it out of comparisons of the schema
    next: `runner migrate` applies 1 pending migration
    ");
    assert_eq!(rows(&sandbox.database(), HISTORY).lines().count(), 2);
}

fn refused(sandbox: &Sandbox) -> Outcome {
    let outcome = sandbox.untouched(&["import", "old"]);
    assert_ne!(outcome.code, Some(0), "{}", outcome.shown());
    outcome
}

#[test]
fn a_database_that_is_not_what_its_migrations_give_is_refused_with_the_place_where_it_stands() {
    let sandbox = half_way();
    sandbox.database().execute_batch("DROP INDEX hero_by_level").unwrap();
    assert_snapshot!(refused(&sandbox).shown(), @"
    exit 3
    --- stdout
    found 3 migrations of sqlx in `old`
    --- stderr
    error: `[ROOT]/app.db` has not the schema of its applied migrations, the newest of which is `20240201093000` by the table `_sqlx_migrations`: it stands between `20240131093000` and `20240201093000`; the migrations that are applied (-) and the database `[ROOT]/app.db` (+) differ:
            name TEXT NOT NULL,
            level INTEGER NOT NULL DEFAULT 1
          );
        -
        - CREATE INDEX hero_by_level ON hero (level);
    hint: make the schema what the migrations give, and import again; `--reason TEXT` records it all the same
    explain: runner explain other-old-schema
    ");
    sandbox.database().execute_batch("ALTER TABLE hero DROP COLUMN level").unwrap();
    assert_snapshot!(refused(&sandbox).shown(), @"
    exit 3
    --- stdout
    found 3 migrations of sqlx in `old`
    --- stderr
    error: `[ROOT]/app.db` has not the schema of its applied migrations, the newest of which is `20240201093000` by the table `_sqlx_migrations`: it is the one after `20240131093000`; the migrations that are applied (-) and the database `[ROOT]/app.db` (+) differ:
          CREATE TABLE hero (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL
        -   level INTEGER NOT NULL DEFAULT 1
          );
        -
        - CREATE INDEX hero_by_level ON hero (level);
    hint: make the schema what the migrations give, and import again; `--reason TEXT` records it all the same
    explain: runner explain other-old-schema
    ");
    let reason = ["import", "old", "--reason", "the index was in the way"];
    sandbox.run(&reason).succeeded();
    assert_snapshot!(sandbox.run(&["history"]).shown(), @"
    exit 0
    --- stdout
    [TIME]  [WHO]  recorded [STAMP]_create_hero as applied: sqlx has it as `20240131093000` in the table `_sqlx_migrations`; the schema was not compared: the index was in the way
    [TIME]  [WHO]  recorded [STAMP]_add_level as applied: sqlx has it as `20240201093000` in the table `_sqlx_migrations`; the schema was not compared: the index was in the way
    ");
}

#[test]
fn what_is_not_done_or_not_in_the_folder_or_of_another_format_is_refused_by_name() {
    let sandbox = half_way();
    for (sql, back) in [
        (
            "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 20240201093000",
            "UPDATE _sqlx_migrations SET success = TRUE",
        ),
        (
            "INSERT INTO _sqlx_migrations VALUES (20250101000000, 'new', '', TRUE, x'', 0)",
            "DELETE FROM _sqlx_migrations WHERE version = 20250101000000",
        ),
        (
            "ALTER TABLE _sqlx_migrations ADD COLUMN batch",
            "ALTER TABLE _sqlx_migrations DROP COLUMN batch",
        ),
    ] {
        sandbox.database().execute_batch(sql).unwrap();
        let name = sql.split_whitespace().next().unwrap().to_lowercase();
        insta::assert_snapshot!(format!("refused_{name}"), refused(&sandbox).shown());
        sandbox.database().execute_batch(back).unwrap();
    }
    sandbox.database().execute_batch("DROP TABLE _sqlx_migrations").unwrap();
    fs::rename(sandbox.path("app.db"), sandbox.path("live.db")).unwrap();
    let named = sandbox.untouched(&["import", "old", "--from", "sqlx", "--database", "live.db"]);
    assert_snapshot!(named.shown(), @"
    exit 2
    --- stdout
    found 3 migrations of sqlx in `old`
    --- stderr
    error: `live.db` has tables, and nothing in it says which migrations of sqlx are applied
    hint: `runner fake --database live.db` records migrations as applied whose schema is there
    ");
}

#[test]
fn a_file_that_was_edited_since_is_shown_and_asked_about() {
    let sandbox = half_way();
    let (name, sql, _) = FILES[0];
    sandbox.write(format!("old/{name}"), &format!("-- the first\n{sql}"));
    assert_snapshot!(refused(&sandbox).shown(), @"
    exit 3
    --- stdout
    found 3 migrations of sqlx in `old`
    --- stderr
    error: the table `_sqlx_migrations` has other checksums than the files of `20240131093000`
    hint: take the files that were applied, or agree to these; `--yes` does that
    explain: runner explain not-confirmed
    ");
    assert_snapshot!(sandbox.untouched(&["import", "old", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    20240131093000_create_hero.sql becomes [STAMP]_create_hero
    20240201093000_add_level.sql becomes [STAMP]_add_level
    20240202093000_create_item.sql becomes [STAMP]_create_item
    would make 3 migrations in `migrations`: [STAMP]_create_hero to [STAMP]_create_item
    asks: `20240131093000_create_hero.sql` is not the file that was applied as `20240131093000`: its checksum was c07e31883bac438f50c70710069f290e5f1bc006807e543ae9de55d505f325cd25aab9835e1d2ca91452434ccf94554b
    would record 2 migrations as applied in `app.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_add_level
    dry run: nothing was written
    ");
    assert_snapshot!(sandbox.run(&["import", "old", "--yes"]).shown(), @"
    exit 0
    --- stdout
    found 3 migrations of sqlx in `old`
    made 3 migrations in `migrations`: [STAMP]_create_hero to [STAMP]_create_item
    recorded 2 migrations as applied in `app.db`, as the table `_sqlx_migrations` has it: [STAMP]_create_hero to [STAMP]_add_level
    kept `_sqlx_migrations`: `exclude_tables` in `runner.toml` leaves it out of comparisons of the schema
    next: `runner migrate` applies 1 pending migration
    ");
}

#[test]
fn what_the_tool_does_between_the_look_and_the_lock_is_not_recorded() {
    use runner::import::applied::{AppliedError, Found, Proof, Takeover};
    use runner::import::{self, ImportError, Tool};

    let sandbox = half_way();
    let config = sandbox.config();
    let history =
        import::read(&sandbox.path("old"), Some(Tool::Sqlx), &config.application).unwrap();
    import::write(&config, &history, import::Consent::NotGiven).unwrap();
    let database = sandbox.database();
    let find = || Takeover::find(&database, &history, &config, &Proof::Schema).unwrap();
    let Found::History(found) = find() else { panic!("nothing is found") };
    database.execute_batch("DELETE FROM _sqlx_migrations WHERE version = 20240201093000").unwrap();
    let project = runner::Project::open(config.clone()).unwrap();
    let error = found.record(&project, std::time::Duration::ZERO).unwrap_err();
    assert!(matches!(
        error,
        runner::workshop::Error::Import(ImportError::Applied(AppliedError::Changed { .. }))
    ));
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '\\_runner%' ESCAPE '\\'";
    assert_eq!(rows(&database, tables).trim(), "Integer(0)");
}

const DJANGO: &str = r#"
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO django_migrations (app, name, applied) VALUES
    ('game', '0001_initial', '2024-01-31 09:30:00.123456'),
    ('game', '0002_hero_level', '2024-02-01 09:30:00.5');
CREATE TABLE "game_hero" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "level" integer NOT NULL);
CREATE INDEX "game_hero_level_5f" ON "game_hero" ("level");
"#;

#[test]
fn a_history_of_code_becomes_one_migration_of_the_schema() {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(DJANGO).unwrap();
    assert_snapshot!(sandbox.untouched(&["import", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 2 migrations of Django in the table `django_migrations`:
      game.0001_initial
      game.0002_hero_level
    would make a migration of the schema of `app.db`, and record it as applied
    dry run: nothing was written
    ");
    assert_snapshot!(sandbox.run(&["import"]).shown(), @"
    exit 0
    --- stdout
    made [STAMP]_first_schema of the schema of `app.db`, with old-history.txt
    recorded [STAMP]_first_schema as applied in `app.db`, for the 2 migrations of Django in the table `django_migrations`
    kept `django_migrations`: `exclude_tables` in `runner.toml` leaves it out of comparisons of the schema
    ");
    let moment = "SELECT applied_at FROM _runner_migrations";
    assert_snapshot!(rows(&sandbox.database(), moment), @r#"  Text("2024-02-01T09:30:00.500Z")"#);
    let text = sandbox.files().into_iter().find(|(path, _)| path.ends_with("old-history.txt"));
    assert_snapshot!(String::from_utf8(text.unwrap().1).unwrap(), @"
    This migration stands for what Django had applied to the database, by the table `django_migrations`:

    game.0001_initial  2024-01-31T09:30:00.123456Z
    game.0002_hero_level  2024-02-01T09:30:00.5Z
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_first_schema  [TIME]
    1 applied, 0 pending
    ");
    assert_snapshot!(sandbox.untouched(&["import", "--from", "django"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_first_schema is recorded as applied in `app.db` already
    ");

    let other = Connection::open(sandbox.path("other.db")).unwrap();
    other.execute_batch(DJANGO).unwrap();
    let import = ["import", "--database", "other.db"];
    assert_snapshot!(sandbox.run(&import).shown(), @"
    exit 0
    --- stdout
    recorded [STAMP]_first_schema as applied in `other.db`, for the 2 migrations of Django in the table `django_migrations`
    ");
    let create = sandbox.run(&["create", "more", "--from-database"]);
    assert_snapshot!(create.shown(), @"
    exit 0
    --- stdout
    no changes: the migrations and the database `app.db` are the same
    ");
    fs::remove_file(sandbox.path("other.db")).unwrap();
}
