//! A migration does the same in a run of several as alone: nothing that one leaves on its connection
//! or in its process reaches the next.

use crate::scene;
use std::fs;

use crate::sandbox::{Sandbox, repository};

/// What `tests/plugins/leaves_a_setting.rs` can leave.
const LEFT: [&str; 32] = [
    "nothing",
    "triggers off",
    "views off",
    "foreign keys on",
    "no strings in double quotes",
    "legacy ALTER TABLE",
    "rows in reverse",
    "no comments",
    "short numbers",
    "client data",
    "a statement",
    "its own lower()",
    "its own NOCASE",
    "a function",
    "a collation",
    "a temporary table",
    "a row id",
    "a small cache",
    "a mapped file",
    "triggers of triggers",
    "a limit",
    "a progress handler",
    "a busy handler",
    "plain result codes",
    "no guard",
    "another folder",
    "an environment variable",
    "a variable less",
    "a signal handler",
    "a signal that waits",
    "a mask for files",
    "SQLite's memory",
];

/// One that leaves something is pending, and after it one that tells what it finds.
fn pending() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("left_ground", scene::GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.plugin("leaves_a_setting");
    sandbox.plugin("tells_what_it_finds");
    fs::copy(sandbox.path("app.db"), sandbox.path("start.db")).unwrap();
    sandbox
}

/// What the database holds after `runs` of the binary, from the start.
fn after(sandbox: &Sandbox, left: &str, runs: &[&[&str]]) -> String {
    fs::copy(sandbox.path("start.db"), sandbox.path("app.db")).unwrap();
    for arguments in runs {
        let outcome = sandbox.command(arguments).env("LEAVES", left).output().unwrap();
        sandbox.outcome(&outcome).succeeded();
    }
    sandbox.contents()
}

#[test]
fn what_a_migration_leaves_does_not_reach_the_next_of_the_same_run() {
    let sandbox = pending();
    let alone = after(&sandbox, "nothing", &[&["migrate", "--steps", "1"], &["migrate"]]);
    for (journal, left) in [("delete", &LEFT[..]), ("wal", &LEFT[..5])] {
        let start = rusqlite::Connection::open(sandbox.path("start.db")).unwrap();
        start.pragma_update(None, "journal_mode", journal).unwrap();
        drop(start);
        for left in left {
            let together = after(&sandbox, left, &[&["migrate"]]);
            assert_eq!(together, alone, "after a migration that leaves {left}, in {journal} mode");
        }
    }
}

/// Of what can be left, all that leaves the connection as a new one is.
const NOT_ON_THE_CONNECTION: [&str; 8] = [
    "nothing",
    "a row id",
    "another folder",
    "an environment variable",
    "a variable less",
    "a signal handler",
    "a signal that waits",
    "a mask for files",
];

#[test]
fn a_connection_is_kept_for_the_next_migration_only_where_nothing_was_left_on_it() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("kept_ground", scene::GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    let source = fs::read_to_string(repository().join("tests/plugins/notes_its_connection.rs"));
    let source = source.unwrap();
    sandbox.migration("notes_its_connection_before", &source);
    sandbox.plugin("leaves_a_setting");
    sandbox.migration("notes_its_connection_after", &source);
    fs::copy(sandbox.path("app.db"), sandbox.path("start.db")).unwrap();
    for left in LEFT {
        after(&sandbox, left, &[&["migrate"]]);
        let connection = rusqlite::Connection::open(sandbox.path("app.db")).unwrap();
        let mut read = connection.prepare("SELECT connection, changed, row FROM noted").unwrap();
        let noted = read.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
        let noted: Vec<(i64, (i64, i64))> = noted.unwrap().map(Result::unwrap).collect();
        let [(before, remembered_before), (after, remembered_after)] = noted[..] else {
            panic!("{noted:?} after a migration that leaves {left}")
        };
        let expected = NOT_ON_THE_CONNECTION.contains(&left);
        assert_eq!(before == after, expected, "after a migration that leaves {left}");
        assert_eq!([remembered_before, remembered_after], [(0, 0); 2], "{left}");
    }
}
