//! What people of other tools type first: it means the same here, or brings what does.

use crate::sandbox::Sandbox;
#[cfg(unix)]
use crate::terminal;
use insta::assert_snapshot;

fn two_migrations() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("words_create_hat", "CREATE TABLE hat (id INTEGER)", "DROP TABLE hat");
    sandbox.sql_migration("words_create_cap", "CREATE TABLE cap (id INTEGER)", "DROP TABLE cap");
    sandbox
}

fn tables(sandbox: &Sandbox) -> String {
    let sql = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema
               WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name)";
    let names: Option<String> = sandbox.database().query_row(sql, (), |row| row.get(0)).unwrap();
    names.unwrap_or_default()
}

#[test]
fn how_far_to_go_is_said_without_an_option() {
    let sandbox = two_migrations();
    sandbox.run(&["migrate", "words_create_hat"]).succeeded();
    assert_eq!(tables(&sandbox), "hat");
    sandbox.run(&["up", "-n", "1"]).succeeded();
    assert_eq!(tables(&sandbox), "cap hat");
    sandbox.run(&["redo", "2"]).succeeded();
    assert_eq!(tables(&sandbox), "cap hat");
    sandbox.run(&["down", "2"]).succeeded();
    assert_eq!(tables(&sandbox), "");
    for (words, instead) in [
        (["up", "2"], "`-n 2`"),
        (["down", "words_create_hat"], "--to ID"),
        (["redo", "nowhere"], "--to ID"),
    ] {
        let refused = sandbox.untouched(&words);
        assert_eq!(refused.code, Some(2), "{}", refused.shown());
        assert!(refused.stderr.contains(instead), "{}", refused.shown());
    }
}

#[test]
fn the_migration_that_was_applied_last_is_reverted_on_demand() {
    let sandbox = Sandbox::project();
    let late = sandbox.sql_migration("words_late", "CREATE TABLE late (id)", "DROP TABLE late");
    std::fs::rename(sandbox.path(format!("migrations/{late}")), sandbox.path("kept")).unwrap();
    sandbox.sql_migration("words_early", "CREATE TABLE early (id)", "DROP TABLE early");
    sandbox.run(&["migrate"]).succeeded();
    std::fs::rename(sandbox.path("kept"), sandbox.path(format!("migrations/{late}"))).unwrap();
    sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    assert_snapshot!(sandbox.run(&["down", "--dry-run"]).shown(), @"
    exit 0
    --- stdout
    the newest is `[STAMP]_words_early`, though `[STAMP]_words_late` was applied last: `--last-applied` reverts that one
    would revert [STAMP]_words_early
        DROP TABLE early
    dry run: 1 step tried on a copy, `app.db` is unchanged
    ");
    assert_snapshot!(sandbox.run(&["down", "--last-applied"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_words_late ([N] ms)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_eq!(tables(&sandbox), "early");
}

#[test]
fn a_command_of_another_tool_brings_the_one_that_does_the_same() {
    let sandbox = Sandbox::empty();
    let brought = |word: &str| {
        let outcome = sandbox.run(&[word]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        outcome.stderr.split('`').nth(1).unwrap_or_default().to_owned()
    };
    for (words, command) in [
        (&["inspectdb", "print-schema"][..], "runner schema dump database --rust"),
        (&["upgrade"], "runner migrate"),
        (&["downgrade", "undo"], "runner down"),
        (&["showmigrations"], "runner status"),
    ] {
        for word in words {
            assert_eq!(brought(word), command, "{word}");
        }
    }
}

#[test]
fn a_word_that_other_tools_take_for_a_migration_brings_what_does_the_same() {
    let sandbox = two_migrations();
    assert_snapshot!(sandbox.untouched(&["migrate", "head"]).shown(), @"
    exit 2
    --- stderr
    error: there is no migration `head`
    hint: `runner migrate` without an ID applies what is pending, up to the newest
    ");
    for (words, here) in [
        (&["migrate", "status"][..], "`runner status`"),
        (&["migrate", "--backward", "--to", "zero"], "`runner down --all`"),
        (&["down", "base"], "`runner down --all`"),
        (&["migrate", "up"], "`runner migrate` without an ID"),
    ] {
        let refused = sandbox.untouched(words);
        assert_eq!(refused.code, Some(2), "{}", refused.shown());
        assert!(refused.stderr.contains(here), "{}", refused.shown());
    }
    // One that is called so is meant.
    sandbox.sql_migration("head", "CREATE TABLE head (id INTEGER)", "DROP TABLE head");
    sandbox.run(&["migrate", "head"]).succeeded();
    assert_eq!(tables(&sandbox), "cap hat head");
}

#[test]
fn a_url_names_the_database_wherever_a_path_does() {
    let sandbox = two_migrations();
    assert_snapshot!(sandbox.run(&["status", "--database", "sqlite:other.db"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_words_create_hat
    [ ] [STAMP]_words_create_cap
    0 applied, 2 pending
    the database `other.db` is not there yet; `runner migrate --create --database sqlite:other.db` makes it
    ");
    sandbox.run(&["migrate", "--database", "sqlite:other.db?mode=rwc"]).succeeded();
    assert!(sandbox.path("other.db").exists());
    for url in ["file:other.db", "jdbc:sqlite:other.db"] {
        let same = sandbox.run(&["status", "--database", url, "--exit-code"]);
        assert!(same.stdout.contains("2 applied, 0 pending"), "{}", same.shown());
    }
    assert_snapshot!(sandbox.untouched(&["migrate", "--database", "postgres://u:secret@h/d"]).shown(), @"
    exit 2
    --- stderr
    error: the database that was asked for is not right
      caused by: `postgres:` is not SQLite
    hint: write a path, or `sqlite:` and a path
    ");
}

#[test]
fn a_script_sees_by_the_exit_code_that_something_is_pending() {
    let sandbox = two_migrations();
    assert_snapshot!(sandbox.untouched(&["status", "--exit-code"]).shown(), @"
    exit 1
    --- stdout
    [ ] [STAMP]_words_create_hat
    [ ] [STAMP]_words_create_cap
    0 applied, 2 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    --- stderr
    error: 2 migrations pending
    hint: `runner migrate` applies what is pending
    ");
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(sandbox.untouched(&["status", "--exit-code"]).code, Some(0));
}

#[test]
fn a_fresh_database_is_what_the_migrations_make_and_the_rows_are_in_a_backup() {
    let sandbox = two_migrations();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO hat VALUES (7); CREATE TABLE own (a)").unwrap();
    assert_snapshot!(sandbox.untouched(&["fresh"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is there already, and nobody agreed to make it anew, with a backup of what it holds
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain not-confirmed
    ");
    let done = sandbox.run(&["reset", "--yes", "--json"]).succeeded();
    assert_eq!(tables(&sandbox), "cap hat");
    let count = "SELECT count(*) FROM hat";
    let hats = |connection: &rusqlite::Connection| -> i64 {
        connection.query_row(count, (), |row| row.get(0)).unwrap()
    };
    assert_eq!(hats(&sandbox.database()), 0);
    assert!(done.stdout.contains("\"backup\": \"[ROOT]/backups/app-"), "{}", done.shown());
    let backups = std::fs::read_dir(sandbox.path("backups")).unwrap();
    let newest = backups.map(|entry| entry.unwrap().path()).max().unwrap();
    assert_eq!(hats(&rusqlite::Connection::open(newest).unwrap()), 1);
    sandbox.run(&["status", "--exit-code"]).succeeded();
}

#[test]
fn a_fresh_database_writes_to_a_log_if_the_old_one_did() {
    let sandbox = two_migrations();
    sandbox.run(&["migrate"]).succeeded();
    let mode =
        |sql: &str| -> String { sandbox.database().query_row(sql, (), |row| row.get(0)).unwrap() };
    for expected in ["wal", "delete"] {
        mode(&format!("PRAGMA journal_mode = {expected}"));
        sandbox.run(&["fresh", "--yes", "--no-backup"]).succeeded();
        assert_eq!(mode("PRAGMA journal_mode"), expected);
    }
}

#[test]
fn a_database_of_another_project_is_called_that_before_it_is_made_anew() {
    let (sandbox, other) = (two_migrations(), Sandbox::project());
    other.sql_migration("words_other", "CREATE TABLE other (a)", "DROP TABLE other");
    other.run(&["migrate"]).succeeded();
    std::fs::copy(other.path("app.db"), sandbox.path("app.db")).unwrap();
    let refused = sandbox.untouched(&["fresh"]);
    assert_eq!(refused.code, Some(3), "{}", refused.shown());
    assert!(refused.stderr.contains("another project's"), "{}", refused.shown());
}

#[test]
#[cfg(unix)]
fn a_person_says_whether_the_database_is_made_anew() {
    let sandbox = two_migrations();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO hat VALUES (7)").unwrap();
    let (code, shown) = terminal::answered(sandbox.command(&["fresh"]), &[("Really", "n")]);
    assert_eq!(code, Some(3), "{shown}");
    let (code, shown) = terminal::answered(sandbox.command(&["fresh"]), &[("Really", "y")]);
    assert_eq!(code, Some(0), "{shown}");
}

#[test]
fn a_migration_that_fails_leaves_the_database_that_was_to_be_made_anew() {
    let sandbox = two_migrations();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.database().execute_batch("INSERT INTO hat VALUES (7)").unwrap();
    sandbox.sql_migration("words_fails", "INSERT INTO nowhere VALUES (1)", "SELECT 1");
    assert_eq!(sandbox.untouched(&["fresh", "--yes"]).code, Some(1));
}

#[test]
fn a_second_migration_of_one_name_is_pointed_out() {
    let sandbox = Sandbox::project();
    sandbox.run(&["create", "words_twice"]).succeeded();
    assert_snapshot!(sandbox.run(&["create", "words_twice"]).shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_words_twice/Cargo.toml
    made migrations/[STAMP]_words_twice/src/lib.rs
    note: `[STAMP]_words_twice` has the same name; only whole ids tell them apart
    it begins blank: names that write the code are `create_TABLE FIELD...`, `add_X_to_TABLE FIELD...`, `drop_COLUMN_from_TABLE [FIELD...]`, `rename_COLUMN_to_NEW_in_TABLE`, `add_index_to_TABLE COLUMN...`
    ");
}
