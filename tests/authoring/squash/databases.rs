//! What becomes of databases of every age, by the crates that `runner squash` wrote.

use std::fs;

use runner::{Bundle, Database, Event, StartOptions};

use super::{history, newest};
use crate::sandbox::{Outcome, Sandbox, rows};

/// A database in a file of its own.
struct Aged<'s> {
    sandbox: &'s Sandbox,
    file: String,
}

impl Aged<'_> {
    fn run(&self, words: &[&str]) -> Outcome {
        self.sandbox.run(&[words, &["--database", &self.file]].concat())
    }

    /// The schema, and the rows of the tables that the migrations made; in any order, and without the history.
    fn content(&self) -> String {
        let connection = rusqlite::Connection::open(self.sandbox.path(&self.file)).unwrap();
        let objects = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE '\\_runner%' ESCAPE '\\' ORDER BY sql";
        let tables = ["team", "player", "log", "badge"].map(|table| {
            let is_there = "SELECT count(*) FROM sqlite_schema WHERE name = ?1";
            let count: i64 = connection.query_row(is_there, [table], |row| row.get(0)).unwrap();
            match count {
                0 => String::new(),
                _ => rows(&connection, &format!("SELECT * FROM {table} ORDER BY 1")),
            }
        });
        rows(&connection, objects) + &tables.concat()
    }

    /// Fails unless all is applied and nothing has drifted.
    #[track_caller]
    fn is_in_order(&self) {
        let status = self.run(&["status", "--exit-code"]).succeeded();
        assert!(status.stdout.contains(" 0 pending"), "{}", status.stdout);
        assert!(self.run(&["migrate"]).succeeded().stdout.starts_with("nothing to do"));
    }
}

fn aged<'s>(sandbox: &'s Sandbox, steps: Option<usize>) -> Aged<'s> {
    let file = steps.map_or("new.db".to_owned(), |steps| format!("{steps}.db"));
    let aged = Aged { sandbox, file };
    if let Some(steps @ 1..) = steps {
        aged.run(&["migrate", "--create", "--steps", &steps.to_string()]).succeeded();
    }
    aged
}

#[test]
fn databases_of_every_age_come_to_one_schema_and_the_rows_of_real_ones_stay() {
    let sandbox = Sandbox::project();
    let ids = history(&sandbox);
    let ages: Vec<Aged<'_>> = (0..=4).map(|steps| aged(&sandbox, Some(steps))).collect();
    let connection = rusqlite::Connection::open(sandbox.path("4.db")).unwrap();
    connection.execute("INSERT INTO player (name, team) VALUES ('Ann', 'r')", ()).unwrap();
    drop(connection);
    sandbox.run(&["squash"]).succeeded();
    let first = newest(&sandbox);
    for age in &ages {
        age.run(&["migrate", "--create"]).succeeded();
        age.is_in_order();
    }
    let new = ages[0].content();
    assert_eq!(ages.iter().filter(|age| age.content() == new).count(), 4, "{new}");
    assert!(ages[4].content().contains("Ann"), "{}", ages[4].content());

    // A squash of a squash, after one more migration, and without the crates that the first replaced.
    let later = later(&first);
    sandbox.migration_called(
        &later,
        &crate::sandbox::sql_source(
            "CREATE TABLE badge (x); INSERT INTO badge VALUES (1)",
            "DROP TABLE badge",
        ),
    );
    ages[1].run(&["migrate"]).succeeded();
    for id in &ids {
        fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
    }
    sandbox.run(&["squash", "second"]).succeeded();
    let second = newest(&sandbox);
    let source = sandbox.read(format!("migrations/{second}/src/lib.rs"));
    assert!(ids.iter().chain([&later]).all(|id| source.contains(&format!("\"{id}\""))), "{source}");
    assert!(!source.contains(&first), "{source}");
    fs::remove_dir_all(sandbox.path(format!("migrations/{first}"))).unwrap();
    let fresh = aged(&sandbox, None);
    fresh.run(&["migrate", "--create"]).succeeded();
    fresh.is_in_order();
    // One that has all, one that has the first squash alone and needs what came after it.
    ages[1].run(&["migrate"]).succeeded();
    ages[1].is_in_order();
    assert_eq!(ages[1].content(), fresh.content());
    ages[2].run(&["migrate"]).succeeded();
    ages[2].is_in_order();
    assert_eq!(ages[2].content(), fresh.content());
}

#[test]
fn an_application_that_starts_records_it_or_runs_it_without_cargo() {
    let sandbox = Sandbox::project();
    history(&sandbox);
    let (full, middle) = (aged(&sandbox, Some(4)), aged(&sandbox, Some(2)));
    sandbox.run(&["squash"]).succeeded();
    sandbox.run(&["bundle"]).succeeded();
    let bundle = Bundle::from_bytes(fs::read(sandbox.path("migrations.bundle")).unwrap()).unwrap();
    fs::remove_dir_all(sandbox.path("migrations")).unwrap();
    let start = |file: &str| {
        let mut recorded = 0;
        let report = bundle.migrate(
            &Database::at(sandbox.path(file)),
            &StartOptions::default(),
            &mut |event| {
                if let Event::Finished { replaced, .. } = event {
                    recorded += replaced;
                }
            },
        );
        (report.unwrap().report.done.len(), recorded)
    };
    assert_eq!(start(&full.file), (1, 4));
    assert_eq!(start(&middle.file), (3, 4));
    assert_eq!(start("new.db"), (1, 0));
    let new = Aged { sandbox: &sandbox, file: "new.db".to_owned() };
    assert_eq!((new.content(), new.content()), (full.content(), middle.content()));
    assert_eq!(start("new.db"), (0, 0));
}

#[test]
fn views_and_triggers_of_files_are_no_part_of_it_and_are_applied_after_it() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "create_tally",
        "CREATE TABLE tally (n); CREATE VIEW whole AS SELECT n FROM tally; CREATE VIEW twice AS SELECT 2 * n AS n FROM tally",
        "DROP VIEW twice; DROP VIEW whole; DROP TABLE tally",
    );
    sandbox.sql_migration("index_tally", "CREATE INDEX tally_n ON tally (n)", "DROP INDEX tally_n");
    sandbox.write(
        "repeatable/views.sql",
        "CREATE VIEW half AS SELECT n / 2 AS n FROM whole;\nCREATE VIEW twice AS SELECT n + n AS n FROM whole;\n",
    );
    let old = Aged { sandbox: &sandbox, file: "old.db".to_owned() };
    old.run(&["migrate", "--create"]).succeeded();
    sandbox.run(&["squash"]).succeeded();
    let programs = format!("migrations/{}/views_and_triggers.sql", newest(&sandbox));
    let programs = sandbox.read(programs);
    assert!(!programs.contains("half") && programs.contains("2 * n"), "{programs}");
    old.run(&["migrate"]).succeeded();
    old.is_in_order();
    let new = Aged { sandbox: &sandbox, file: "new.db".to_owned() };
    new.run(&["migrate", "--create"]).succeeded();
    new.is_in_order();
    assert_eq!(old.content(), new.content());
    assert!(new.content().contains("n + n"), "{}", new.content());
}

/// An id a few seconds later.
fn later(id: &str) -> String {
    let time = jiff::civil::DateTime::strptime("%Y%m%d_%H%M%S", &id[..15]).unwrap();
    let time = time + jiff::SignedDuration::from_secs(5);
    format!("{}_add_badge", time.strftime("%Y%m%d_%H%M%S"))
}
