//! A migration that loses a column, values, rows and a table, and the states before and after it.

use std::fmt::Debug;
use std::fs;

use runner::apply::ApplyError;
use runner::kept::{KeepFile, KeepLost, KeptOf};
use runner::{Direction, Error, Job, Report};
use rusqlite::Connection;

use crate::populated::{Files, Journal, Populated};
use crate::{sandbox, shim_vfs};

/// Its pages are small, and so is its cache: a step writes to the file before it commits.
const SCHEMA: &str = "PRAGMA page_size = 512; PRAGMA default_cache_size = 10;
    CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT NOT NULL, score INTEGER, note TEXT);
    CREATE TABLE visit (place TEXT, day INTEGER, who INTEGER REFERENCES player, PRIMARY KEY (place, day)) WITHOUT ROWID;
    CREATE TABLE \"old.log\" (line TEXT, happened_at REAL);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO player SELECT i, 'player ' || i, i, CASE WHEN i % 7 THEN hex(zeroblob(i)) END FROM n;
    INSERT INTO visit SELECT CASE WHEN id % 2 THEN 'inn' ELSE 'well' END, id, id FROM player;
    INSERT INTO \"old.log\" SELECT name || ' came', id / 2.0 FROM player WHERE id % 3 = 0;";

/// Where values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Database,
    File,
}

/// A step in one direction, the files before it, and the states before and after it.
pub(super) struct Losing {
    pub(super) populated: Populated,
    pub(super) start: Files,
    direction: Direction,
    place: Place,
    /// The file of kept values that the way back reads.
    file: Option<Vec<u8>>,
    before: String,
    after: String,
}

impl Losing {
    pub(super) fn of(journal: Journal, direction: Direction, place: Place) -> Self {
        shim_vfs::install();
        let populated = Populated::of(SCHEMA, journal, &["loses_what_it_says"]);
        let mut losing = Self {
            start: populated.files(),
            populated,
            direction: Direction::Forward,
            place,
            file: None,
            before: String::new(),
            after: String::new(),
        };
        losing.before = losing.state();
        losing.job().apply(&mut |_| {}).unwrap();
        losing.after = losing.state();
        assert_ne!(losing.after, losing.before);
        if direction == Direction::Backward {
            losing.direction = direction;
            losing.start = losing.populated.files();
            losing.file = fs::read(losing.populated.sandbox.path("kept.db")).ok();
            (losing.before, losing.after) = (losing.after, losing.before);
        }
        losing
    }

    /// The step. A file of kept values is new in each.
    pub(super) fn job(&self) -> Job {
        self.job_to(self.direction, "kept.db")
    }

    fn job_to(&self, direction: Direction, file: &str) -> Job {
        let path = self.populated.sandbox.path(file);
        let makes_a_file = self.place == Place::File && direction == Direction::Forward;
        let file = makes_a_file.then(|| KeepFile::at(path));
        let keep = KeepLost { of: KeptOf::All, file, ..KeepLost::default() };
        Job { keep, ..self.populated.job(direction) }
    }

    /// Puts all files back as they were before it.
    pub(super) fn put(&self) {
        self.populated.put(&self.start);
        for entry in fs::read_dir(self.populated.sandbox.root()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains("kept.db") {
                fs::remove_file(path).unwrap();
            }
        }
        if let Some(bytes) = &self.file {
            fs::write(self.populated.sandbox.path("kept.db"), bytes).unwrap();
        }
    }

    /// What the database holds, but for times and marks. Panics unless it is whole.
    fn state(&self) -> String {
        let connection = self.populated.open(shim_vfs::system());
        assert_eq!(sandbox::rows(&connection, "PRAGMA integrity_check").trim(), "Text(\"ok\")");
        state_of(&connection)
    }

    /// Panics if the step is there in part, or what was said of it is not so.
    #[track_caller]
    pub(super) fn judge(
        &self,
        after: &impl Debug,
        outcome: Option<&Result<Report, Error>>,
    ) -> bool {
        let state = self.state();
        let is_taken = state == self.after;
        assert!(is_taken || state == self.before, "{after:?} leaves a mixed state:\n{state}");
        match outcome {
            Some(Ok(_)) => assert!(is_taken, "{after:?}"),
            Some(Err(Error::Apply(ApplyError::OutcomeUnknown { .. }))) | None => {}
            Some(Err(error)) => assert!(!is_taken, "{after:?}: {error:?}"),
        }
        is_taken
    }

    /// Panics unless all comes back from here: forward, if it is not applied, and then backward.
    #[track_caller]
    pub(super) fn comes_back(&self, after: &impl Debug) {
        let lost = if self.direction == Direction::Forward { &self.after } else { &self.before };
        let whole = if self.direction == Direction::Forward { &self.before } else { &self.after };
        if self.state() == *whole && self.direction == Direction::Forward {
            // The file of the attempt before is left over, and is not written over.
            let job = self.job_to(Direction::Forward, "again-kept.db");
            job.apply(&mut |_| {}).unwrap_or_else(|error| panic!("{after:?}: {error:?}"));
        }
        if self.state() == *whole {
            return;
        }
        assert!(self.state() == *lost, "{after:?}");
        let back = self.job_to(Direction::Backward, "");
        let report = back.apply(&mut |_| {}).unwrap_or_else(|error| panic!("{after:?}: {error:?}"));
        assert!(report.put_back.iter().all(|it| it.not.is_empty()), "{after:?}: {report:?}");
        assert!(self.state() == *whole, "{after:?} ends with\n{}", self.state());
    }
}

/// The application's tables, what is applied, and what is kept, without times and marks.
fn state_of(connection: &Connection) -> String {
    let mut state = String::new();
    let has = |name: &str| connection.table_exists(Some("main"), name).unwrap();
    for (table, columns) in [
        ("player", "*"),
        ("visit", "*"),
        ("old.log", "*"),
        ("_runner_migrations", "id"),
        ("_runner_kept", "number, id, what, table_name, columns, rows, bytes, left_over"),
    ] {
        if has(table) {
            state += &sandbox::rows(
                connection,
                &format!("SELECT '{table}', {columns} FROM \"{table}\""),
            );
        }
    }
    for number in 1..5 {
        let table = format!("_runner_kept_{number}");
        if has(&table) {
            state += &sandbox::rows(connection, &format!("SELECT * FROM {table}"));
        }
    }
    state
}
