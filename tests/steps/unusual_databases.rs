//! What is a database is migrated however it is named, and whatever state another program left it
//! in.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;
use rusqlite::Connection;

/// A project with one pending migration, which makes the table `made`.
fn with_pending(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(name, "CREATE TABLE made (a)", "DROP TABLE made");
    sandbox
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
fn any_path_is_a_literal_path() {
    let sandbox = with_pending("unusual_path");
    let names = [
        "with space.db",
        "what?mode=memory",
        "a#b%20c.db",
        "größe-数据.db",
        "./file:x.db",
        "./file:x.db?mode=memory",
        "-dash.db",
        "'; DROP TABLE x; --.db",
        "new\nline.db",
    ];
    let mut names: Vec<&OsStr> = names.iter().map(OsStr::new).collect();
    // The systems of Apple refuse names that are not UTF-8.
    if cfg!(target_os = "linux") {
        names.push(OsStr::from_bytes(b"not \xff utf-8.db"));
    }
    for name in &names {
        let call = |arguments: &[&str]| {
            let mut command = sandbox.command(arguments);
            let mut flag = OsStr::new("--database=").to_owned();
            flag.push(name);
            let outcome = sandbox.outcome(&command.arg(flag).output().unwrap());
            assert_eq!(outcome.code, Some(0), "{name:?}: {}", outcome.shown());
            outcome
        };
        assert!(call(&["status"]).stdout.contains("\n0 applied, 1 pending\n"));
        assert!(!sandbox.path(name).exists());
        call(&["migrate", "--create"]);
        assert!(call(&["status"]).stdout.ends_with("1 applied, 0 pending\n"));
        assert!(call(&["migrate"]).stdout.starts_with("nothing to do"));
        call(&["migrate", "--json"]);
        assert!(sandbox.path(name).is_file(), "{name:?}");
    }
    // No other file than those was made, so no part of a name was taken for something else.
    let files = sandbox.files();
    let made = files.keys().filter(|path| !path.starts_with("migrations"));
    assert_eq!(made.count(), names.len() + ["migrations", "runner.toml", ".gitignore"].len() - 1);
}

#[test]
fn a_database_behind_a_symbolic_link_is_migrated_where_it_is() {
    let sandbox = with_pending("unusual_link");
    fs::create_dir(sandbox.path("data")).unwrap();
    fill(&Connection::open(sandbox.path("data/real.db")).unwrap(), 1);
    symlink("data/real.db", sandbox.path("app.db")).unwrap();

    // While a migration runs, its journal must lie where every other program looks for it: a
    // program that dies must not leave its journal where nobody finds it.
    sandbox.migration(
        "unusual_link_journal",
        "use migration_api::prelude::*;\n\
         #[derive(Default)]\npub struct M;\nimpl Migration for M {\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n\
         migrator.execute_batch(\"CREATE TABLE linked (a)\")?;\n\
         for folder in [\".\", \"data\"] {\n\
         let mut names: Vec<String> = std::fs::read_dir(folder)?\n\
         .map(|entry| entry.unwrap().file_name().into_string().unwrap())\n\
         .filter(|name| name.contains(\".db\")).collect();\n\
         names.sort();\nmigrator.log(format_args!(\"{folder}: {names:?}\"));\n}\nOk(())\n}\n}\n\
         export_migration!(M);\n",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @r#"
    exit 0
    --- stdout
    applied [STAMP]_unusual_link ([N] ms)
    unusual_link_journal: .: ["app.db"]
    unusual_link_journal: data: ["real.db", "real.db-journal"]
    applied [STAMP]_unusual_link_journal ([N] ms)
    applied 2 migrations: `data/real.db` has 2 applied, 0 pending
    "#);
    assert!(fs::symlink_metadata(sandbox.path("app.db")).unwrap().is_symlink());
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_unusual_link          [TIME]
    [x] [STAMP]_unusual_link_journal  [TIME]
    2 applied, 0 pending
    ");
}

#[test]
fn a_link_to_nothing_is_a_missing_database() {
    let sandbox = with_pending("unusual_dangling");
    symlink("nowhere.db", sandbox.path("other.db")).unwrap();
    let mut command = sandbox.command(&["migrate", "--database", "other.db"]);
    let outcome = sandbox.outcome(&command.output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 2
    --- stderr
    error: cannot use the database `[ROOT]/other.db`
      caused by: it does not exist
    hint: see whether this is the right path; `--create` makes a new database there
    ");
    assert!(!sandbox.path("nowhere.db").exists());
}

#[test]
fn status_leaves_a_database_in_wal_mode_as_it_is() {
    let sandbox = with_pending("unusual_wal");
    let connection = sandbox.database();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    fill(&connection, 1);
    drop(connection);
    // Nobody has it open: it is one file.
    assert_snapshot!(sandbox.untouched(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_unusual_wal
    0 applied, 1 pending
    ");

    // Somebody has it open, with changes that are only in the log.
    let writer = sandbox.database();
    writer.execute_batch("PRAGMA wal_autocheckpoint = 0; CREATE TABLE logged (a)").unwrap();
    assert_eq!(sandbox.run(&["status"]).succeeded().stdout.lines().count(), 2);
    sandbox.run(&["migrate"]).succeeded();
    let yes = "  Integer(1)\n";
    assert_eq!(rows(&writer, "SELECT count(*) = 0 FROM logged, made"), yes);
    assert_eq!(rows(&writer, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), yes);
}

/// A copy of the project's database as a program leaves it that dies in the middle of a transaction
/// in `mode`, which changed every row and had no room to keep that in memory.
fn leave_half_done(sandbox: &Sandbox, mode: &str) {
    let live = Connection::open(sandbox.path("live.db")).unwrap();
    live.pragma_update(None, "journal_mode", mode).unwrap();
    fill(&live, 50);
    live.execute_batch(
        "PRAGMA cache_size = 5; PRAGMA cache_spill = 5; BEGIN;
         UPDATE filler SET text = replace(text, 'old', 'new');",
    )
    .unwrap();
    for (from, to) in [
        ("live.db", "app.db"),
        ("live.db-journal", "app.db-journal"),
        ("live.db-wal", "app.db-wal"),
    ] {
        if sandbox.path(from).exists() {
            fs::copy(sandbox.path(from), sandbox.path(to)).unwrap();
        }
    }
    drop(live);
    // The test would prove nothing if the change were not there to be undone.
    let changed = if mode == "wal" { "app.db-wal" } else { "app.db" };
    let left = fs::read(sandbox.path(changed)).unwrap();
    assert!(left.windows(8).any(|window| window == b"new new "));
}

fn old_rows(sandbox: &Sandbox) -> usize {
    let connection = sandbox.database();
    let mut statement =
        connection.prepare("SELECT text FROM filler WHERE text LIKE 'old %'").unwrap();
    statement.query_map([], |_| Ok(())).unwrap().count()
}

#[test]
fn what_a_dead_program_left_half_done_is_rolled_back_by_status() {
    for mode in ["delete", "wal"] {
        let sandbox = with_pending(&format!("unusual_dead_status_{mode}"));
        leave_half_done(&sandbox, mode);
        let outcome = sandbox.run(&["status"]).succeeded();
        assert!(outcome.stdout.ends_with("0 applied, 1 pending\n"), "{}", outcome.shown());
        assert_eq!(old_rows(&sandbox), 50, "{mode}");
    }
}

#[test]
fn what_a_dead_program_left_half_done_does_not_stop_a_migration() {
    for mode in ["delete", "wal"] {
        let sandbox = with_pending(&format!("unusual_dead_migrate_{mode}"));
        leave_half_done(&sandbox, mode);
        sandbox.run(&["migrate"]).succeeded();
        assert_eq!(old_rows(&sandbox), 50, "{mode}");
        let check =
            rows(&sandbox.database(), "SELECT integrity_check = 'ok' FROM pragma_integrity_check");
        assert_eq!(check, "  Integer(1)\n");
    }
}

#[test]
fn more_than_fits_into_the_cache_goes_into_a_log_that_is_begun_anew() {
    let sandbox = Sandbox::project();
    let database = sandbox.database();
    database.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE much (bytes)").unwrap();
    let much = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
        INSERT INTO much SELECT zeroblob(1000) FROM n";
    // After the first one, all of the log is in the file.
    for name in ["much_once", "much_twice"] {
        sandbox.sql_migration(name, much, "");
    }
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(rows(&sandbox.database(), "SELECT count(*) FROM much"), "  Integer(16000)\n");
}
