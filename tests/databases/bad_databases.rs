//! What is no database, or cannot be used now, is refused with the true reason and left as it is.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Outcome, Sandbox};
use insta::assert_snapshot;
use rusqlite::Connection;

/// A project with one pending migration, which makes the table `made`.
fn with_pending(name: &str) -> Sandbox {
    with_pending_in(&std::env::temp_dir(), name)
}

fn with_pending_in(place: &Path, name: &str) -> Sandbox {
    let sandbox = Sandbox::project_in(place);
    sandbox.sql_migration(name, "CREATE TABLE made (a)", "DROP TABLE made");
    sandbox
}

/// What `migrate` says, which must change nothing. `status` and a dry run must refuse as it does.
#[track_caller]
fn refused_by_all(sandbox: &Sandbox, flags: &[&str]) -> String {
    let call = |command: &[&str]| sandbox.untouched(&[command, flags].concat());
    let outcome = call(&["migrate"]);
    assert_eq!(call(&["status"]).shown(), outcome.shown());
    assert_eq!(call(&["migrate", "--dry-run"]).shown(), outcome.shown());
    outcome.shown()
}

/// A database with `pages` pages, more or less.
fn fill(connection: &Connection, pages: usize) {
    connection.execute_batch("CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT)").unwrap();
    let text = "old ".repeat(900);
    for _ in 0..pages {
        connection.execute("INSERT INTO filler (text) VALUES (?1)", [&text]).unwrap();
    }
}

#[test]
fn a_folder_is_no_database() {
    let sandbox = with_pending("baddb_folder");
    fs::create_dir(sandbox.path("app.db")).unwrap();
    assert_snapshot!(refused_by_all(&sandbox, &[]), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: it is a folder
    hint: name a file; `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    ");
}

#[test]
fn a_device_is_no_database() {
    let sandbox = with_pending("baddb_device");
    assert_snapshot!(refused_by_all(&sandbox, &["--database", "/dev/null"]), @"
    exit 2
    --- stderr
    error: cannot use the database `/dev/null`
      caused by: it is not a file
    hint: name a file; `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    ");
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_as_it_is() {
    let sandbox = with_pending("baddb_kind");
    sandbox.write("app.db", &"This is a letter and no database. ".repeat(200));
    let said = refused_by_all(&sandbox, &[]);
    assert_snapshot!(said, @"
    exit 4
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: file is not a database
    hint: it was left untouched; is it encrypted, or another file?
    ");
    sandbox.write("app.db", "short");
    assert_eq!(refused_by_all(&sandbox, &[]), said);
    // As random as a test can be that is to fail again.
    let mut state = 1u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(4096)
    .collect();
    fs::write(sandbox.path("app.db"), noise).unwrap();
    assert_eq!(refused_by_all(&sandbox, &[]), said);
}

#[test]
fn a_database_that_was_cut_short_is_damaged() {
    let sandbox = with_pending("baddb_cut");
    fill(&sandbox.database(), 20);
    let file = fs::File::options().write(true).open(sandbox.path("app.db")).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length / 2).unwrap();
    assert_snapshot!(refused_by_all(&sandbox, &[]), @"
    exit 4
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database disk image is malformed
    hint: it was left untouched; restore a backup with `runner restore FILE`, or try `.recover` in SQLite's own shell
    ");
}

#[test]
fn a_missing_database_is_made_only_if_someone_asked_for_it() {
    let sandbox = with_pending("baddb_missing");
    assert_snapshot!(sandbox.untouched(&["migrate", "--database", "new.db"]).shown(), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/new.db`
      caused by: it does not exist
    hint: see whether this is the right path; `--create` makes a new database there
    ");
    let status = ["status", "--database", "new.db"];
    assert_snapshot!(sandbox.untouched(&status).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_baddb_missing
    0 applied, 1 pending
    the database `new.db` is not there yet; `runner migrate --create --database new.db` makes it
    ");
    // A mistyped path ends in the same way.
    sandbox.write(".env", "DATABASE_URL=sqlite:typo.db\n");
    assert_eq!(sandbox.untouched(&["migrate"]).code, Some(2));
    fs::remove_file(sandbox.path(".env")).unwrap();

    let create = ["migrate", "--database", "new.db", "--create"];
    assert_snapshot!(sandbox.run(&create).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_baddb_missing ([N] ms)
    applied 1 migration: `new.db` has 1 applied, 0 pending
    ");
    assert!(!sandbox.path("app.db").exists());
}

#[test]
fn an_empty_file_becomes_a_database_only_if_someone_asked_for_it() {
    let sandbox = with_pending("baddb_empty");
    sandbox.write("empty.db", "");
    assert_snapshot!(sandbox.untouched(&["migrate", "--database", "empty.db"]).shown(), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/empty.db`
      caused by: it is an empty file
    hint: see whether this is the right path; `--create` makes a new database there
    ");
    let status = ["status", "--database", "empty.db"];
    assert_snapshot!(sandbox.untouched(&status).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_baddb_empty
    0 applied, 1 pending
    the database `empty.db` is not there yet; `runner migrate --create --database empty.db` makes it
    ");
    sandbox.run(&["migrate", "--database", "empty.db", "--create"]).succeeded();
    assert_ne!(fs::metadata(sandbox.path("empty.db")).unwrap().len(), 0);
}

#[test]
fn the_folder_of_a_database_is_never_made() {
    let sandbox = with_pending("baddb_no_folder");
    let database = ["--database", "no such folder/app.db"];
    let migrate = [&["migrate", "--create"], database.as_slice()].concat();
    assert_snapshot!(sandbox.untouched(&migrate).shown(), @r#"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/no such folder/app.db`
      caused by: there is no folder `[ROOT]/no such folder` to make it in
    hint: make it: `mkdir -p '[ROOT]/no such folder'`
    "#);
    assert_eq!(sandbox.untouched(&[&["status"], database.as_slice()].concat()).code, Some(0));
    let below_a_file = ["--database", "runner.toml/app.db"];
    assert_snapshot!(refused_by_all(&sandbox, &below_a_file), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/runner.toml/app.db`
      caused by: the system refuses
      caused by: Not a directory (os error 20)
    hint: `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    ");
}

#[test]
#[cfg(unix)]
fn a_database_with_two_names_is_refused() {
    let sandbox = with_pending("two_names");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration("two_names_more", "CREATE TABLE more (a)", "");
    std::fs::hard_link(sandbox.path("app.db"), sandbox.path("same.db")).unwrap();
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: the file has 2 names (hard links), and SQLite's journal has that of one of them
    hint: a program that opens it by another name would not find the journal of one that died; leave it one name. A symbolic link does no harm
    explain: runner explain hard-links
    ");
    std::fs::remove_file(sandbox.path("same.db")).unwrap();
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn a_database_that_is_locked_is_waited_for_and_then_left_for_later() {
    let sandbox = with_pending("baddb_locked");
    fill(&sandbox.database(), 1);
    let before = sandbox.contents();
    let run = |command: &[&str]| sandbox.run(&[command, &["--busy-timeout", "0.2"]].concat());
    // No file is compared while the lock is held: this process would lose it by closing the file.
    let holder = sandbox.database();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let said = run(&["migrate"]).shown();
    assert_snapshot!(said, @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database is locked
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    assert_eq!(run(&["status"]).shown(), said);
    assert_eq!(run(&["migrate", "--dry-run"]).shown(), said);
    holder.execute_batch("ROLLBACK").unwrap();

    // A writer that lets others read: only the migration itself has to wait for it.
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    run(&["status"]).succeeded();
    assert_snapshot!(run(&["migrate"]).shown(), @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database is locked
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(sandbox.contents(), before);
    run(&["migrate"]).succeeded();
}

/// A folder for temporary files to which the way is open to everyone. The superuser's own may be in one
/// that is closed.
fn open_to_everyone() -> PathBuf {
    let is_open = |folder: &Path| fs::metadata(folder).is_ok_and(|data| data.mode() & 0o001 != 0);
    let mut places = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()].into_iter();
    places.find(|place| place.ancestors().all(is_open)).unwrap_or_else(std::env::temp_dir)
}

/// Runs the binary when only `read_only` cannot be written. Such rights do not bind the superuser:
/// for him it runs as a user who has none but everyone's.
fn run_without_rights_to(sandbox: &Sandbox, read_only: &str, arguments: &[&str]) -> Outcome {
    const NOBODY: u32 = 65534;
    let set = |path: &Path, folder: u32, file: u32| {
        let mode = if path.is_dir() { folder } else { file };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let elsewhere = tempfile::tempdir_in(open_to_everyone()).unwrap();
    let binary = elsewhere.path().join("runner");
    // Copied by another process: while this one had it open to write, a process that another test
    // starts would have it open too, and a program that is open to write cannot be run.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_runner")).arg(&binary).status();
    assert!(copied.unwrap().success());
    set(elsewhere.path(), 0o755, 0o755);
    set(&binary, 0o755, 0o755);
    set(sandbox.root().parent().unwrap(), 0o755, 0o644);
    set(&sandbox.root(), 0o777, 0o666);
    for path in sandbox.files().keys() {
        set(&sandbox.path(path), 0o777, 0o666);
    }
    set(&sandbox.path(read_only), 0o555, 0o444);

    let mut command = Command::new(&binary);
    sandbox.prepare(command.args(arguments));
    if fs::metadata(&binary).unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let outcome = sandbox.unchanged_by(command);
    set(&sandbox.path(read_only), 0o777, 0o666);
    outcome
}

#[test]
fn a_database_that_may_only_be_read_is_refused_before_anything_is_built() {
    let sandbox = with_pending_in(&open_to_everyone(), "baddb_read_only");
    fill(&sandbox.database(), 1);
    let run = |arguments: &[&str]| run_without_rights_to(&sandbox, "app.db", arguments).shown();
    assert_snapshot!(run(&["migrate"]), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: the file is read-only
    hint: give yourself the right to write to it
    ");
    assert_snapshot!(run(&["status"]), @"
    exit 0
    --- stdout
    [ ] [STAMP]_baddb_read_only
    0 applied, 1 pending
    ");
}

#[test]
fn a_folder_that_may_only_be_read_is_refused_before_anything_is_built() {
    let sandbox = with_pending_in(&open_to_everyone(), "baddb_read_only_folder");
    fs::create_dir(sandbox.path("data")).unwrap();
    let database = ["--database", "data/app.db"];
    let run = |arguments: &[&str]| {
        run_without_rights_to(&sandbox, "data", &[arguments, &database].concat()).shown()
    };
    assert_snapshot!(run(&["migrate", "--create"]), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/data/app.db`
      caused by: the folder `[ROOT]/data` is read-only, and SQLite needs it for its journal
    hint: give yourself the right to write in `[ROOT]/data`
    ");
    let connection = Connection::open(sandbox.path("data/app.db")).unwrap();
    fill(&connection, 1);
    drop(connection);
    assert_snapshot!(run(&["migrate"]), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/data/app.db`
      caused by: the folder `[ROOT]/data` is read-only, and SQLite needs it for its journal
    hint: give yourself the right to write in `[ROOT]/data`
    ");
    assert_snapshot!(run(&["status"]), @"
    exit 0
    --- stdout
    [ ] [STAMP]_baddb_read_only_folder
    0 applied, 1 pending
    ");
    // In WAL mode SQLite needs it even to read.
    let connection = Connection::open(sandbox.path("data/app.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    drop(connection);
    assert_snapshot!(run(&["status"]), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/data/app.db`
      caused by: the folder `[ROOT]/data` is read-only, and SQLite needs it for its journal
    hint: give yourself the right to write in `[ROOT]/data`
    ");
}

#[test]
fn migrations_that_find_nothing_in_a_new_database_are_told_that_it_is_new() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("bad_databases_adopted", "UPDATE player SET level = 1", "");
    let told = sandbox.run(&["migrate"]);
    assert_snapshot!(told.shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_bad_databases_adopted` failed
      caused by: src/lib.rs:5: no such table: player
        UPDATE player SET level = 1
    hint: everything that it did was rolled back. There was no database `app.db`, so the migrations began with an empty one: if it was removed, `runner restore FILE` brings it back; if it is another, name it with `--database FILE`
    ");
    // It is none any more; and one that was there is not told as new.
    sandbox.database().execute_batch("CREATE TABLE player (name)").unwrap();
    assert!(!sandbox.run(&["migrate"]).stderr.contains("There was no database"));
}

#[test]
fn no_database_is_made_beside_a_log_or_a_journal_of_one_that_was() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("bad_leftover", "CREATE TABLE t (a)", "");
    sandbox.write("app.db-wal", "commits that are nowhere else");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: it does not exist, and `[ROOT]/app.db-wal`, which belonged to one, does
    hint: nothing was made. If the database was moved, move this file along: what was committed last may be in it alone. If not, remove it: `rm [ROOT]/app.db-wal`
    explain: runner explain leftover-journal
    ");
    fs::rename(sandbox.path("app.db-wal"), sandbox.path("app.db-journal")).unwrap();
    assert_eq!(sandbox.untouched(&["migrate"]).code, Some(3));
    // One with nothing in it is left by programs that end well.
    sandbox.write("app.db-journal", "");
    sandbox.run(&["migrate"]).succeeded();
}
