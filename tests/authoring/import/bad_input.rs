//! Folders that are no history, or not one: named, and nothing is written.

use std::fs;

use insta::assert_snapshot;

use super::{migrations, project_with};
use crate::sandbox::Sandbox;

#[test]
fn files_of_two_tools_are_refused_naming_both() {
    let sandbox = project_with(&[
        ("1_a.sql", "-- migrate:up\nCREATE TABLE a (x);\n"),
        ("2_b.sql", "-- +goose Up\nCREATE TABLE b (x);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: `1_a.sql` is a migration of dbmate, and `2_b.sql` of goose
    hint: import one tool's files first: copy them into a folder of their own
    ");
    assert_snapshot!(sandbox.untouched(&["import", "old", "--from", "sqlx"]).shown(), @"
    exit 2
    --- stderr
    error: `1_a.sql` is a migration of dbmate, and not of sqlx
    hint: `runner import --from dbmate FOLDER` imports them
    ");
}

#[test]
fn files_that_can_be_of_two_tools_are_refused_naming_both() {
    let sandbox = project_with(&[("V1__a.sql", "CREATE TABLE a (x);\n")]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: the migrations in `old` can be of refinery or of Flyway
    hint: `runner import --from refinery FOLDER`; or `runner import --from flyway FOLDER`
    ");
    sandbox.run(&["import", "old", "--from", "refinery"]).succeeded();
}

#[test]
fn a_version_twice_is_refused_naming_both_files() {
    let sandbox = project_with(&[
        ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
        ("1_a.sql", "CREATE TABLE a (x);\n"),
        ("01_b.sql", "CREATE TABLE b (x);\n"),
    ]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: `01_b.sql` and `1_a.sql` have the same version, 1
    hint: nobody could say which comes first: leave one out in a copy of the folder, and import the copy
    ");
}

#[test]
fn files_that_are_not_utf_8_are_all_named() {
    let sandbox = project_with(&[("1_a.sql", "CREATE TABLE a (x);\n")]);
    fs::write(sandbox.path("old/2_b.sql"), b"\xff\xfeC\0").unwrap();
    fs::write(sandbox.path("old/3_c.sql"), b"-- zero \0 byte").unwrap();
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: `2_b.sql`, `3_c.sql` are no text in UTF-8
    hint: save them in UTF-8, in a copy of the folder, and import the copy; as by `iconv -f UTF-16 -t UTF-8 2_b.sql`
    ");
}

#[test]
fn carriage_returns_are_kept_and_a_byte_order_mark_goes() {
    let sandbox = project_with(&[(
        "1_a.sql",
        "\u{feff}-- +goose Up\r\nCREATE TABLE a (\r\n  x\r\n);\r\n-- +goose Down\r\nDROP TABLE a;\r\n",
    )]);
    assert_snapshot!(sandbox.run(&["import", "old"]).shown(), @"
    exit 0
    --- stdout
    found 1 migration of goose in `old`
    kept: the lines end with a carriage return
        1_a.sql
    taken out: the byte order mark
        1_a.sql
    made 1 migration in `migrations`: [STAMP]_a
    ");
    let sql = sandbox.read("migrations/20000101_000001_a/forward.sql");
    assert_eq!(sql, "CREATE TABLE a (\r\n  x\r\n);\r\n");
}

#[test]
fn a_folder_without_migrations_is_refused_with_what_to_name() {
    let sandbox = project_with(&[("notes.md", "")]);
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: `old` holds no migrations of a tool that is known
    hint: name the folder that the tool reads them from
    ");
    sandbox.write("old/postgres/1_a.sql", "");
    sandbox.write("old/sqlite/1_a.sql", "");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: `old` holds no migrations of a tool that is known
    hint: name the folder that the tool reads them from, as `old/sqlite`
    ");
    assert_snapshot!(sandbox.untouched(&["import", "nowhere"]).shown(), @"
    exit 2
    --- stderr
    error: cannot read `nowhere`
      caused by: No such file or directory (os error 2)
    hint: see whether this is the right path
    ");
}

#[test]
fn a_project_comes_first() {
    let sandbox = Sandbox::empty();
    sandbox.write("old/1_a.sql", "CREATE TABLE a (x);\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stderr
    error: there is no `runner.toml` in `[ROOT]` or above
    hint: `runner init` makes one; with `--database FILE`, and `--migrations DIR` or `--bundle FILE`, none is needed
    ");
}

#[test]
fn a_migration_that_is_there_and_another_is_refused() {
    let sandbox = project_with(&[("1_a.sql", "CREATE TABLE a (x);\n")]);
    sandbox.run(&["import", "old"]).succeeded();
    sandbox.write("old/1_a.sql", "CREATE TABLE a (x, y);\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stdout
    found 1 migration of plain SQL in `old`
    --- stderr
    error: `[STAMP]_a` is there already, and is another
    hint: move the folder of `[STAMP]_a` away, if the one to be imported is right
    ");
}

#[test]
fn a_migration_that_is_there_and_older_is_refused() {
    let sandbox = project_with(&[("20240102030405_a.sql", "CREATE TABLE a (x);\n")]);
    sandbox.migration_called("20230102_030405_own_one_of_import", "//! Own.\n");
    assert_snapshot!(sandbox.untouched(&["import", "old"]).shown(), @"
    exit 2
    --- stdout
    found 1 migration of plain SQL in `old`
    --- stderr
    error: `[STAMP]_own_one_of_import` is there already, and is older than `[STAMP]_a`, which is to be imported
    hint: what is imported comes first: move its folder away, import, move it back, and `runner rebase [STAMP]_own_one_of_import` gives it a later timestamp
    ");
    let own = "migrations/20230102_030405_own_one_of_import";
    fs::rename(sandbox.path(own), sandbox.path("own")).unwrap();
    sandbox.run(&["import", "old"]).succeeded();
    fs::rename(sandbox.path("own"), sandbox.path(own)).unwrap();
    sandbox.run(&["rebase", "own_one_of_import"]).succeeded();
    assert!(migrations(&sandbox).starts_with("# 20240102_030405_a\n"));
}

#[test]
fn the_folder_of_the_projects_own_migrations_may_hold_files_and_no_folders_of_another_tool() {
    let sandbox = Sandbox::project();
    sandbox.write("migrations/20240131093000_a.sql", "CREATE TABLE a (x);\n");
    sandbox.run(&["import", "migrations"]).succeeded();
    assert!(sandbox.path("migrations/20240131_093000_a/forward.sql").exists());

    let sandbox = Sandbox::project();
    sandbox.write("migrations/2024-01-31-093000_a/up.sql", "CREATE TABLE a (x);\n");
    assert_snapshot!(sandbox.untouched(&["import", "migrations"]).shown(), @r#"
    exit 2
    --- stdout
    found 1 migration of diesel in `migrations`
    --- stderr
    error: the folders of diesel in `migrations` are in the way of the migrations that are to be made there
    hint: name another folder in `runner.toml`, as by `migrations = "db/migrations"`, and `runner init` makes it
    "#);
    sandbox.write("runner.toml", "database = \"app.db\"\nmigrations = \"db/migrations\"\n");
    sandbox.run(&["init"]).succeeded();
    sandbox.run(&["import", "migrations"]).succeeded();
    assert!(sandbox.path("db/migrations/20240131_093000_a/forward.sql").exists());
}
