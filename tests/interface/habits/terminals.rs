//! Colours and bars: on a terminal that has them, and nowhere else.

use std::process::Command;

use crate::sandbox::Sandbox;
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
fn a_build_shows_which_crate_is_ready_on_a_terminal_and_nothing_elsewhere() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("habits_bar", "CREATE TABLE t (a)", "DROP TABLE t");
    let elsewhere = sandbox.run(&["migrate", "--dry-run"]).succeeded();
    assert_eq!(elsewhere.stderr, "");
    let text = on_a_terminal(&mut sandbox.command(&["migrate"]), &[]);
    assert!(text.contains("building 1 migration"), "{text:?}");
    assert!(text.contains("_habits_bar"), "{text:?}");
    // What was drawn is taken away, and what is told stands alone.
    let last = text.trim_end().lines().next_back().unwrap();
    assert!(last.contains("applied 1 migration: `app.db` has 1 applied, 0 pending"), "{text:?}");
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
    assert!(!text.contains('\u{1b}') && !text.contains("building"), "{text:?}");
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
