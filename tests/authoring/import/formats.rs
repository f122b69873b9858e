//! What a folder of each tool becomes.

use insta::assert_snapshot;

use super::{migrations, project_with};

/// Imports `files`, whose tool is found to be `tool`, and shows the migrations.
#[track_caller]
fn imported(tool: &str, files: &[(&str, &str)]) -> String {
    let sandbox = project_with(files);
    let outcome = sandbox.run(&["import", "old"]).succeeded();
    let found = outcome.stdout.lines().next().unwrap();
    assert!(found.contains(&format!(" of {tool} in `old`")), "{found}");
    migrations(&sandbox)
}

#[test]
fn sqlx_has_a_file_for_each_direction_or_one() {
    let files = [
        ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
        ("20240131093000_create_player.up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("20240131093000_create_player.down.sql", "DROP TABLE player;\n"),
        (
            "20240201093000_add-level.sql",
            "-- no-transaction\nALTER TABLE player ADD level INTEGER;\n",
        ),
    ];
    assert_snapshot!(imported("sqlx", &files), @"
    # 20240131_093000_create_player
    //! Create player: version 20240131093000 of sqlx, imported from `20240131093000_create_player.up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20240201_093000_add_level
    //! Add level: version 20240201093000 of sqlx, imported from `20240201093000_add-level.sql`.
    const REVERSIBLE: bool = false;
    > -- no-transaction
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn diesel_has_a_folder_for_each() {
    let files = [
        ("2024-01-31-093000_create_player/up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("2024-01-31-093000_create_player/down.sql", "DROP TABLE player;\n"),
        ("2024-02-01-093000-0000_vacuum/up.sql", "VACUUM;\n"),
        (
            "2024-02-01-093000-0000_vacuum/down.sql",
            "-- This file should undo anything in `up.sql`\n",
        ),
        ("2024-02-01-093000-0000_vacuum/metadata.toml", "run_in_transaction = false\n"),
    ];
    assert_snapshot!(imported("diesel", &files), @"
    # 20240131_093000_create_player
    //! Create player: version 20240131093000 of diesel, imported from `2024-01-31-093000_create_player/up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20240201_093000_vacuum
    //! Vacuum: version 202402010930000000 of diesel, imported from `2024-02-01-093000-0000_vacuum/up.sql`.
    const TRANSACTIONAL: bool = false;
    const REVERSIBLE: bool = false;
    > VACUUM;
    ");
}

#[test]
fn refinery_counts_and_has_no_way_back() {
    let files = [
        ("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n"),
        ("V1__create_player.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("V2__add_level.sql", "ALTER TABLE player ADD level INTEGER;\n"),
        ("U3__add_score.sql", "ALTER TABLE player ADD score INTEGER;\n"),
        ("V10__add_index.sql", "CREATE INDEX by_level ON player (level);\n"),
    ];
    assert_snapshot!(imported("refinery", &files), @"
    # 20000101_000001_create_player
    //! Create player: version 1 of refinery, imported from `V1__create_player.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE player (id INTEGER);
    # 20000101_000002_add_level
    //! Add level: version 2 of refinery, imported from `V2__add_level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    # 20000101_000003_add_score
    //! Add score: version 3 of refinery, imported from `U3__add_score.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD score INTEGER;
    # 20000101_000010_add_index
    //! Add index: version 10 of refinery, imported from `V10__add_index.sql`.
    const REVERSIBLE: bool = false;
    > CREATE INDEX by_level ON player (level);
    ");
}

#[test]
fn sea_orm_is_known_by_its_names() {
    let files = [
        ("lib.rs", "mod m20240131_000001_create_player;\n"),
        ("m20240131_000001_create_player.rs", "// what it was\n"),
        ("m20240131_000001_create_player.up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("m20240131_000001_create_player.down.sql", "DROP TABLE player;\n"),
        ("m20240131_000002_add_level.sql", "ALTER TABLE player ADD level INTEGER;\n"),
    ];
    assert_snapshot!(imported("sea-orm-migration", &files), @"
    # 20240131_000001_create_player
    //! Create player: version m20240131_000001_create_player of sea-orm-migration, imported from `m20240131_000001_create_player.up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20240131_000002_add_level
    //! Add level: version m20240131_000002_add_level of sea-orm-migration, imported from `m20240131_000002_add_level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn dbmate_has_both_directions_in_a_file() {
    let files = [
        (
            "20240131093000_create_player.sql",
            "-- migrate:up\nCREATE TABLE player (id INTEGER);\n\n-- migrate:down\nDROP TABLE player;\n",
        ),
        (
            "20240201093000_vacuum.sql",
            "-- migrate:up transaction:false\nVACUUM;\n\n-- migrate:down\n",
        ),
    ];
    assert_snapshot!(imported("dbmate", &files), @"
    # 20240131_093000_create_player
    //! Create player: version 20240131093000 of dbmate, imported from `20240131093000_create_player.sql`.
    > CREATE TABLE player (id INTEGER);
    >
    < DROP TABLE player;
    # 20240201_093000_vacuum
    //! Vacuum: version 20240201093000 of dbmate, imported from `20240201093000_vacuum.sql`.
    const TRANSACTIONAL: bool = false;
    const REVERSIBLE: bool = false;
    > VACUUM;
    >
    ");
}

#[test]
fn goose_has_both_directions_and_marks_in_a_file() {
    let files = [
        (
            "00001_create_player.sql",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE player (id INTEGER);\n\
             -- +goose StatementBegin\nCREATE TRIGGER t AFTER INSERT ON player BEGIN\n  SELECT 1;\nEND;\n\
             -- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE player;\n",
        ),
        ("00002_add_level.sql", "-- +goose Up\nALTER TABLE player ADD level INTEGER;\n"),
    ];
    assert_snapshot!(imported("goose", &files), @"
    # 20000101_000001_create_player
    //! Create player: version 1 of goose, imported from `00001_create_player.sql`.
    > CREATE TABLE player (id INTEGER);
    > -- +goose StatementBegin
    > CREATE TRIGGER t AFTER INSERT ON player BEGIN
    >   SELECT 1;
    > END;
    > -- +goose StatementEnd
    >
    < DROP TABLE player;
    # 20000101_000002_add_level
    //! Add level: version 2 of goose, imported from `00002_add_level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn golang_migrate_is_known_by_the_module_around_it() {
    let files = [
        ("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n"),
        ("000001_create_player.up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("000001_create_player.down.sql", "DROP TABLE player;\n"),
        ("000002_add_level.up.sql", "ALTER TABLE player ADD level INTEGER;\n"),
    ];
    assert_snapshot!(imported("golang-migrate", &files), @"
    # 20000101_000001_create_player
    //! Create player: version 1 of golang-migrate, imported from `000001_create_player.up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20000101_000002_add_level
    //! Add level: version 2 of golang-migrate, imported from `000002_add_level.up.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn flyway_has_versions_with_dots_undo_files_and_folders() {
    let files = [
        ("V1.2__create_player.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("U1.2__create_player.sql", "DROP TABLE player;\n"),
        ("later/V1.10__Add_Level.sql", "ALTER TABLE player ADD level INTEGER;\n"),
    ];
    assert_snapshot!(imported("Flyway", &files), @"
    # 20000101_000000_create_player
    //! Create player: version 1.2 of Flyway, imported from `V1.2__create_player.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20000101_000001_add_level
    //! Add level: version 1.10 of Flyway, imported from `later/V1.10__Add_Level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn rusqlite_migration_has_numbered_folders() {
    let files = [
        ("Cargo.toml", "[dependencies]\nrusqlite_migration = \"2\"\n"),
        ("01-create_player/up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("01-create_player/down.sql", "DROP TABLE player;\n"),
        ("02-add_level/up.sql", "ALTER TABLE player ADD level INTEGER;\n"),
    ];
    assert_snapshot!(imported("rusqlite_migration", &files), @"
    # 20000101_000001_create_player
    //! Create player: version 1 of rusqlite_migration, imported from `01-create_player/up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20000101_000002_add_level
    //! Add level: version 2 of rusqlite_migration, imported from `02-add_level/up.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn drizzle_has_the_order_of_its_journal() {
    let files = [
        (
            "meta/_journal.json",
            r#"{"version":"7","dialect":"sqlite","entries":[
                {"idx":0,"version":"6","when":1706693400000,"tag":"0000_shiny_hulk","breakpoints":true},
                {"idx":1,"version":"6","when":1706779800000,"tag":"0001_add_level","breakpoints":true}]}"#,
        ),
        (
            "0000_shiny_hulk.sql",
            "CREATE TABLE `player` (`id` integer);\n--> statement-breakpoint\nCREATE TABLE `room` (`id` integer);\n",
        ),
        ("0001_add_level.sql", "ALTER TABLE player ADD level INTEGER;"),
        ("0001_forgotten.sql", "DROP TABLE player;"),
    ];
    assert_snapshot!(imported("drizzle-kit", &files), @"
    # 20240131_093000_shiny_hulk
    //! Shiny hulk: version 1706693400000 of drizzle-kit, imported from `0000_shiny_hulk.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE `player` (`id` integer);
    > --> statement-breakpoint
    > CREATE TABLE `room` (`id` integer);
    # 20240201_093000_add_level
    //! Add level: version 1706779800000 of drizzle-kit, imported from `0001_add_level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    ");
}

#[test]
fn prisma_has_a_folder_with_a_file_for_each() {
    let files = [
        ("migration_lock.toml", "provider = \"sqlite\"\n"),
        ("20240131093000_init/migration.sql", "CREATE TABLE \"Player\" (\"id\" INTEGER);\n"),
        (
            "20240201093000_level/migration.sql",
            "PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n\
             ALTER TABLE \"Player\" ADD \"level\" INTEGER;\nPRAGMA foreign_keys=ON;\n",
        ),
    ];
    assert_snapshot!(imported("Prisma", &files), @r#"
    # 20240131_093000_init
    //! Init: version 20240131093000_init of Prisma, imported from `20240131093000_init/migration.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE "Player" ("id" INTEGER);
    # 20240201_093000_level
    //! Level: version 20240201093000_level of Prisma, imported from `20240201093000_level/migration.sql`.
    const REVERSIBLE: bool = false;
    > /* taken out by `runner import`: PRAGMA defer_foreign_keys=ON; */
    > /* taken out by `runner import`: PRAGMA foreign_keys=OFF; */
    > ALTER TABLE "Player" ADD "level" INTEGER;
    > /* taken out by `runner import`: PRAGMA foreign_keys=ON; */
    "#);
}

#[test]
fn typeorm_has_classes_whose_queries_are_read() {
    let files = [
        ("1706693400000-CreatePlayer.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("1706693400000-CreatePlayer.down.sql", "DROP TABLE player;\n"),
        ("1706693400000-CreatePlayer.ts", "what it was"),
        (
            "1706779800000-AddLevel.ts",
            "export class AddLevel1706779800000 implements MigrationInterface {\n\
             public async up(queryRunner: QueryRunner): Promise<void> {\n\
             await queryRunner.query(`ALTER TABLE \"player\" ADD \"level\" INTEGER`);\n\
             await queryRunner.query(`CREATE INDEX \"by_level\" ON \"player\" (\"level\")`);\n}\n\
             public async down(queryRunner: QueryRunner): Promise<void> {\n\
             await queryRunner.query(`DROP INDEX \"by_level\"`);\n}\n}\n",
        ),
    ];
    assert_snapshot!(imported("TypeORM", &files), @r#"
    # 20240131_093000_create_player
    //! Create player: version 1706693400000 of TypeORM, imported from `1706693400000-CreatePlayer.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    # 20240201_093000_add_level
    //! Add level: version 1706779800000 of TypeORM, imported from `1706779800000-AddLevel.ts`.
    > ALTER TABLE "player" ADD "level" INTEGER;
    > CREATE INDEX "by_level" ON "player" ("level");
    < DROP INDEX "by_level";
    "#);
}

#[test]
fn plain_files_and_folders_belong_to_no_tool() {
    let files = [
        ("001_create_player.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("002_a_level.sql", "ALTER TABLE player ADD level INTEGER;\n"),
        ("002_b_score.up.sql", "ALTER TABLE player ADD score INTEGER;\n"),
        ("002_b_score.down.sql", "ALTER TABLE player DROP score;\n"),
        ("seed.sql", "INSERT INTO player VALUES (1);\n"),
    ];
    assert_snapshot!(imported("plain SQL", &files), @"
    # 20000101_000001_create_player
    //! Create player: version 001_create_player of plain SQL, imported from `001_create_player.sql`.
    const REVERSIBLE: bool = false;
    > CREATE TABLE player (id INTEGER);
    # 20000101_000002_a_level
    //! A level: version 002_a_level of plain SQL, imported from `002_a_level.sql`.
    const REVERSIBLE: bool = false;
    > ALTER TABLE player ADD level INTEGER;
    # 20000101_000003_b_score
    //! B score: version 002_b_score of plain SQL, imported from `002_b_score.up.sql`.
    > ALTER TABLE player ADD score INTEGER;
    < ALTER TABLE player DROP score;
    ");
    let folders = [
        ("create_player/up.sql", "CREATE TABLE player (id INTEGER);\n"),
        ("create_player/down.sql", "DROP TABLE player;\n"),
    ];
    assert_snapshot!(imported("plain SQL", &folders), @"
    # 20000101_000000_create_player
    //! Create player: version create_player of plain SQL, imported from `create_player/up.sql`.
    > CREATE TABLE player (id INTEGER);
    < DROP TABLE player;
    ");
}

#[test]
fn a_name_that_is_none_here_becomes_the_nearest() {
    let files = [
        ("1_2fa.sql", ""),
        ("2_struct.sql", ""),
        ("3_\u{fc}ber-Spieler v2.sql", ""),
        ("4_.sql", ""),
    ];
    assert_snapshot!(imported("plain SQL", &files), @"
    # 20000101_000001_imported_2fa
    //! Imported 2fa: version 1_2fa of plain SQL, imported from `1_2fa.sql`.
    const REVERSIBLE: bool = false;
    # 20000101_000002_imported_struct
    //! Imported struct: version 2_struct of plain SQL, imported from `2_struct.sql`.
    const REVERSIBLE: bool = false;
    # 20000101_000003_ber_spieler_v2
    //! Ber spieler v2: version 3_über-Spieler v2 of plain SQL, imported from `3_über-Spieler v2.sql`.
    const REVERSIBLE: bool = false;
    # 20000101_000004_imported_4
    //! Imported 4: version 4_ of plain SQL, imported from `4_.sql`.
    const REVERSIBLE: bool = false;
    ");
}

#[test]
fn what_is_imported_again_is_kept_and_what_came_is_added() {
    let sandbox = project_with(&[("1_create_player.sql", "CREATE TABLE player (id INTEGER);\n")]);
    sandbox.run(&["import", "old"]).succeeded();
    sandbox.write("old/2_add_level.sql", "ALTER TABLE player ADD level INTEGER;\n");
    assert_snapshot!(sandbox.untouched(&["import", "old", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    found 2 migrations of plain SQL in `old`
    1_create_player.sql becomes [STAMP]_create_player
    2_add_level.sql becomes [STAMP]_add_level
    would make 1 migration in `migrations`: [STAMP]_add_level
    1 migration there already, with the same SQL
    dry run: nothing was written
    ");
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 2 migrations of plain SQL in `old`
    made 1 migration in `migrations`: [STAMP]_add_level
    1 migration there already, with the same SQL
    ");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 2 migrations of plain SQL in `old`
    2 migrations there already, with the same SQL
    ");
}

#[test]
fn what_flyway_applies_anew_becomes_a_file_of_views_and_triggers() {
    let sandbox = project_with(&[
        ("V1__create_player.sql", "CREATE TABLE player (id INTEGER);\n"),
        (
            "R__Best_players.sql",
            "DROP VIEW IF EXISTS best;\nCREATE VIEW best AS SELECT id FROM player;\n",
        ),
    ]);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 1 migration of Flyway in `old`
    taken out: what is there is replaced
        R__Best_players.sql:1: DROP VIEW IF EXISTS best
    made 1 migration in `migrations`: [STAMP]_create_player
    made repeatable/best_players.sql
    ");
    assert_snapshot!(sandbox.read("repeatable/best_players.sql"), @"
    /* taken out by `runner import`: DROP VIEW IF EXISTS best; */
    CREATE VIEW best AS SELECT id FROM player;
    ");
    sandbox.untouched(&["import", "old"]).succeeded();
    sandbox.write("old/R__Best_players.sql", "CREATE VIEW best AS SELECT 1;\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stdout
    found 1 migration of Flyway in `old`
    --- stderr
    error: `[ROOT]/repeatable/best_players.sql` is there already, and is another
    hint: move `[ROOT]/repeatable/best_players.sql` away, if the one to be imported is right
    ");
    sandbox.write("old/R__Rows.sql", "DELETE FROM player;\n\nINSERT INTO player VALUES (1);\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 3
    --- stdout
    found 1 migration of Flyway in `old`
    --- stderr
    error: `old` cannot be imported as it is:
        R__Rows.sql:1: only views and triggers can be applied anew whenever they change: `DELETE FROM` makes no view and no trigger
        R__Rows.sql:3: only views and triggers can be applied anew whenever they change: `INSERT INTO` makes no view and no trigger
    hint: nothing was written; move such statements into a migration of their own, in a copy of the folder, and import the copy
    explain: runner explain not-importable
    ");
}
