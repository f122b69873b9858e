//! A backup or restore that is killed, wherever it is: what it leaves never passes for a whole one.
//! `RUNNER_TEST_LONG=1`: at more points.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::sandbox::{self, Sandbox, as_many};
use rusqlite::Connection;

/// At so many points of its life a process is killed.
fn points() -> u32 {
    as_many(40, 10)
}

/// A database of some megabytes in which every row says `word`.
fn make(path: &Path, word: &str) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT);
             CREATE INDEX words_by_word ON words (word);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
             INSERT INTO words (word) SELECT '{word}' || i || hex(zeroblob(500)) FROM n"
        ))
        .unwrap();
}

/// What every row of a database says; panics unless it is sound and whole.
#[track_caller]
fn word(path: &Path) -> String {
    let connection = Connection::open(path).unwrap();
    let check = sandbox::rows(&connection, "PRAGMA integrity_check");
    assert_eq!(check, "  Text(\"ok\")\n");
    let (count, first, last): (u32, String, String) = connection
        .query_row(
            "SELECT count(*), min(substr(word, 1, 3)), max(substr(word, 1, 3)) FROM words",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!((count, &first), (4000, &last));
    first
}

/// Runs the binary and kills it after `delay`, if it still runs.
fn killed_after(sandbox: &Sandbox, arguments: &[&str], delay: Duration) {
    let mut command = sandbox.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How long the binary runs when nobody kills it, as far as a machine with other work can say.
fn life(sandbox: &Sandbox, arguments: &[&str]) -> Duration {
    let started = Instant::now();
    sandbox.run(arguments).succeeded();
    started.elapsed()
}

/// Kills at each point of a life, and at those of another one if `interrupts` says that none was while it
/// wrote.
fn at_each_point(life: impl Fn() -> Duration, mut interrupts: impl FnMut(Duration) -> bool) {
    let end = Instant::now() + sandbox::patience();
    loop {
        let life = life();
        let interrupted =
            (0..points()).filter(|point| interrupts(life * *point / points())).count();
        if interrupted > 0 {
            return;
        }
        assert!(Instant::now() < end, "none was killed while it wrote");
    }
}

#[test]
fn a_killed_backup_leaves_whole_backups_and_the_next_one_clears_up() {
    let sandbox = Sandbox::project();
    make(&sandbox.path("app.db"), "new");
    at_each_point(
        || life(&sandbox, &["backup"]),
        |delay| {
            killed_after(&sandbox, &["backup"], delay);
            let (whole, partial): (Vec<_>, Vec<_>) =
                sandbox.backups().into_iter().partition(|name| name.starts_with("app-"));
            for name in whole {
                assert_eq!(word(&sandbox.path("backups").join(name)), "new");
            }
            for name in &partial {
                let file = format!("backups/{name}");
                assert_eq!(sandbox.run(&["restore", &file]).code, Some(2));
            }
            !partial.is_empty()
        },
    );
    sandbox.run(&["backup"]).succeeded();
    assert!(sandbox.backups().iter().all(|name| name.starts_with("app-")));
}

#[test]
fn a_killed_restore_leaves_what_was_there_or_what_was_to_be() {
    for mode in ["DELETE", "WAL"] {
        let sandbox = Sandbox::project();
        make(&sandbox.path("app.db"), "old");
        make(&sandbox.path("new.db"), "new");
        sandbox.run(&["backup", "-o", "old.db"]).succeeded();
        for file in ["old.db", "new.db"] {
            let backup = Connection::open(sandbox.path(file)).unwrap();
            backup.pragma_update(None, "journal_mode", mode).unwrap();
        }
        let restore = |word| [format!("{word}.db"), "--no-backup".to_owned()];
        let whole_life = || {
            let file = restore("new");
            life(&sandbox, &["restore", &file[0], &file[1]])
        };
        at_each_point(whole_life, |delay| {
            let before = word(&sandbox.path("app.db"));
            sandbox.database().pragma_update(None, "journal_mode", mode).unwrap();
            let wanted = if before == "new" { "old" } else { "new" };
            let file = restore(wanted);
            killed_after(&sandbox, &["restore", &file[0], &file[1]], delay);
            let journal = fs::metadata(sandbox.path("app.db-journal"));
            // Whoever comes next: a program that opens it, or another restore.
            if delay.as_micros().is_multiple_of(2) {
                let after = word(&sandbox.path("app.db"));
                assert!(after == before || after == wanted, "{after}");
            }
            sandbox.run(&["restore", &file[0], &file[1]]).succeeded();
            assert_eq!(word(&sandbox.path("app.db")), wanted);
            for end in ["-journal", "-wal", "-shm"] {
                assert!(!sandbox.path(format!("app.db{end}")).exists(), "{end}");
            }
            journal.is_ok_and(|file| file.len() > 0)
        });
    }
}

#[test]
fn a_killed_restore_of_a_database_that_is_gone_leaves_none_or_a_whole_one() {
    let sandbox = Sandbox::project();
    make(&sandbox.path("new.db"), "new");
    let life = life(&sandbox, &["restore", "new.db"]);
    for point in 0..points() {
        fs::remove_file(sandbox.path("app.db")).unwrap_or_default();
        killed_after(&sandbox, &["restore", "new.db"], life * point / points());
        if sandbox.path("app.db").exists() {
            assert_eq!(word(&sandbox.path("app.db")), "new");
        }
        assert!(!sandbox.path("app.db-wal").exists());
    }
    sandbox.run(&["restore", "new.db"]).succeeded();
    let left: Vec<_> = fs::read_dir(sandbox.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".partial"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
