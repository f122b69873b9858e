//! Applications that run while a batched migration goes on in the background: as a real process that is killed, and in
//! this one.
#![cfg(unix)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use runner::apply::Pause;
use runner::{Background, Bundle, Database, Error, Event, StartOptions, UpToDate};
use rusqlite::Connection;

use crate::sandbox::{Sandbox, rows, wait_until};

const ROWS: i64 = 3000;

/// Says in which folder this test is the application.
const APPLICATION: &str = "RUNNER_TEST_APPLICATION";

/// A database of an older version of the application, and the bundle of the newer one.
pub(crate) struct Made {
    pub(crate) database: Vec<u8>,
    pub(crate) bundle: Vec<u8>,
}

pub(crate) fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let sandbox = Sandbox::project();
        sandbox.sql_migration(
            "numbers",
            &format!(
                "CREATE TABLE finished (word); CREATE TABLE number (id INTEGER PRIMARY KEY, n);
                 WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS})
                 INSERT INTO number SELECT i, i FROM c;"
            ),
            "DROP TABLE number; DROP TABLE finished",
        );
        sandbox.run(&["migrate"]).succeeded();
        sandbox.sql_migration("before_it", "CREATE TABLE before_it (a)", "DROP TABLE before_it");
        sandbox.plugin("counts_in_batches");
        sandbox.sql_migration("after_it", "CREATE TABLE after_it (a)", "DROP TABLE after_it");
        sandbox.run(&["bundle", "-o", "bundle"]).succeeded();
        Made {
            database: fs::read(sandbox.path("app.db")).unwrap(),
            bundle: fs::read(sandbox.path("bundle")).unwrap(),
        }
    })
}

/// A folder with the database of the older version, and the newer bundle.
fn folder() -> Sandbox {
    let sandbox = Sandbox::empty();
    fs::write(sandbox.path("app.db"), &made().database).unwrap();
    fs::write(sandbox.path("bundle"), &made().bundle).unwrap();
    sandbox
}

/// Starts as an application does.
fn start(
    folder: &Path,
    observe: impl FnMut(Event) + Send + 'static,
) -> Result<(UpToDate, Option<Background>), Error> {
    start_with(folder, StartOptions::default(), observe)
}

fn start_with(
    folder: &Path,
    options: StartOptions,
    observe: impl FnMut(Event) + Send + 'static,
) -> Result<(UpToDate, Option<Background>), Error> {
    let options = StartOptions {
        lock_time: Duration::from_millis(2),
        pause: Pause::For(Duration::ZERO),
        ..options
    };
    let database = Database::at(folder.join("app.db"));
    Bundle::open(&folder.join("bundle"))?.migrate_in_background(&database, &options, observe)
}

fn names(background: &Background) -> Vec<&str> {
    background.pending().iter().map(runner::MigrationId::name).collect()
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Panics unless each row is doubled that was there, or came past the place.
#[track_caller]
fn is_done(sandbox: &Sandbox) {
    let database = sandbox.database();
    let undone = "SELECT count(*) FROM number WHERE id > 0 AND twice IS NOT 2 * n";
    assert_eq!(number(&database, undone), 0);
    assert_eq!(number(&database, "SELECT count(*) FROM finished"), 1);
    assert_eq!(number(&database, "SELECT count(*) FROM after_it"), 0);
    assert_eq!(number(&database, "SELECT count(*) FROM _runner_migrations"), 4);
}

/// The application itself, where this test is called for that: it runs while its database is migrated, which stays
/// half way there.
#[test]
fn the_application() {
    let Some(folder) = env::var_os(APPLICATION).map(PathBuf::from) else { return };
    let half = folder.join("half");
    let (_, background) = start(&folder, move |event| {
        if let Event::Progress { done, .. } = event
            && done >= 1000
        {
            fs::write(&half, "").unwrap();
            // Until it is killed.
            loop {
                std::thread::park();
            }
        }
    })
    .unwrap();
    assert_eq!(names(&background.unwrap()), ["counts_in_batches", "after_it"]);
    wait_until(|| folder.join("half").exists());
    let database = Connection::open(folder.join("app.db")).unwrap();
    let write = "INSERT INTO number (id, n) VALUES (-1, 7), (9001, 8); \
                 UPDATE number SET n = 9 WHERE id = 2999; DELETE FROM number WHERE id IN (1, 2998)";
    database.execute_batch(write).unwrap();
    fs::write(folder.join("written"), "").unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn an_application_writes_meanwhile_and_after_a_kill_the_next_start_goes_on() {
    let sandbox = folder();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "background::the_application"])
        .env(APPLICATION, sandbox.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| sandbox.path("written").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let done = number(&sandbox.database(), "SELECT count(*) FROM number WHERE twice = 2 * n");
    assert!((998..ROWS).contains(&done), "{done}");
    // What is done is not done again.
    sandbox.database().execute_batch("UPDATE number SET n = -n WHERE twice IS NOT NULL").unwrap();

    let (up_to_date, background) = start(&sandbox.root(), |_| {}).unwrap();
    assert!(up_to_date.report.done.is_empty());
    let background = background.unwrap();
    assert_eq!(names(&background), ["counts_in_batches", "after_it"]);
    assert_eq!(background.join().unwrap().done.len(), 2);
    sandbox.database().execute_batch("UPDATE number SET n = abs(n)").unwrap();
    is_done(&sandbox);
    let behind = "SELECT n, twice FROM number WHERE id IN (-1, 2999, 9001) ORDER BY id";
    assert_eq!(
        rows(&sandbox.database(), behind),
        "  Integer(7), Null\n  Integer(9), Integer(18)\n  Integer(8), Integer(16)\n"
    );
}

#[test]
fn what_comes_before_it_is_applied_when_the_application_begins_and_the_events_tell_the_end() {
    let sandbox = folder();
    let (begin, may_begin) = mpsc::channel::<()>();
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let (up_to_date, background) = start(&sandbox.root(), move |event| {
        let is_at_it = |id: &runner::MigrationId| id.name() == "counts_in_batches";
        if matches!(&event, Event::Started { id, .. } if is_at_it(id)) {
            may_begin.recv().unwrap();
        }
        heard.lock().unwrap().push(event);
    })
    .unwrap();
    let done: Vec<_> = up_to_date.report.done.iter().map(|done| done.id.name()).collect();
    assert_eq!(done, ["before_it"]);
    let background = background.unwrap();
    assert!(!background.is_finished());
    let there = "SELECT count(*) FROM sqlite_schema WHERE name IN ('before_it', 'after_it')";
    assert_eq!(number(&sandbox.database(), there), 1);
    begin.send(()).unwrap();
    assert_eq!(background.join().unwrap().done.len(), 2);
    is_done(&sandbox);
    let events = events.lock().unwrap();
    assert_eq!(events.last(), Some(&Event::BackgroundEnded { error: None }));
    assert!(events.iter().any(|event| matches!(event, Event::Progress { .. })));
    drop(events);
    // Nothing is left for the next start.
    let (up_to_date, background) = start(&sandbox.root(), |_| {}).unwrap();
    assert!(up_to_date.report.done.is_empty() && background.is_none());
}

#[test]
fn a_single_transaction_is_that_of_what_comes_before_it() {
    let sandbox = folder();
    let options = StartOptions { single_transaction: true, ..StartOptions::default() };
    let (up_to_date, background) = start_with(&sandbox.root(), options, |_| {}).unwrap();
    assert_eq!(up_to_date.report.done.len(), 1);
    assert_eq!(background.unwrap().join().unwrap().done.len(), 2);
    is_done(&sandbox);
}

#[test]
fn its_time_may_be_over_and_the_next_start_goes_on() {
    let sandbox = folder();
    start(&sandbox.root(), |_| {}).unwrap().1.unwrap().stop();
    let options = StartOptions { max_time: Some(Duration::ZERO), ..StartOptions::default() };
    let (_, background) = start_with(&sandbox.root(), options, |_| {}).unwrap();
    let error = background.unwrap().join().unwrap_err();
    assert_eq!((error.exit() as u8, error.code().name()), (75, "paused"));
    start(&sandbox.root(), |_| {}).unwrap().1.unwrap().join().unwrap();
    is_done(&sandbox);
}

#[test]
fn it_ends_where_it_is_asked_to_and_says_so() {
    let sandbox = folder();
    let (ask, asked) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let (_, background) = start(&sandbox.root(), move |event| match event {
        Event::Progress { .. } => {
            tell.send(None).unwrap();
            let _ = asked.recv();
        }
        Event::BackgroundEnded { error } => tell.send(error).unwrap(),
        _ => {}
    })
    .unwrap();
    let background = background.unwrap();
    assert_eq!(told.recv().unwrap(), None);
    background.stop();
    drop(ask);
    let error = background.join().unwrap_err();
    assert_eq!(error.exit() as u8, 130);
    let last = told.iter().last().unwrap().unwrap();
    assert!(last.ends_with("was stopped"), "{last}");
    let (_, background) = start(&sandbox.root(), |_| {}).unwrap();
    background.unwrap().join().unwrap();
    is_done(&sandbox);
}

#[test]
fn applications_that_start_at_once_all_run_and_one_of_them_does_it() {
    let sandbox = folder();
    let folder = sandbox.root();
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let folder = folder.clone();
            std::thread::spawn(move || {
                let (_, background) = start(&folder, |_| {}).unwrap();
                background.map_or(0, |background| background.join().unwrap().done.len())
            })
        })
        .collect();
    let done: usize = starting.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(done, 2);
    is_done(&sandbox);
}

#[test]
fn a_new_database_is_migrated_to_the_end_before_the_application_begins() {
    let sandbox = folder();
    fs::remove_file(sandbox.path("app.db")).unwrap();
    let (up_to_date, background) = start(&sandbox.root(), |_| {}).unwrap();
    assert_eq!(up_to_date.report.done.len(), 4);
    assert!(background.is_none());
}
