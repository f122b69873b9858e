//! A table that is changed in batches, or made anew online, and what must be there in the end.

use std::time::Duration;

use migration_api::Migrator;
use migration_api::operation::Operation;
use runner::apply::Pause;
use runner::{Direction, Job};
use rusqlite::Connection;

use crate::populated::{Files, Journal, Populated};
use crate::sandbox;
use crate::shim_vfs;

/// What is done to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rows,
    Online,
}

pub(super) const KINDS: [Kind; 2] = [Kind::Rows, Kind::Online];

/// A job, the files before it, and what the application's tables must hold after it.
pub(super) struct Work {
    pub(super) populated: Populated,
    pub(super) job: Job,
    pub(super) start: Files,
    kind: Kind,
    wanted: String,
}

impl Work {
    /// Of `rows` rows, each batch of which may take as long as `lock`.
    pub(super) fn of(kind: Kind, journal: Journal, rows: usize, lock: Duration) -> Self {
        shim_vfs::install();
        let plugin = match kind {
            Kind::Rows => "changes_rows_in_batches",
            Kind::Online => "rebuilds_online",
        };
        let populated = Populated::of(&script(rows), journal, &[plugin]);
        let start = populated.files();
        let plain = populated.sandbox.path("plain.db");
        std::fs::copy(populated.sandbox.path("app.db"), &plain).unwrap();
        let plain = Connection::open(plain).unwrap();
        kind.at_once(&plain);
        let mut job = populated.job(Direction::Forward);
        job.options.lock_time = lock;
        job.options.pause = Pause::For(Duration::ZERO);
        Self { populated, job, start, kind, wanted: of_the_application(&plain) }
    }

    /// Panics unless the database is sound, no row was changed twice, and nothing but the runner's is there besides.
    /// Gives whether all is done.
    #[track_caller]
    pub(super) fn is_done(&self, after: &impl std::fmt::Debug) -> bool {
        let connection = self.populated.open(shim_vfs::system());
        let checked = sandbox::rows(&connection, "PRAGMA integrity_check");
        assert_eq!(checked.trim(), "Text(\"ok\")", "{after:?}");
        let found = of_the_application(&connection);
        if found == self.wanted {
            return true;
        }
        let odd = match self.kind {
            Kind::Rows => {
                "SELECT * FROM purse WHERE (amount, times) NOT IN ((origin, 0), (origin * 3 + 1, 1))"
            }
            Kind::Online => "SELECT * FROM purse WHERE (amount, times) <> (origin, 0)",
        };
        assert_eq!(sandbox::rows(&connection, odd), "", "{after:?}");
        let count = "SELECT count(*) FROM purse";
        assert_eq!(
            sandbox::rows(&connection, count),
            format!("  Integer({})\n", self.rows()),
            "{after:?}"
        );
        false
    }

    fn rows(&self) -> usize {
        self.wanted.lines().filter(|line| line.starts_with("purse: ")).count()
    }

    /// Panics unless the job can be done to its end from here, and all is as it must be then.
    #[track_caller]
    pub(super) fn finishes(&self, after: &impl std::fmt::Debug) {
        let again = self.job.apply(&mut |_| {});
        assert!(again.is_ok(), "after {after:?} the next run fails: {again:?}");
        self.must_be_done(after);
    }

    #[track_caller]
    pub(super) fn must_be_done(&self, after: &impl std::fmt::Debug) {
        assert!(self.is_done(after), "{after:?}: {}", self.found());
        let connection = self.populated.open(shim_vfs::system());
        let left = "SELECT name FROM sqlite_schema WHERE name LIKE '%runner%' AND name NOT LIKE '%\\_runner\\_migrations%' ESCAPE '\\' \
                    AND name NOT IN ('_runner_schema', '_runner_log')";
        assert_eq!(sandbox::rows(&connection, left), "", "{after:?}");
    }

    fn found(&self) -> String {
        of_the_application(&self.populated.open(shim_vfs::system()))
    }
}

impl Kind {
    /// The same in one statement, or in one transaction.
    fn at_once(self, connection: &Connection) {
        match self {
            Self::Rows => connection
                .execute_batch(
                    "ALTER TABLE purse ADD COLUMN pence INTEGER;
                     UPDATE purse SET pence = amount * 100, amount = amount * 3 + 1, times = times + 1;
                     CREATE INDEX purse_by_pence ON purse (pence)",
                )
                .unwrap(),
            Self::Online => Migrator::new(connection)
                .run([Operation::set_not_null_filling("purse", "note", "'none'")])
                .unwrap(),
        }
    }
}

/// The table has what a rebuild has to keep: a counter above its rows, unique indexes, a child, a trigger.
fn script(rows: usize) -> String {
    format!(
        "PRAGMA page_size = 512;
         PRAGMA default_cache_size = 10;
         CREATE TABLE purse (
           id INTEGER PRIMARY KEY AUTOINCREMENT,
           code TEXT UNIQUE,
           origin INTEGER,
           amount INTEGER,
           times INTEGER DEFAULT 0,
           note TEXT
         );
         CREATE INDEX purse_by_amount ON purse (amount, note);
         CREATE TABLE coin (id INTEGER PRIMARY KEY, purse REFERENCES purse ON DELETE CASCADE);
         CREATE TABLE said (word TEXT);
         CREATE TRIGGER purse_goes AFTER DELETE ON purse BEGIN INSERT INTO said VALUES (old.code); END;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO purse (code, origin, amount, note)
         SELECT 'code ' || i, i * 7, i * 7, CASE WHEN i % 3 THEN 'note ' || i END FROM n;
         INSERT INTO coin (purse) SELECT id FROM purse WHERE id % 50 = 0;
         INSERT INTO purse (id) VALUES ({rows} + 100); DELETE FROM purse WHERE origin IS NULL;"
    )
}

/// The schema and the rows of all that is not the runner's.
fn of_the_application(connection: &Connection) -> String {
    let mut all = sandbox::rows(
        connection,
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '%runner%' ORDER BY type, name",
    );
    for table in ["purse", "coin", "said", "sqlite_sequence"] {
        for row in sandbox::rows(connection, &format!("SELECT * FROM {table} ORDER BY 1")).lines() {
            if !row.contains("runner") {
                all += &format!("{table}: {row}\n");
            }
        }
    }
    all
}
