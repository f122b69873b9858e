//! Backups: what they hold, when they are made, and what keeps one from being made.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::sandbox::{self, Outcome, Sandbox, rows};
use insta::assert_snapshot;
use runner::Event;
use runner::backup::{Backups, Destination, backup};
use rusqlite::Connection;

const ROWS: &str = "CREATE TABLE ground (id INTEGER PRIMARY KEY, word TEXT);
                    CREATE INDEX word_of_ground ON ground (word);
                    INSERT INTO ground (word) VALUES ('ada'), ('grace');";

/// A project whose database has rows, and one migration that is pending.
fn with_pending(name: &str) -> Sandbox {
    let sandbox = Sandbox::project().backs_up("");
    sandbox.database().execute_batch(ROWS).unwrap();
    sandbox.sql_migration(name, "CREATE TABLE made (a)", "DROP TABLE made");
    sandbox
}

/// Makes the database some megabytes large.
fn fill(connection: &Connection) {
    connection
        .execute_batch(
            "CREATE TABLE filler (text TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO filler SELECT hex(randomblob(2000)) FROM n",
        )
        .unwrap();
}

/// Runs `script` in a shell in the folder, with the binary as `$0`.
fn shell(sandbox: &Sandbox, program: &[&str], script: &str) -> Outcome {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["sh", "-c", script, env!("CARGO_BIN_EXE_runner")]);
    sandbox.prepare(&mut command);
    sandbox.outcome(&command.output().unwrap())
}

#[test]
fn a_backup_is_made_before_anything_is_applied_and_reverted() {
    let sandbox = with_pending("backup_before");
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    backed up to `backups/app-[TIME].db`
    applied [STAMP]_backup_before ([N] ms)
    applied 1 migration: `app.db` has 1 applied, 0 pending
    ");
    assert_eq!(sandbox.backups().len(), 1);
    assert_eq!(sandbox.contents_of(format!("backups/{}", sandbox.backups()[0])), before);

    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 0
    --- stdout
    backed up to `backups/app-[TIME].db`
    reverted [STAMP]_backup_before ([N] ms)
    reverted 1 migration: `app.db` has 0 applied, 1 pending
    ");
    assert_eq!(sandbox.contents_of(format!("backups/{}", sandbox.backups()[1])), before);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.run(&["redo", "--json"]).stdout.lines().nth(2).unwrap(), @r#"  "backup": "[ROOT]/backups/app-[TIME].db","#);
    assert_eq!(sandbox.backups().len(), 4);
}

#[test]
fn no_backup_is_made_where_nothing_is_applied_or_nobody_wants_one() {
    let sandbox = Sandbox::project().backs_up("");
    sandbox.sql_migration("backup_none", "CREATE TABLE made (a)", "DROP TABLE made");
    // Nothing to lose yet.
    sandbox.run(&["migrate"]).succeeded();
    sandbox.untouched(&["migrate"]).succeeded();
    sandbox.untouched(&["migrate", "--backward", "--dry-run"]).succeeded();
    sandbox.run(&["migrate", "--backward", "--no-backup"]).succeeded();
    sandbox.write("runner.toml", "database = \"app.db\"");
    sandbox.run(&["migrate"]).succeeded();
    assert!(!sandbox.path("backups").exists());
}

#[test]
fn a_backup_is_what_the_first_step_sees_however_much_others_write() {
    for mode in ["DELETE", "WAL"] {
        let sandbox = Sandbox::project().backs_up("");
        sandbox.database().execute_batch(ROWS).unwrap();
        let forward = "CREATE TABLE seen AS SELECT count(*) AS rows FROM ground";
        sandbox.sql_migration(&format!("backup_seen_{mode}").to_lowercase(), forward, "");
        // The build takes long, and is not what the writer is to write against.
        sandbox.run(&["migrate", "--dry-run"]).succeeded();
        let writer = sandbox.database();
        writer.busy_timeout(sandbox::patience()).unwrap();
        writer.pragma_update(None, "journal_mode", mode).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let (done, writer) = (&done, writer);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    writer.execute("INSERT INTO ground (word) VALUES ('more')", []).unwrap();
                }
            });
            let outcome = sandbox.run(&["migrate", "--busy-timeout", "600"]);
            done.store(true, Ordering::Relaxed);
            outcome.succeeded();
        });
        let backup = Connection::open(sandbox.path("backups").join(&sandbox.backups()[0])).unwrap();
        let count = "SELECT count(*) FROM ground";
        let seen = rows(&sandbox.database(), "SELECT rows FROM seen");
        assert_eq!(rows(&backup, count), seen, "{mode}");
        assert_ne!(rows(&sandbox.database(), count), seen, "{mode}: nobody wrote");
    }
}

#[test]
fn a_backup_in_wal_mode_holds_what_is_in_the_log_alone() {
    let sandbox = with_pending("backup_wal");
    let application = sandbox.database();
    application.pragma_update(None, "journal_mode", "WAL").unwrap();
    application.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    application.execute("INSERT INTO ground (word) VALUES ('edsger')", []).unwrap();
    assert_snapshot!(sandbox.run(&["backup", "-o", "mine.db"]).shown(), @"
    exit 0
    --- stdout
    backed up to `mine.db`
    ");
    let names: Vec<_> = fs::read_dir(sandbox.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("mine"))
        .collect();
    assert_eq!(names, ["mine.db"]);
    sandbox.run(&["migrate"]).succeeded();
    let automatic = format!("backups/{}", sandbox.backups()[0]);
    assert_eq!(sandbox.backups().len(), 1);
    assert_eq!(sandbox.contents_of("mine.db"), sandbox.contents_of(automatic));
    assert!(sandbox.contents_of("mine.db").contains("edsger"));
}

#[test]
fn what_has_the_name_already_is_never_written_over_or_followed() {
    let sandbox = with_pending("backup_in_the_way");
    sandbox.write("there.db", "mine");
    symlink("there.db", sandbox.path("alias.db")).unwrap();
    fs::create_dir(sandbox.path("folder.db")).unwrap();
    assert_snapshot!(sandbox.untouched(&["backup", "-o", "there.db"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/there.db` is there already
    hint: nothing is ever written over; name another file
    ");
    for name in ["alias.db", "folder.db", "app.db"] {
        assert_eq!(sandbox.untouched(&["backup", "-o", name]).code, Some(2), "{name}");
    }
    symlink("elsewhere.db", sandbox.path("link.db")).unwrap();
    assert_eq!(sandbox.run(&["backup", "-o", "link.db"]).code, Some(2));
    assert!(!sandbox.path("elsewhere.db").exists());
}

#[test]
fn a_folder_that_is_missing_or_read_only_is_named() {
    let sandbox = with_pending("backup_no_folder");
    assert_snapshot!(sandbox.untouched(&["backup", "-o", "no folder/b.db"]).shown(), @r#"
    exit 2
    --- stderr
    error: there is no folder `[ROOT]/no folder`
    hint: make it: `mkdir -p '[ROOT]/no folder'`
    "#);
    fs::create_dir(sandbox.path("closed")).unwrap();
    fs::set_permissions(sandbox.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    let outcome = if may_mount() {
        // Access rights do not bind the superuser; a read-only disk does.
        let script = "mount -t tmpfs -o ro none closed && \"$0\" backup -o closed/b.db";
        shell(&sandbox, &["unshare", "-m"], script)
    } else {
        sandbox.untouched(&["backup", "-o", "closed/b.db"])
    };
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert!(outcome.stderr.contains("cannot write in `[ROOT]/closed`"), "{}", outcome.shown());
    sandbox.write("backups", "a file");
    assert_snapshot!(sandbox.untouched(&["migrate"]).shown(), @"
    exit 2
    --- stderr
    error: cannot make `[ROOT]/backups`
      caused by: File exists (os error 17)
    hint: move the file away that is in its place, or name another folder
    ");
}

/// Whether this process may make disks that it alone sees.
fn may_mount() -> bool {
    Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|status| status.success())
}

#[test]
fn a_missing_database_is_not_backed_up() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["backup"]).shown(), @"
    exit 2
    --- stderr
    error: there is no database `[ROOT]/app.db` to back up
    hint: name the file that is to be backed up; `--database FILE`, `DATABASE_URL` or `runner.toml` names it
    ");
}

#[test]
fn a_damaged_database_is_neither_backed_up_nor_migrated() {
    let sandbox = with_pending("backup_damaged");
    fill(&sandbox.database());
    let page: i64 = sandbox
        .database()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'word_of_ground'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let mut bytes = fs::read(sandbox.path("app.db")).unwrap();
    let at = usize::try_from(page - 1).unwrap() * 4096;
    bytes[at..at + 4096].fill(0xff);
    fs::write(sandbox.path("app.db"), bytes).unwrap();
    assert_snapshot!(sandbox.untouched(&["backup", "-o", "b.db"]).shown(), @"
    exit 4
    --- stderr
    error: the database `[ROOT]/app.db` is damaged, and was not backed up: Tree 3 page 3: btreeInitPage() returns error code 11
    hint: it was left untouched; restore a backup with `runner restore FILE`, or try `.recover` in SQLite's own shell
    ");
    sandbox.write("backups/.gitignore", "*\n");
    assert_eq!(sandbox.untouched(&["migrate"]).code, Some(4));
}

#[test]
fn the_last_backups_are_kept_and_what_is_not_the_runners_stays() {
    let sandbox = with_pending("backup_keep").backs_up("backup_keep = 2");
    for name in ["backups/app-before-release.db", "backups/app-20010101T000000Z.db"] {
        sandbox.write(name, "old");
    }
    for _ in 0..3 {
        sandbox.database().execute("INSERT INTO ground (word) VALUES ('more')", []).unwrap();
        sandbox.run(&["backup"]).succeeded();
    }
    assert_eq!(sandbox.backups().len(), 4, "{:?}", sandbox.backups());
    assert!(sandbox.path("backups/app-before-release.db").exists());
    // So an earlier version called them: it may be that of any database called `app.db`.
    assert!(sandbox.path("backups/app-20010101T000000Z.db").exists());
    sandbox.write("runner.toml", "database = \"app.db\"\nbackup_keep = 0\n");
    assert_snapshot!(sandbox.untouched(&["backup"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/runner.toml` is not right
      caused by: TOML parse error at line 2, column 15
          |
        2 | backup_keep = 0
          |               ^
        invalid value: integer `0`, expected a nonzero usize
    ");
}

#[test]
fn a_backup_that_was_just_made_stays_when_others_were_made_by_a_clock_that_was_ahead() {
    let sandbox = with_pending("backup_clock").backs_up("backup_keep = 2");
    sandbox.run(&["migrate"]).succeeded();
    let later = regex::Regex::new(r"\d{8}T").unwrap();
    for year in [2098, 2099] {
        sandbox.database().execute("INSERT INTO ground (word) VALUES (?1)", [year]).unwrap();
        sandbox.run(&["backup"]).succeeded();
        let name = sandbox.backups().pop().unwrap();
        let renamed = later.replace(&name, format!("{year}0101T")).into_owned();
        let path = |name| sandbox.path("backups").join(name);
        fs::rename(path(name), path(renamed)).unwrap();
    }
    sandbox.database().execute("INSERT INTO ground (word) VALUES ('precious')", []).unwrap();
    let before = sandbox.contents();
    let mut command = sandbox.command(&["migrate", "--backward", "--json"]);
    let document: serde_json::Value =
        serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let backup = document["backup"].as_str().unwrap();
    assert_eq!(sandbox.contents_of(backup), before);
    assert_eq!(sandbox.backups().len(), 2);
    // It is the one that is looked at for "the same state", and none is made beside it.
    sandbox.run(&["restore", backup, "--no-backup"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(sandbox.backups().len(), 2);
    assert_eq!(sandbox.contents_of(backup), before);
}

#[test]
fn a_migration_that_fails_again_and_again_has_one_backup() {
    let sandbox = Sandbox::project().backs_up("backup_keep = 2");
    sandbox.database().execute_batch(ROWS).unwrap();
    sandbox.sql_migration("backup_fails", "INSERT INTO nowhere VALUES (1)", "");
    for _ in 0..3 {
        assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    }
    assert_eq!(sandbox.backups().len(), 1);
    sandbox.database().execute("INSERT INTO ground (word) VALUES ('more')", []).unwrap();
    assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    assert_eq!(sandbox.backups().len(), 2);
}

#[test]
fn a_backup_has_the_access_rights_of_the_database() {
    let sandbox = with_pending("backup_rights");
    for mode in [0o600, 0o640] {
        let rights = fs::Permissions::from_mode(mode);
        fs::set_permissions(sandbox.path("app.db"), rights).unwrap();
        let name = format!("{mode:o}.db");
        sandbox.run(&["backup", "-o", &name]).succeeded();
        let rights = fs::metadata(sandbox.path(&name)).unwrap().permissions().mode();
        assert_eq!(rights & 0o777, mode);
    }
}

#[test]
fn a_file_that_cannot_grow_stops_the_backup_and_the_migration() {
    let sandbox = with_pending("backup_limit");
    sandbox.run(&["migrate", "--dry-run"]).succeeded();
    fill(&sandbox.database());
    let before = sandbox.contents();
    // 1 MB or 2, by whichever unit the shell counts; SQLite is to get an error and no signal.
    let limited = |command: &str| {
        shell(&sandbox, &["env"], &format!("trap '' XFSZ; ulimit -f 2000; exec \"$0\" {command}"))
    };
    let normal = |outcome: Outcome| {
        let name = regex::Regex::new(r"\.runner-\w+\.partial").unwrap();
        name.replace_all(&outcome.shown(), ".runner-[RANDOM].partial").into_owned()
    };
    assert_snapshot!(normal(limited("backup -o b.db")), @"
    exit 75
    --- stderr
    error: cannot write `[ROOT]/.runner-[RANDOM].partial`
      caused by: disk I/O error
    hint: the disk is full, or a limit on the size of files is reached; make room, and try again
    ");
    assert_snapshot!(normal(limited("migrate")), @"
    exit 75
    --- stderr
    error: cannot write `[ROOT]/backups/.runner-[RANDOM].partial`
      caused by: disk I/O error
    hint: the disk is full, or a limit on the size of files is reached; make room, and try again
    ");
    assert_eq!((sandbox.backups(), sandbox.contents()), (Vec::new(), before));
    assert!(!sandbox.path("b.db").exists());
}

#[test]
fn a_full_disk_stops_the_migration_before_it_starts() {
    if !may_mount() {
        eprintln!("not tried: only the superuser may make a small disk");
        return;
    }
    let sandbox = with_pending("backup_full");
    fill(&sandbox.database());
    let before = sandbox.contents();
    fs::create_dir(sandbox.path("backups")).unwrap();
    let script = "mount -t tmpfs -o size=100k none backups && echo old > backups/old; \
                  \"$0\" migrate; code=$?; ls -A backups; exit $code";
    let outcome = shell(&sandbox, &["unshare", "-m"], script);
    assert_snapshot!(outcome.shown(), @"
    exit 75
    --- stdout
    old
    --- stderr
    error: `[ROOT]/backups` has room for 98 kB, and the backup needs 4.2 MB
    hint: make room, and try again
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn the_library_tells_how_far_it_is_and_prints_nothing() {
    let sandbox = with_pending("backup_library");
    fill(&sandbox.database());
    let database = runner::Database::existing_at(sandbox.path("app.db"));
    let backups = Backups { folder: sandbox.path("mine"), ..Backups::default() };
    let mut events = Vec::new();
    let path =
        backup(&database, &Destination::Folder(backups), Duration::from_secs(1), &mut |event| {
            events.push(event);
        })
        .unwrap();
    let (last, pages) = events.split_last().unwrap();
    assert_eq!(last, &Event::BackedUp { path });
    assert!(pages.len() > 1);
    assert!(matches!(pages.last(), Some(Event::BackingUp { done, total }) if done == total));
}

#[test]
fn no_file_is_written_over_a_database_or_under_a_name_that_sqlite_reserves() {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch("CREATE TABLE player (name)").unwrap();
    let other = Connection::open(sandbox.path("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (a)").unwrap();
    drop(other);
    symlink("app.db", sandbox.path("link")).unwrap();
    for output in ["app.db-journal", "app.db-wal", "APP.DB-SHM", "link-wal", "other.db-journal"] {
        for command in [
            &["backup", "-o", output][..],
            &["bundle", "-o", output],
            &["schema", "dump", "database", "-o", output],
            &["schema", "diagram", "database", "-o", output],
            &["--database", "other.db", "schema", "dump", "database", "-o", output],
        ] {
            if command[0] == "--database" && !output.starts_with("other") {
                continue;
            }
            let refused = sandbox.untouched(command);
            assert!(
                refused.code == Some(2) && refused.stderr.contains("is the name of the "),
                "{command:?}: {}",
                refused.shown()
            );
        }
    }
    for command in [
        &["bundle", "-o", "app.db"][..],
        &["schema", "dump", "database", "-o", "app.db"],
        &["schema", "diagram", "other.db", "-o", "other.db"],
    ] {
        let refused = sandbox.untouched(command);
        assert_eq!(refused.code, Some(2), "{command:?}: {}", refused.shown());
    }
    sandbox.sql_migration("backup_reserved", "CREATE TABLE made (a)", "");
    for command in [&["migrate", "--create"][..], &["restore", "app.db"]] {
        let refused = sandbox.run(&[&["--database", "other.db-wal"], command].concat());
        assert_eq!(refused.code, Some(2), "{command:?}: {}", refused.shown());
        assert!(!sandbox.path("other.db-wal").exists());
    }
    assert_snapshot!(sandbox.untouched(&["backup", "-o", "app.db-wal"]).shown(), @"
    exit 2
    --- stderr
    error: `[ROOT]/app.db-wal` is the name of the write-ahead log of the database `[ROOT]/app.db`
    hint: nothing was written; name another file
    ");
}
