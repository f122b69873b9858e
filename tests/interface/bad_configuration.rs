//! Settings from which it is not clear what to work on are refused by file and line, before
//! anything is touched.

use std::fs;

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

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
    the database `app.db` is not there yet; `runner migrate` makes it
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
    hint: `runner init` makes one; with `--database FILE`, and `--migrations DIR` or `--bundle FILE`, none is needed
    ");
    let said = sandbox.untouched(&["migrate"]).stderr;
    assert_eq!(sandbox.untouched(&["status"]).stderr, said);
    assert_eq!(sandbox.untouched(&["create", "badconf_orphan"]).stderr, said);
    assert_snapshot!(sandbox.untouched(&["status", "--config", "other.toml"]).shown(), @"
    exit 2
    --- stderr
    error: cannot read `[ROOT]/other.toml`
      caused by: No such file or directory (os error 2)
    hint: see whether this is the right path
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
        unknown field `migration`, expected one of `database`, `migrations`, `templates`, `repeatable`, `models`, `schema_file`, `application_functions`, `application_collations`, `application_tokenizers`, `exclude_tables`, `protected`, `backup`, `backups`, `backup_keep`, `keep_lost`, `kept_days`, `kept_megabytes`, `check_losses_after`
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
      caused by: a database in memory is gone when the command ends
    hint: write a path, or `sqlite:` and a path
    ");
    assert_snapshot!(with_url("sqlite:"), @"
    exit 2
    --- stderr
    error: the environment variable `DATABASE_URL` is not right
      caused by: no path follows the colon
    hint: write a path, or `sqlite:` and a path
    ");
}

/// Makes a named pipe, which nobody ever writes to.
#[cfg(unix)]
fn pipe(sandbox: &Sandbox, name: &str) {
    let made = std::process::Command::new("mkfifo").arg(sandbox.path(name)).status().unwrap();
    assert!(made.success(), "{name}");
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_never_read() {
    let sandbox = with_pending("badconf_endless");
    let id = fs::read_dir(sandbox.path("migrations")).unwrap();
    let id = id.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let manifest = id.join("Cargo.toml");
    sandbox.run(&["bundle", "-o", "migrations.bundle"]).succeeded();
    let refused = |arguments: &[&str]| {
        let outcome = sandbox.run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.shown());
        outcome.stderr
    };
    let mut said = refused(&["status", "--config", "/dev/zero"]);
    pipe(&sandbox, "pipe");
    said += &refused(&["status", "--config", "pipe"]);
    said += &refused(&["status", "--bundle", "pipe"]);
    said += &refused(&["status", "--database", "pipe"]);
    said += &refused(&["bundle", "--sign", "pipe", "-o", "signed.bundle"]);
    said += &refused(&["restore", "pipe"]);
    pipe(&sandbox, "pipe.sql");
    said += &refused(&["schema", "dump", "pipe.sql"]);
    fs::File::create(sandbox.path("huge.sql")).unwrap().set_len(1 << 34).unwrap();
    said += &refused(&["schema", "dump", "huge.sql"]);
    pipe(&sandbox, "migrations.bundle.minisig");
    let key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let signed = ["status", "--bundle", "migrations.bundle", "--require-signature", key];
    said += &sandbox.run(&signed).stderr;
    fs::remove_file(&manifest).unwrap();
    pipe(&sandbox, manifest.strip_prefix(sandbox.root()).unwrap().to_str().unwrap());
    said += &sandbox.run(&["migrate"]).stderr;
    pipe(&sandbox, ".env");
    said += &refused(&["status"]);
    fs::remove_file(sandbox.path(".env")).unwrap();
    fs::File::create(sandbox.path("runner.toml")).unwrap().set_len(1 << 34).unwrap();
    said += &refused(&["status"]);
    assert_snapshot!(said, @"
    error: cannot read `/dev/zero`
      caused by: it is a device and no regular file
    hint: put a regular file there, or name another one
    error: cannot read `[ROOT]/pipe`
      caused by: it is a named pipe and no regular file
    hint: put a regular file there, or name another one
    error: cannot use the bundle `[ROOT]/pipe`
      caused by: it cannot be read
      caused by: it is not a file
    hint: put a regular file there, or name another one
    error: cannot use the database `[ROOT]/pipe`
      caused by: it is not a file
    hint: name a file; `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    error: cannot use the secret key `pipe`
      caused by: it is a named pipe and no regular file
    hint: `minisign -G` makes a pair of keys
    error: `[ROOT]/pipe` is no backup: it is not a file
    hint: name another backup; the database was left untouched
    error: `pipe.sql` is neither a file of SQL nor the folder of a crate
    hint: `models` in `runner.toml` is a path that ends in `.sql`, or a folder with a `Cargo.toml`
    error: cannot read `huge.sql`
      caused by: it has more than 16 MiB, and no more is read
    hint: it is another file than is read there: name that one
    error: cannot use the bundle `[ROOT]/migrations.bundle`
      caused by: its signature cannot be read
      caused by: it is a named pipe and no regular file
    hint: nothing was changed; it belongs beside the bundle, as `FILE.minisig`: `runner bundle --sign KEY` makes it
    explain: runner explain not-signed
    error: cannot read `[ROOT]/migrations/[STAMP]_badconf_endless/Cargo.toml`
      caused by: it is a named pipe and no regular file
    hint: put a regular file there, or name another one
    error: cannot read `[ROOT]/.env`
      caused by: it is a named pipe and no regular file
    hint: put a regular file there, or name another one
    error: cannot read `[ROOT]/runner.toml`
      caused by: it has more than 1 MiB, and no more is read
    hint: it is another file than is read there: name that one
    ");
}
