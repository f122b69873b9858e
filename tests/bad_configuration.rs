//! Settings from which it is not clear what to work on are refused by file and line, before
//! anything is touched.
#![allow(clippy::unwrap_used)]

mod sandbox;

use std::fs;

use insta::assert_snapshot;
use sandbox::Sandbox;

/// A project with one good migration that is pending.
fn with_pending(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(name, "CREATE TABLE good (a)", "DROP TABLE good");
    sandbox
}

#[test]
fn a_missing_folder_of_migrations_is_named_and_not_made() {
    let sandbox = Sandbox::project();
    fs::remove_dir_all(sandbox.path("migrations")).unwrap();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: there is no folder of migrations at `[ROOT]/migrations`
    hint: `runner init` makes one; `--migrations DIR` names one elsewhere
    ");
    let said = sandbox.untouched(&["migrate"]).stderr;
    assert_eq!(sandbox.untouched(&["status"]).stderr, said);
    assert_eq!(sandbox.untouched(&["create", "badconf_orphan"]).stderr, said);
}

#[test]
fn an_empty_folder_of_migrations_is_no_project() {
    let sandbox = Sandbox::project();
    fs::remove_dir_all(sandbox.path("migrations")).unwrap();
    fs::create_dir(sandbox.path("migrations")).unwrap();
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/migrations` is no cargo workspace: it has no `Cargo.toml`
    hint: `runner init` makes a workspace of it
    ");
    let said = sandbox.untouched(&["status"]).stderr;
    assert_eq!(sandbox.untouched(&["migrate"]).stderr, said);
    assert_eq!(sandbox.untouched(&["create", "badconf_orphan"]).stderr, said);
}

#[test]
fn a_project_without_migrations_yet_is_a_good_project() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    0 applied, 0 pending
    ");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    there are no migrations yet; `runner create NAME` makes one
    ");
    assert_snapshot!(sandbox.untouched(&["migrate", "--backward"]).shown(), @"
    exit 0
    --- stdout
    there are no migrations yet; `runner create NAME` makes one
    ");
}

#[test]
fn without_a_configuration_there_is_nothing_to_work_on() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: there is no `runner.toml` in `[ROOT]` or above
    hint: `runner init` makes one; with `--database FILE` and `--migrations DIR` none is needed
    ");
    let said = sandbox.untouched(&["migrate"]).stderr;
    assert_eq!(sandbox.untouched(&["status"]).stderr, said);
    assert_eq!(sandbox.untouched(&["create", "badconf_orphan"]).stderr, said);
    assert_snapshot!(sandbox.untouched(&["status", "--config", "other.toml"]).shown(), @"
    exit 2
    --- stderr
    error: cannot read `[ROOT]/other.toml`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_mistake_in_the_configuration_is_shown_with_its_line() {
    let sandbox = with_pending("badconf_configuration");
    sandbox.write("runner.toml", "database = \"app.db\"\nmigration = \"migrations\"\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 2, column 1
          |
        2 | migration = "migrations"
          | ^^^^^^^^^
        unknown field `migration`, expected one of `database`, `migrations`, `templates`, `models`, `application_functions`, `application_collations`, `application_tokenizers`, `backup`, `backups`, `backup_keep`
    "#);
    sandbox.write("runner.toml", "\ndatabase = 3\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 2, column 12
          |
        2 | database = 3
          |            ^
        invalid type: integer `3`, expected path string
    ");
    sandbox.write("runner.toml", "database = \"app.db\n");
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @r#"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 1, column 19
          |
        1 | database = "app.db
          |                   ^
        invalid basic string, expected `"`
    "#);
    sandbox.write("runner.toml", "");
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 1, column 1
          |
        1 | 
          | ^
        missing field `database`
    ");
}

#[test]
fn a_malformed_line_in_dot_env_is_shown_by_its_number() {
    let sandbox = with_pending("badconf_dot_env");
    sandbox.write(".env", "# settings\nTHIS LINE IS PROSE\nDATABASE_URL=other.db\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/.env` is not right in line 2
      caused by: it is not written NAME=value
    hint: write NAME=value there, in quotes if the value holds spaces; `#` begins a comment
    ");
    sandbox.write(".env", "DATABASE_URL=mysql://host/name\n");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/.env` is not right in line 1
      caused by: `mysql:` is not SQLite
    hint: write a path, or `sqlite:` and a path
    ");
}

#[test]
fn a_database_url_that_names_no_file_is_refused() {
    let sandbox = with_pending("badconf_database_url");
    let with_url = |url: &str| {
        let mut command = sandbox.command(&["migrate"]);
        command.env("DATABASE_URL", url);
        sandbox.unchanged_by(command).shown()
    };
    assert_snapshot!(with_url("postgres://user:secret@host/name"), @"
    exit 2
    --- stderr
    error: the environment variable `DATABASE_URL` is not right
      caused by: `postgres:` is not SQLite
    hint: write a path, or `sqlite:` and a path
    ");
    assert_snapshot!(with_url("sqlite::memory:"), @"
    exit 2
    --- stderr
    error: the environment variable `DATABASE_URL` is not right
      caused by: a database in memory is gone when the command ends
    hint: write a path, or `sqlite:` and a path
    ");
    assert_snapshot!(with_url("sqlite:app.db?mode=memory"), @"
    exit 2
    --- stderr
    error: the environment variable `DATABASE_URL` is not right
      caused by: the parameter `mode=memory` is not known; there are `mode=rw` and `mode=rwc`
    hint: write a path, or `sqlite:` and a path
    ");
    assert_snapshot!(with_url("sqlite:"), @"
    exit 2
    --- stderr
    error: the environment variable `DATABASE_URL` is not right
      caused by: no path follows `sqlite:`
    hint: write a path, or `sqlite:` and a path
    ");
}
