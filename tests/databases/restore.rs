//! Restoring: into what there is, wholly or not at all, and only from what is a whole backup.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use crate::sandbox::{self, Sandbox};
use insta::assert_snapshot;
use rusqlite::Connection;

/// A project with a migration applied, the backup `old.db`, and another one applied since.
fn with_backup(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    let first = "CREATE TABLE player (name TEXT); INSERT INTO player VALUES ('ada'), ('grace')";
    sandbox.sql_migration(&format!("{name}_first"), first, "DROP TABLE player");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["backup", "-o", "old.db"]).succeeded();
    let second = "DELETE FROM player; CREATE TABLE made (a)";
    sandbox.sql_migration(&format!("{name}_second"), second, "DROP TABLE made");
    sandbox.run(&["migrate"]).succeeded();
    sandbox
}

#[test]
fn a_restored_database_is_what_it_was_and_status_says_so() {
    let sandbox = with_backup("restore_is");
    let (old, new) = (sandbox.contents_of("old.db"), sandbox.contents());
    assert_ne!(old, new);
    fs::set_permissions(sandbox.path("app.db"), fs::Permissions::from_mode(0o640)).unwrap();
    let place = |file: fs::Metadata| (file.ino(), file.mode());
    let before = place(fs::metadata(sandbox.path("app.db")).unwrap());
    assert_snapshot!(sandbox.run(&["restore", "old.db"]).shown(), @"
    exit 0
    --- stdout
    backed up to `backups/app-[TIME].db`
    restored `app.db` from `old.db`: 1 applied
    ");
    assert_eq!(place(fs::metadata(sandbox.path("app.db")).unwrap()), before);
    assert_eq!(sandbox.contents(), old);
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_restore_is_first   [TIME]
    [ ] [STAMP]_restore_is_second
    1 applied, 1 pending
    ");
    // What was there is a backup now, and restoring that one goes back to it.
    let kept = format!("backups/{}", sandbox.backups()[0]);
    assert_eq!(sandbox.contents_of(&kept), new);
    assert_snapshot!(sandbox.run(&["restore", &kept, "--no-backup", "--json"]).shown(), @r#"
    exit 0
    --- stdout
    {
      "applied": [
        "[STAMP]_restore_is_first",
        "[STAMP]_restore_is_second"
      ],
      "backup": null,
      "database": "[ROOT]/app.db",
      "restored": "[ROOT]/backups/app-[TIME].db",
      "unverified": []
    }
    "#);
    assert_eq!(sandbox.contents(), new);
    assert_eq!(sandbox.backups().len(), 1);
    assert!(!sandbox.path("app.db-journal").exists());
}

#[test]
fn the_backup_that_is_restored_makes_no_room_for_another() {
    let sandbox = with_backup("restore_room").backs_up("backup_keep = 1");
    sandbox.run(&["backup"]).succeeded();
    let oldest = format!("backups/{}", sandbox.backups()[0]);
    sandbox.database().execute("INSERT INTO player VALUES ('edsger')", []).unwrap();
    sandbox.run(&["restore", &oldest]).succeeded();
    assert_eq!(sandbox.backups().len(), 2);
    assert_eq!(sandbox.contents(), sandbox.contents_of(&oldest));
}

#[test]
fn a_log_that_a_dead_program_left_is_not_replayed_into_what_is_restored() {
    for (backup_mode, mode) in [("DELETE", "WAL"), ("WAL", "WAL"), ("WAL", "DELETE")] {
        let sandbox = with_backup("restore_wal");
        let set = |file: &str, mode| {
            let connection = Connection::open(sandbox.path(file)).unwrap();
            connection.pragma_update(None, "journal_mode", mode).unwrap();
            connection
        };
        drop(set("old.db", backup_mode));
        let old = sandbox.contents_of("old.db");
        let application = set("app.db", mode);
        application.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        application.execute_batch("CREATE TABLE late (a); INSERT INTO late VALUES (1)").unwrap();
        // The files as they are at the death of the application.
        let dead = sandbox.below("dead");
        fs::create_dir(dead.root()).unwrap();
        for name in ["app.db", "app.db-wal", "app.db-shm"] {
            let _ = fs::copy(sandbox.path(name), dead.path(name));
        }
        fs::copy(sandbox.path("old.db"), dead.path("old.db")).unwrap();
        dead.write("runner.toml", "database = 'app.db'");
        fs::create_dir(dead.path("migrations")).unwrap();

        dead.run(&["restore", "old.db"]).succeeded();
        assert!(!dead.path("app.db-wal").exists(), "{backup_mode} {mode}");
        assert_eq!(dead.contents(), old, "{backup_mode} {mode}");
        let kept = dead.contents_of(format!("backups/{}", dead.backups()[0]));
        assert!(kept.contains("table late"), "{kept}");
    }
}

#[test]
fn nothing_is_left_beside_what_was_restored_whatever_the_journal_modes() {
    for (backup_mode, mode) in [("DELETE", "WAL"), ("WAL", "WAL"), ("WAL", "DELETE")] {
        let sandbox = with_backup("restore_beside");
        for (file, mode) in [("old.db", backup_mode), ("app.db", mode)] {
            set_journal_mode(&sandbox, file, mode);
        }
        sandbox.run(&["restore", "old.db"]).succeeded();
        assert_eq!(beside(&sandbox), ["app.db"], "{backup_mode} over {mode}");
        assert_eq!(journal_mode(&sandbox, "app.db"), backup_mode.to_lowercase());
        // What was kept is what there was, its journal mode too.
        let kept = format!("backups/{}", sandbox.backups()[0]);
        assert_eq!(journal_mode(&sandbox, &kept), mode.to_lowercase());
        fs::remove_file(sandbox.path("app.db")).unwrap();
        sandbox.run(&["restore", "old.db"]).succeeded();
        assert_eq!(beside(&sandbox), ["app.db"], "{backup_mode} anew");
    }
}

#[test]
fn a_finalized_journal_is_no_obstacle() {
    let sandbox = with_backup("restore_finalized");
    // So SQLite leaves a journal that is not in force: with a header of zeros.
    let finalized = [0; 2000];
    fs::write(sandbox.path("old.db-journal"), finalized).unwrap();
    fs::remove_file(sandbox.path("app.db")).unwrap();
    for mode in ["DELETE", "WAL"] {
        set_journal_mode(&sandbox, "old.db", mode);
        fs::write(sandbox.path("old.db-journal"), finalized).unwrap();
        fs::write(sandbox.path("app.db-journal"), finalized).unwrap();
        sandbox.run(&["restore", "old.db", "--no-backup"]).succeeded();
        assert_eq!(beside(&sandbox), ["app.db"], "{mode}");
        assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"), "{mode}");
        fs::write(sandbox.path("app.db-journal"), finalized).unwrap();
        sandbox.run(&["restore", "old.db", "--no-backup"]).succeeded();
        assert_eq!(beside(&sandbox), ["app.db"], "{mode} once more");
        fs::remove_file(sandbox.path("app.db")).unwrap();
    }
    // One that is in force belongs to its database.
    fs::write(sandbox.path("old.db-journal"), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7").unwrap();
    assert_eq!(sandbox.untouched(&["restore", "old.db"]).code, Some(3));
}

#[test]
fn a_restore_that_fails_leaves_the_journal_mode_as_it_was() {
    let sandbox = with_backup("restore_mode");
    let big = Connection::open(sandbox.path("big.db")).unwrap();
    big.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(3000000))").unwrap();
    drop(big);
    set_journal_mode(&sandbox, "app.db", "WAL");
    let before = sandbox.contents();
    // A file in the place of the folder of backups; and no room for what is restored.
    fs::write(sandbox.path("backups"), "in the way").unwrap();
    sandbox.run(&["restore", "old.db"]).code.filter(|code| *code == 2).unwrap();
    assert_eq!(
        (journal_mode(&sandbox, "app.db").as_str(), sandbox.contents()),
        ("wal", before.clone())
    );
    let mut limited = sandbox.shell("ulimit -f 1000; exec \"$0\" restore big.db --no-backup");
    let failed = sandbox.outcome(&limited.output().unwrap());
    assert_ne!(failed.code, Some(0), "{}", failed.shown());
    assert_eq!((journal_mode(&sandbox, "app.db").as_str(), sandbox.contents()), ("wal", before));
    assert_eq!(beside(&sandbox), ["app.db"]);
}

/// The files whose names begin with that of the database.
fn beside(sandbox: &Sandbox) -> Vec<String> {
    let names = fs::read_dir(sandbox.root()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("app.db")).collect();
    names.sort();
    names
}

fn set_journal_mode(sandbox: &Sandbox, file: &str, mode: &str) {
    let connection = Connection::open(sandbox.path(file)).unwrap();
    connection.pragma_update(None, "journal_mode", mode).unwrap();
}

fn journal_mode(sandbox: &Sandbox, file: &str) -> String {
    let connection = Connection::open(sandbox.path(file)).unwrap();
    connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap()
}

#[test]
fn a_database_that_others_use_is_left_to_them() {
    let sandbox = with_backup("restore_used");
    let before = sandbox.contents();
    let restore = ["restore", "old.db", "--busy-timeout", "0.2"];
    let application = sandbox.database();
    application.execute_batch("BEGIN; SELECT count(*) FROM made").unwrap();
    assert_snapshot!(sandbox.run(&restore).shown(), @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database is locked
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    application.execute_batch("COMMIT; PRAGMA journal_mode = WAL; SELECT 1 FROM made").unwrap();
    // In WAL mode it is enough that the file is open.
    assert_eq!(sandbox.run(&restore).code, Some(75));
    drop(application);
    assert_eq!(sandbox.contents(), before);
    assert_eq!(sandbox.backups().len(), 0);
    sandbox.run(&restore).succeeded();
    assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"));
}

#[test]
fn pages_of_another_size_are_restored_too() {
    for (from, to) in [(1024, 8192), (65536, 512)] {
        let sandbox = Sandbox::project();
        let make = |file: &str, size: u32, rows: u32| {
            let connection = Connection::open(sandbox.path(file)).unwrap();
            connection.pragma_update(None, "page_size", size).unwrap();
            connection.execute_batch("CREATE TABLE t (a); BEGIN").unwrap();
            for _ in 0..rows {
                connection.execute("INSERT INTO t VALUES (hex(randomblob(500)))", []).unwrap();
            }
            connection.execute_batch("COMMIT").unwrap();
        };
        make("old.db", from, 200);
        for (rows, mode) in [(900, "DELETE"), (10, "WAL")] {
            make("app.db", to, rows);
            sandbox.database().pragma_update(None, "journal_mode", mode).unwrap();
            sandbox.run(&["restore", "old.db"]).succeeded();
            assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"), "{from} {to}");
            let check = sandbox::rows(&sandbox.database(), "PRAGMA integrity_check");
            assert_eq!(check, "  Text(\"ok\")\n");
            fs::remove_file(sandbox.path("app.db")).unwrap();
        }
    }
}

#[test]
fn a_damaged_database_is_written_over_only_if_nothing_of_it_is_to_be_kept() {
    let sandbox = with_backup("restore_damaged");
    let whole = fs::read(sandbox.path("app.db")).unwrap();
    let mut torn = whole.clone();
    torn[4096..].fill(0xff);
    for (what, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("torn", torn),
        ("foreign", b"This is a letter and no database. ".repeat(999)),
        ("short", b"short".to_vec()),
    ] {
        fs::write(sandbox.path("app.db"), bytes).unwrap();
        let refused = sandbox.untouched(&["restore", "old.db"]);
        assert_eq!(refused.code, Some(4), "{what}: {}", refused.shown());
        if what == "cut" {
            assert_snapshot!(refused.shown(), @"
            exit 4
            --- stderr
            error: what the database `[ROOT]/app.db` holds now cannot be backed up
              caused by: cannot use the database `[ROOT]/app.db`
              caused by: database disk image is malformed
            hint: copy its files elsewhere if they may be of use; `--no-backup` then restores without a backup of it
            ");
        }
        sandbox.run(&["restore", "old.db", "--no-backup"]).succeeded();
        assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"), "{what}");
    }
}

#[test]
fn a_database_that_is_gone_is_made_anew_unless_its_journal_is_there() {
    let sandbox = with_backup("restore_gone");
    fs::remove_file(sandbox.path("app.db")).unwrap();
    sandbox.write("app.db-wal", "what was committed last");
    assert_snapshot!(sandbox.untouched(&["restore", "old.db"]).shown(), @"
    exit 3
    --- stderr
    error: there is no database `[ROOT]/app.db`, but its journal `[ROOT]/app.db-wal` is there
    hint: it may hold what was committed last; move it away, and restore again
    explain: runner explain journal-left
    ");
    fs::remove_file(sandbox.path("app.db-wal")).unwrap();
    assert_snapshot!(sandbox.run(&["restore", "old.db"]).shown(), @"
    exit 0
    --- stdout
    restored `app.db` from `old.db`: 1 applied
    ");
    assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"));
    fs::write(sandbox.path("app.db"), "").unwrap();
    sandbox.run(&["restore", "old.db"]).succeeded();
    assert_eq!(sandbox.contents(), sandbox.contents_of("old.db"));
}

#[test]
fn what_is_no_whole_backup_is_refused_and_the_database_left_as_it_is() {
    let sandbox = with_backup("restore_wrong");
    let whole = fs::read(sandbox.path("old.db")).unwrap();
    fs::write(sandbox.path("cut.db"), &whole[..whole.len() / 2]).unwrap();
    fs::write(sandbox.path(".runner-abc.partial"), &whole).unwrap();
    fs::write(sandbox.path("used.db"), &whole).unwrap();
    sandbox.write("used.db-wal", "more");
    sandbox.write("empty.db", "");
    sandbox.write("letter.db", &"This is a letter and no database. ".repeat(200));
    fs::hard_link(sandbox.path("app.db"), sandbox.path("same.db")).unwrap();
    let foreign = Connection::open(sandbox.path("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE _runner_migrations (a)").unwrap();
    drop(foreign);
    let mut said = String::new();
    for name in [
        "missing.db",
        "migrations",
        "same.db",
        ".runner-abc.partial",
        "empty.db",
        "letter.db",
        "cut.db",
        "used.db",
        "foreign.db",
    ] {
        said += &sandbox.untouched(&["restore", name]).shown();
    }
    assert_snapshot!(said, @"
    exit 2
    --- stderr
    error: cannot use the backup `[ROOT]/missing.db`
      caused by: No such file or directory (os error 2)
    hint: name another backup; the database was left untouched
    exit 2
    --- stderr
    error: `[ROOT]/migrations` is no backup: it is not a file
    hint: name another backup; the database was left untouched
    exit 2
    --- stderr
    error: `[ROOT]/same.db` is no backup: it is the database itself
    hint: name another backup; the database was left untouched
    exit 2
    --- stderr
    error: `[ROOT]/.runner-abc.partial` is no backup: its making was interrupted
    hint: name another backup; the database was left untouched
    exit 2
    --- stderr
    error: `[ROOT]/empty.db` is no backup: it is empty
    hint: name another backup; the database was left untouched
    exit 4
    --- stderr
    error: the backup `[ROOT]/letter.db` is damaged: file is not a database
    hint: name another backup; the database was left untouched
    exit 4
    --- stderr
    error: the backup `[ROOT]/cut.db` is damaged: database disk image is malformed
    hint: name another backup; the database was left untouched
    exit 3
    --- stderr
    error: `[ROOT]/used.db` is a database in use: `[ROOT]/used.db-wal` belongs to it
    hint: `runner backup --database [ROOT]/used.db` makes a backup of it
    explain: runner explain backup-in-use
    exit 3
    --- stderr
    error: the table `_runner_migrations` has no column `id`: it is not the runner's
    hint: find out what else made or changed it: `SELECT sql FROM sqlite_schema WHERE name = '_runner_migrations'` shows its definition
    explain: runner explain foreign-history
    ");
}
