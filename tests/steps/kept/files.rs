//! Values that are kept in a file of its own.

use super::{keeping, losing, rows, state};
use insta::assert_snapshot;

const PLAYERS: &str = "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, note TEXT, tag TEXT); \
    INSERT INTO player VALUES (1, 'Ada', 'a', 's'), (2, 'Bob', 'b', 't');";

fn drop(column: &str) -> String {
    format!("ALTER TABLE player DROP COLUMN {column}")
}

fn add(column: &str) -> String {
    format!("ALTER TABLE player ADD COLUMN {column} TEXT")
}

#[test]
fn what_several_steps_of_a_run_lose_goes_into_one_new_file_and_comes_back_from_it() {
    for journal in ["delete", "wal"] {
        let sandbox = keeping(&format!("filed_{journal}"), PLAYERS);
        sandbox.database().pragma_update(None, "journal_mode", journal).unwrap();
        let before = rows(&sandbox, "SELECT id, name, note, tag FROM player");
        // In the order in which they come back.
        losing(
            &sandbox,
            &format!("filed_{journal}_1"),
            "\"player.tag\"",
            &drop("tag"),
            &add("tag"),
        );
        losing(
            &sandbox,
            &format!("filed_{journal}_2"),
            "\"player.note\"",
            &drop("note"),
            &add("note"),
        );
        let said = sandbox.run(&["migrate", "--keep-in", "kept.db"]).succeeded().stdout;
        assert!(said.contains("kept player.note of 2 rows ([SIZE]) in `kept.db`"), "{said}");
        assert_eq!(
            rows(&sandbox, "SELECT count(*) FROM sqlite_schema WHERE name GLOB '_runner_kept_*'"),
            "  Integer(0)\n"
        );
        let listed = sandbox.run(&["kept"]).succeeded().stdout;
        assert!(listed.contains("in `kept.db`"), "{listed}");
        let said = sandbox.run(&["down", "2"]).succeeded().stdout;
        assert!(said.contains("put back player.tag of 2 rows"), "{said}");
        assert_eq!(rows(&sandbox, "SELECT id, name, note, tag FROM player"), before);
        assert_eq!(sandbox.run(&["kept"]).succeeded().stdout, "nothing is kept in `app.db`\n");
    }
}

#[test]
fn a_file_that_is_there_is_not_touched_whatever_it_is() {
    let sandbox = keeping("taken", PLAYERS);
    losing(&sandbox, "taken_note", "\"player.note\"", &drop("note"), &add("note"));
    sandbox.write("there.txt", "mine");
    sandbox.run(&["migrate", "--keep-in", "kept.db"]).succeeded();
    sandbox.run(&["down"]).succeeded();
    let mut said = String::new();
    for file in ["there.txt", "app.db", "kept.db", "no/folder/kept.db", "app.db-wal"] {
        said += &sandbox.untouched(&["migrate", "--keep-in", file]).shown();
    }
    assert_snapshot!(said, @"
    exit 3
    --- stderr
    error: `[ROOT]/there.txt` is there already, and is no file of kept values
    hint: nothing was done, and the file is as it was; name another
    explain: runner explain keep-file
    exit 3
    --- stderr
    error: `[ROOT]/app.db` is there already, and is no file of kept values
    hint: nothing was done, and the file is as it was; name another
    explain: runner explain keep-file
    exit 3
    --- stderr
    error: `[ROOT]/kept.db` is there already, and says of itself: values that migrations took away from the database [ROOT]/app.db, first [STAMP]_taken_note, kept by runner on [TIME]. They count only while that database says so in its table _runner_kept
    hint: nothing was done, and the file is as it was; name another
    explain: runner explain keep-file
    exit 3
    --- stderr
    error: what is lost cannot be kept in `[ROOT]/no/folder/kept.db`
      caused by: its folder is not there
    hint: nothing of this step is in the database
    explain: runner explain keep-file
    exit 2
    --- stderr
    error: what is lost cannot be kept in `[ROOT]/app.db-wal`
      caused by: cannot use the database `[ROOT]/app.db-wal`
      caused by: `[ROOT]/app.db-wal` is the name of the write-ahead log of the database `[ROOT]/app.db`
    hint: nothing was written; name another file
    ");
    let said = sandbox.untouched(&["migrate", "--keep-in", "kept.db", "--dry-run"]).stderr;
    assert!(said.contains("is there already"), "{said}");
}

#[test]
fn a_file_that_is_gone_moved_damaged_or_another_one_is_named_and_nothing_changed() {
    let sandbox = keeping("moved", PLAYERS);
    let before = state(&sandbox);
    losing(&sandbox, "moved_tag", "\"player.tag\"", &drop("tag"), &add("tag"));
    sandbox.run(&["migrate", "--keep-in", "kept.db"]).succeeded();
    let bytes = std::fs::read(sandbox.path("kept.db")).unwrap();
    std::fs::rename(sandbox.path("kept.db"), sandbox.path("moved.db")).unwrap();
    let refused = |flags: &[&str]| {
        let before = sandbox.contents();
        let outcome = sandbox.run(&[&["down"], flags].concat());
        assert_eq!(sandbox.contents(), before);
        outcome.shown()
    };
    std::fs::write(sandbox.path("damaged.db"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(sandbox.path("text.db"), "no database").unwrap();
    let said = refused(&[])
        + &["app.db", "damaged.db", "text.db"].map(|file| refused(&["--kept-in", file])).concat();
    assert_snapshot!(said, @"
    exit 3
    --- stderr
    error: what was kept of `[STAMP]_moved_tag` cannot be read from `[ROOT]/kept.db`
      caused by: there is no such file
    hint: nothing was done; where the file is: `runner migrate --backward --kept-in FILE`; without what was kept: `runner kept purge [STAMP]_moved_tag`
    explain: runner explain kept-file
    exit 3
    --- stderr
    error: what was kept of `[STAMP]_moved_tag` cannot be read from `[ROOT]/app.db`
      caused by: it does not have what was kept: it is of another database, or of another run
    hint: nothing was done; where the file is: `runner migrate --backward --kept-in FILE`; without what was kept: `runner kept purge [STAMP]_moved_tag`
    explain: runner explain kept-file
    exit 3
    --- stderr
    error: what was kept of `[STAMP]_moved_tag` cannot be read from `[ROOT]/damaged.db`
      caused by: database disk image is malformed
    hint: nothing was done; where the file is: `runner migrate --backward --kept-in FILE`; without what was kept: `runner kept purge [STAMP]_moved_tag`
    explain: runner explain kept-file
    exit 3
    --- stderr
    error: what was kept of `[STAMP]_moved_tag` cannot be read from `[ROOT]/text.db`
      caused by: file is not a database
    hint: nothing was done; where the file is: `runner migrate --backward --kept-in FILE`; without what was kept: `runner kept purge [STAMP]_moved_tag`
    explain: runner explain kept-file
    ");
    sandbox.run(&["down", "--kept-in", "moved.db"]).succeeded();
    assert_eq!(state(&sandbox), before);
    assert_eq!(std::fs::read(sandbox.path("moved.db")).unwrap(), bytes);
}

#[test]
fn a_step_that_fails_leaves_no_file_and_one_that_loses_nothing_makes_none() {
    let sandbox = keeping("no_file", PLAYERS);
    let id = losing(&sandbox, "no_file_note", "\"player.note\"", "DROP TABLE gone", "SELECT 1");
    assert_eq!(sandbox.run(&["migrate", "--keep-in", "kept.db"]).code, Some(1));
    assert!(!sandbox.path("kept.db").exists());
    std::fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
    losing(
        &sandbox,
        "no_file_same",
        "\"player.note\"",
        "UPDATE player SET note = note",
        "SELECT 1",
    );
    let said = sandbox.run(&["migrate", "--keep-in", "kept.db"]).succeeded().stdout;
    assert!(!said.contains("kept player"), "{said}");
    assert!(!sandbox.path("kept.db").exists());
}
