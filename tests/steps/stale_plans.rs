//! Plans that are no longer true when their first step, or a later one, is to be taken: meanwhile
//! somebody applied, reverted, restored, removed. Nothing is done on a state that it was not planned for.
#![cfg(unix)]

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::gate::Held;
use crate::sandbox::{Sandbox, rows, sql_source};
use insta::assert_snapshot;
use runner::{Bundle, Database, Error, Event, StartOptions, UpToDate};

/// The migrations: a table each, with a row. `batches` runs without a transaction.
const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "batches"];

const HISTORY: &str = "SELECT substr(id, 17) FROM _runner_migrations ORDER BY id";
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE name NOT LIKE '%runner%'";

fn id(name: &str) -> String {
    let place = NAMES.iter().position(|other| *other == name).unwrap();
    format!("20010101_00000{place}_{name}")
}

/// A project of these migrations, of which the first few are applied. One test at a time has it.
struct Project {
    sandbox: Sandbox,
    _turn: MutexGuard<'static, ()>,
}

impl Project {
    fn with(applied: &[&str]) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let sandbox = Sandbox::lasting("stale_plans");
        for name in NAMES {
            let table = format!("CREATE TABLE {name} (a); INSERT INTO {name} VALUES (1)");
            let mut source = sql_source(&table, &format!("DROP TABLE {name}"));
            if name == "batches" {
                let not = "for Sql {\nconst TRANSACTIONAL: bool = false;";
                source = source.replace("for Sql {", not);
            }
            if !sandbox.path(format!("migrations/{}", id(name))).exists() {
                sandbox.migration_called(&id(name), &source);
            }
        }
        for entry in fs::read_dir(sandbox.root()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with("held") {
                fs::remove_dir_all(path).unwrap();
            } else if name != "migrations" && name != "runner.toml" && path.is_file() {
                fs::remove_file(path).unwrap();
            }
        }
        let project = Self { sandbox, _turn: turn };
        for name in applied {
            project.go(&["migrate", "--to", name]);
        }
        project
    }

    /// What another runner does, or a person.
    #[track_caller]
    fn go(&self, arguments: &[&str]) {
        self.sandbox.run(arguments).succeeded();
    }

    fn held(&self, arguments: &[&str]) -> Held<'_> {
        Held::before_its_first_step(&self.sandbox, arguments)
    }

    /// Panics unless the database has what just these migrations make, and its history says so.
    #[track_caller]
    fn has(&self, names: &[&str]) {
        let said: String = names.iter().map(|name| format!("  Text({name:?})\n")).collect();
        assert_eq!(rows(&self.sandbox.database(), HISTORY), said);
        assert_eq!(rows(&self.sandbox.database(), TABLES), said);
    }
}

#[test]
fn after_a_restore_the_plan_is_made_anew_from_what_was_restored() {
    let project = Project::with(&["alpha"]);
    project.go(&["backup", "-o", "old.db"]);
    project.go(&["migrate", "--to", "beta"]);
    let held = project.held(&["migrate", "--to", "gamma"]);
    project.go(&["restore", "--no-backup", "old.db"]);
    assert_snapshot!(held.outcome().shown(), @"
    exit 0
    --- stdout
    planning anew: the plan is no longer true: since it was made, `[STAMP]_beta` was reverted by somebody else, or a backup without it restored
    applied [STAMP]_beta ([N] ms)
    applied [STAMP]_gamma ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 1 pending
    ");
    project.has(&["alpha", "beta", "gamma"]);
}

#[test]
fn what_was_reverted_meanwhile_is_planned_and_applied_again() {
    for flags in [&[][..], &["--single-transaction"]] {
        let project = Project::with(&["alpha", "beta"]);
        let held = project.held(&[&["migrate", "--to", "gamma"], flags].concat());
        project.go(&["migrate", "--backward", "--all"]);
        let outcome = held.outcome().succeeded();
        assert!(outcome.stdout.contains("applied 3 migrations: "), "{outcome:?}");
        project.has(&["alpha", "beta", "gamma"]);
    }
}

#[test]
fn nothing_is_reverted_from_under_a_later_one() {
    let project = Project::with(&["alpha", "beta"]);
    let held = project.held(&["migrate", "--backward"]);
    project.go(&["migrate", "--to", "gamma"]);
    assert_snapshot!(held.outcome().shown(), @"
    exit 75
    --- stderr
    error: the plan is no longer true: since it was made, `[STAMP]_gamma` was applied by somebody else
    hint: `runner status` shows how things are; if it is still to be done, run the command again
    ");
    project.has(&["alpha", "beta", "gamma"]);
}

#[test]
fn nothing_is_redone_from_under_a_later_one() {
    let project = Project::with(&["alpha", "beta"]);
    let held = project.held(&["redo"]);
    project.go(&["migrate", "--to", "gamma"]);
    let outcome = held.outcome();
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(75), ""), "{outcome:?}");
    project.has(&["alpha", "beta", "gamma"]);
}

#[test]
fn a_number_of_steps_is_not_counted_again_from_elsewhere() {
    let project = Project::with(&["alpha", "beta"]);
    let held = project.held(&["migrate", "--steps", "1"]);
    project.go(&["migrate", "--backward", "--steps", "1"]);
    assert_eq!(held.outcome().code, Some(75));
    project.has(&["alpha"]);
}

#[test]
fn one_without_a_transaction_is_not_started_on_another_state() {
    let project = Project::with(&["alpha", "beta", "gamma"]);
    let held = project.held(&["migrate", "--steps", "1"]);
    project.go(&["migrate", "--backward", "--steps", "1"]);
    assert_eq!(held.outcome().code, Some(75));
    project.has(&["alpha", "beta"]);
}

#[test]
fn all_is_reverted_whatever_came_meanwhile() {
    let project = Project::with(&["alpha", "beta"]);
    let held = project.held(&["migrate", "--backward", "--all"]);
    project.go(&["migrate", "--to", "gamma"]);
    let outcome = held.outcome().succeeded();
    assert!(outcome.stdout.contains("reverted 3 migrations: "), "{outcome:?}");
    project.has(&[]);
}

#[test]
fn a_database_that_was_removed_is_not_made_anew() {
    let project = Project::with(&["alpha"]);
    let held = project.held(&["migrate"]);
    fs::remove_file(project.sandbox.path("app.db")).unwrap();
    assert_snapshot!(held.outcome().shown(), @"
    exit 75
    --- stderr
    error: the plan is no longer true: since it was made, the database `[ROOT]/app.db` was removed
    hint: nothing was made in its place. If it is to come back, `runner restore FILE`; `runner migrate --create` makes a new one
    ");
    assert!(!project.sandbox.path("app.db").exists());
}

#[test]
fn a_database_that_was_replaced_is_looked_at_anew() {
    let project = Project::with(&["alpha"]);
    let held = project.held(&["migrate", "--to", "beta"]);
    fs::copy(project.sandbox.path("app.db"), project.sandbox.path("new.db")).unwrap();
    fs::rename(project.sandbox.path("new.db"), project.sandbox.path("app.db")).unwrap();
    let outcome = held.outcome().succeeded();
    assert!(outcome.stdout.contains("was replaced by another file\n"), "{outcome:?}");
    project.has(&["alpha", "beta"]);
}

#[test]
fn a_plan_for_a_new_database_goes_on_where_others_with_the_same_plan_are() {
    let project = Project::with(&[]);
    let held = project.held(&["migrate"]);
    project.go(&["migrate", "--to", "beta"]);
    let outcome = held.outcome().succeeded();
    assert!(outcome.stdout.starts_with("already applied by another runner: "), "{outcome:?}");
    assert!(outcome.stdout.contains("applied 2 migrations: "), "{outcome:?}");
    project.has(&NAMES);
}

#[test]
fn one_that_others_applied_from_another_source_is_told_as_edited() {
    let project = Project::with(&["alpha"]);
    let held = project.held(&["migrate", "--to", "gamma"]);
    project.go(&["migrate", "--to", "beta"]);
    let edit = "UPDATE _runner_migrations SET source_digest = 'x' WHERE id LIKE '%beta'";
    project.sandbox.database().execute_batch(edit).unwrap();
    let outcome = held.outcome();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(outcome.stderr.contains("_beta` was edited after it was applied"), "{outcome:?}");
    project.has(&["alpha", "beta"]);
}

#[test]
fn a_schema_that_somebody_changes_meanwhile_is_not_noted_down_as_the_steps_own() {
    let project = Project::with(&["alpha"]);
    let held = project.held(&["migrate", "--to", "beta"]);
    project.sandbox.database().execute_batch("ALTER TABLE alpha ADD COLUMN b").unwrap();
    let outcome = held.outcome();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    let told = "the schema was changed by something else than the runner:";
    let change = "in the table `alpha`:";
    assert!(outcome.stderr.contains(told) && outcome.stderr.contains(change), "{outcome:?}");
    project.has(&["alpha"]);
}

#[test]
fn nothing_is_taken_for_applied_by_a_schema_that_is_gone() {
    let project = Project::with(&["alpha"]);
    project.sandbox.database().execute_batch("DELETE FROM _runner_migrations").unwrap();
    let held = project.held(&["fake", "alpha"]);
    project.sandbox.database().execute_batch("DROP TABLE alpha").unwrap();
    assert_eq!(held.outcome().code, Some(3));
    project.has(&[]);
}

/// Starts with all migrations, in this process; when a step has finished, `meanwhile` happens.
fn start(project: &Project, mut meanwhile: impl FnMut()) -> Result<UpToDate, Error> {
    let sandbox = &project.sandbox;
    project.go(&["bundle", "-o", "migrations.bundle"]);
    Bundle::open(&sandbox.path("migrations.bundle")).unwrap().migrate(
        &Database::at(sandbox.path("app.db")),
        &StartOptions::default(),
        &mut |event| {
            if let Event::Finished { .. } = event {
                meanwhile();
            }
        },
    )
}

#[test]
fn an_application_plans_anew_once_between_two_steps_and_reports_all_that_it_did() {
    // What it works on is there: nobody finds a new database between two steps.
    let project = Project::with(&["alpha"]);
    let mut is_first = true;
    let up_to_date = start(&project, || {
        if std::mem::take(&mut is_first) {
            project.go(&["migrate", "--backward", "--all"]);
        }
    });
    let done = up_to_date.unwrap().report.done;
    let names: Vec<_> = done.iter().map(|done| done.id.name()).collect();
    assert_eq!(names, ["beta", "alpha", "beta", "gamma", "batches"]);
    project.has(&NAMES);
}

#[test]
fn an_application_gives_up_when_its_second_plan_is_no_longer_true_either() {
    let project = Project::with(&["alpha"]);
    let revert = ["migrate", "--backward", "--all"];
    let error = start(&project, || project.go(&revert)).unwrap_err();
    assert_eq!((error.exit() as u8, error.code().name()), (75, "stale-plan"), "{error}");
    project.has(&[]);
}

#[test]
fn a_database_that_is_removed_between_two_steps_is_not_made_anew() {
    let project = Project::with(&["alpha"]);
    let file = project.sandbox.path("app.db");
    let error = start(&project, || fs::remove_file(&file).unwrap()).unwrap_err();
    assert_eq!(error.exit() as u8, 75, "{error}");
    assert!(!file.exists());
}
