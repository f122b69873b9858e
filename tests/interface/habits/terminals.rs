//! Colours and bars: on a terminal that has them, and nowhere else.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::sandbox::{Sandbox, sql_source};
use crate::terminal;

/// What an error looks like on a terminal with `variables` set.
fn shown(variables: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::empty();
    on_a_terminal(&mut sandbox.command(&["explain", "edited"]), variables)
}

fn on_a_terminal(command: &mut Command, variables: &[(&str, &str)]) -> String {
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color").envs(variables.iter().copied());
    terminal::raw(command).1
}

#[test]
fn errors_have_colours_on_a_terminal() {
    assert!(shown(&[]).contains('\u{1b}'));
}

#[test]
fn an_explanation_has_colours_on_a_terminal_and_nowhere_else() {
    let sandbox = Sandbox::empty();
    for words in [&["explain", "rows-lost"][..], &["explain"]] {
        let seen = on_a_terminal(&mut sandbox.command(words), &[]);
        assert!(seen.contains("\u{1b}[36mrows-lost\u{1b}[0m"), "{seen:?}");
        let piped = sandbox.run(words).succeeded().stdout;
        assert!(piped.contains("rows-lost") && !piped.contains('\u{1b}'), "{piped:?}");
    }
}

#[test]
fn who_wants_no_colours_gets_none() {
    for variable in [("NO_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")] {
        let text = shown(&[variable]);
        assert!(text.contains("error: there is no code"), "{text}");
        assert!(!text.contains('\u{1b}'), "{variable:?}: {text:?}");
    }
}

#[test]
fn a_build_shows_on_a_terminal_what_is_built_and_elsewhere_says_that_it_begins() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_log", "CREATE TABLE u (a)", "DROP TABLE u");
    for quiet in ["--quiet", "--json"] {
        let output = sandbox.command(&["migrate", "--dry-run", quiet]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{quiet}");
    }
    sandbox.sql_migration("habits_bar", "CREATE TABLE t (a)", "DROP TABLE t");
    let elsewhere = |arguments: &[&str]| {
        let output = sandbox.command(arguments).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let told = elsewhere(&["migrate", "--dry-run"]);
    assert!(told.starts_with("note: building 2 migrations\n"), "{told}");
    // There is nothing left to build, and nothing to be told.
    assert_eq!(elsewhere(&["migrate", "--dry-run"]), "");
    let next =
        sandbox.migration("habits_bar_too", &sql_source("CREATE TABLE v (a)", "DROP TABLE v"));
    let text = on_a_terminal(&mut sandbox.command(&["migrate"]), &[]);
    assert!(text.contains(&format!("building m{next}")), "{text:?}");
    assert!(text.contains("building 3 migrations"), "{text:?}");
    assert!(text.contains("_habits_bar"), "{text:?}");
    // What was drawn is taken away, and what is told stands alone.
    let last = text.trim_end().lines().next_back().unwrap();
    assert!(last.contains("applied 3 migrations: `app.db` has 3 applied, 0 pending"), "{text:?}");
}

#[cfg(unix)]
#[test]
fn a_build_that_waits_for_another_cargo_says_so() {
    use rustix::process::{Pid, Signal, kill_process};

    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_waits", "CREATE TABLE t (a)", "DROP TABLE t");
    // What another cargo holds while it builds there.
    fs::create_dir_all(sandbox.path("target/debug")).unwrap();
    let lock = File::create(sandbox.path("target/debug/.cargo-lock")).unwrap();
    lock.lock().unwrap();
    let mut command = sandbox.command(&["migrate"]);
    command.env("CARGO_TARGET_DIR", sandbox.path("target")).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let lines = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = lines.map(|line| line.starts_with("note: waiting for another cargo, "));
    let is_told = told.take(2).any(|is_it| is_it);
    kill_process(Pid::from_child(&running), Signal::TERM).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(143));
    assert!(is_told);
}

#[test]
fn what_is_applied_and_what_is_pending_have_colours_on_a_terminal() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_green", "CREATE TABLE t (a)", "DROP TABLE t");
    let seen = on_a_terminal(&mut sandbox.command(&["status"]), &[]);
    assert!(seen.contains("\u{1b}[36m[ ]\u{1b}[0m"), "{seen:?}");
    sandbox.run(&["migrate"]).succeeded();
    let seen = on_a_terminal(&mut sandbox.command(&["status"]), &[]);
    assert!(seen.contains("\u{1b}[32m[x]\u{1b}[0m"), "{seen:?}");
}

#[test]
fn a_pass_over_rows_shows_on_a_terminal_how_many_are_done() {
    let sandbox = Sandbox::project();
    sandbox.migration(
        "habits_rows",
        "use migration_api::prelude::*;

        #[derive(Default)]
        pub struct HabitsRows;

        impl Migration for HabitsRows {
            fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
                migrator.execute_batch(
                    \"CREATE TABLE t (a);
                     WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                     INSERT INTO t SELECT i FROM n\",
                )?;
                migrator.rows(\"t\").with_progress().update([\"a\"], |row| {
                    std::thread::sleep(std::time::Duration::from_micros(100));
                    Ok(Some([row.key()]))
                })?;
                Ok(())
            }
        }

        export_migration!(HabitsRows);",
    );
    let text = on_a_terminal(&mut sandbox.command(&["migrate"]), &[]);
    assert!(text.contains("/5,000 ") && text.contains(" left"), "{text:?}");
}

#[test]
fn quiet_builds_draw_nothing() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_no_bar", "CREATE TABLE t (a)", "DROP TABLE t");
    assert_eq!(on_a_terminal(&mut sandbox.command(&["migrate", "--quiet"]), &[]), "");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_no_bar() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_dumb", "CREATE TABLE t (a)", "DROP TABLE t");
    let text = on_a_terminal(&mut sandbox.command(&["migrate"]), &[("TERM", "dumb")]);
    assert!(text.contains("applied 1 migration"), "{text:?}");
    // It is told in lines, as in a log.
    assert!(text.contains("note: building 1 migration\r\n"), "{text:?}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn who_wants_no_colours_gets_a_bar_without_them() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_grey", "CREATE TABLE t (a)", "DROP TABLE t");
    let text = on_a_terminal(&mut sandbox.command(&["migrate", "-v"]), &[("NO_COLOR", "1")]);
    assert!(text.contains("building 1 migration"), "{text:?}");
    // A sequence that ends in `m` sets a colour; others move the cursor.
    let colour = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert!(!colour.is_match(&text), "{text:?}");
}

#[test]
fn a_rehearsal_shows_which_step_runs_on_a_terminal() {
    let sandbox = Sandbox::project();
    let for_ever =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let id = sandbox.sql_migration("habits_step", for_ever, "");
    let text = on_a_terminal(&mut sandbox.command(&["test", "--timeout", "2"]), &[]);
    assert!(text.contains(&format!("testing {id} forward")), "{text:?}");
    assert!(text.contains("ran for longer than 2 s"), "{text:?}");
}
