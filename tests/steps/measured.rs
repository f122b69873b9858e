//! What a step took, as the library reports it where that is asked for.

use insta::assert_snapshot;
use runner::measured::StatementRuns;
use runner::{ApplyOptions, BuildOptions, Event, Issuer, Measured, Order, Project, Target};

use crate::sandbox::{Sandbox, TARGET};

/// Makes three tables, one with 3,000 rows.
const MAKE: &str = "
    CREATE TABLE kind (id INTEGER PRIMARY KEY); INSERT INTO kind VALUES (1);
    CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER, kind REFERENCES kind (id));
    CREATE TABLE finished (word);
    WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
    INSERT INTO number SELECT i, i, 1 FROM c;";

/// A project whose first migration makes the tables.
fn numbers() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.write(".cargo/config.toml", &format!("[build]\ntarget-dir = {TARGET:?}\n"));
    sandbox.sql_migration("make", MAKE, "DROP TABLE number; DROP TABLE kind; DROP TABLE finished");
    sandbox
}

/// Migrates in this process, and gives what was measured of each step.
fn migrate(sandbox: &Sandbox, target: &Target, options: ApplyOptions) -> Vec<Measured> {
    let project = Project::open(sandbox.config()).unwrap();
    let (mut all, mut finished) = (Vec::new(), Vec::new());
    let build = BuildOptions::default();
    let report = project.migrate(target, Order::Strict, build, options, &mut |event| match event {
        Event::Measured { id, direction, measured } => all.push(((id, direction), measured)),
        Event::Finished { id, direction, .. } => finished.push((id, direction)),
        _ => {}
    });
    report.unwrap();
    let (steps, measured): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    if options.measure {
        assert_eq!(steps, finished);
    }
    measured
}

fn measuring() -> ApplyOptions {
    ApplyOptions { measure: true, ..ApplyOptions::default() }
}

/// All that does not depend on the machine.
fn shown(measured: &Measured) -> String {
    let Measured { times, lock, statements, other_statements, rewritten, room } = measured;
    let line = |it: &StatementRuns| {
        let issuer = if it.issuer == Issuer::Operations { " (operations)" } else { "" };
        let writes = if it.writes { "writes" } else { "reads" };
        format!("{} runs, {} rows, {writes}: {}{issuer}\n", it.runs, it.rows, it.sql)
    };
    let mut lines: Vec<_> = statements.iter().map(line).collect();
    lines.sort();
    assert_eq!(other_statements.runs, 0);
    assert!(lock.longest_us <= lock.total_us, "{lock:?}");
    assert!(times.checks_us + times.commit_us <= lock.total_us, "{times:?} {lock:?}");
    assert!(room.before <= room.after, "{room:?}");
    let shared = if lock.shared { ", shared" } else { "" };
    let has = |size| if size > 0 { "yes" } else { "no" };
    format!(
        "{} transactions{shared}; rewritten: {rewritten:?}; journal: {}, log: {}, temporary: {}\n{}",
        lock.transactions,
        has(room.journal),
        has(room.log),
        has(room.temporary),
        lines.concat()
    )
}

#[test]
fn a_step_says_what_it_took_and_only_where_that_is_asked_for() {
    let sandbox = numbers();
    let measured = migrate(&sandbox, &Target::Next(1), measuring());
    assert_eq!(measured.len(), 1);
    assert_snapshot!(shown(&measured[0]), @r#"
    1 transactions; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 0 rows, writes: CREATE TABLE finished (word)
    1 runs, 0 rows, writes: CREATE TABLE kind (id INTEGER PRIMARY KEY)
    1 runs, 0 rows, writes: CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER, kind REFERENCES kind (id))
    1 runs, 1 rows, writes: INSERT INTO kind VALUES (?)
    1 runs, 3000 rows, writes: WITH RECURSIVE c (i) AS (SELECT ? UNION ALL SELECT i + ? FROM c WHERE i < ?) INSERT INTO number SELECT i, i, ? FROM c
    "#);
    let size = std::fs::metadata(sandbox.path("app.db")).unwrap().len();
    assert_eq!(measured[0].room.after, size);
    sandbox.sql_migration(
        "change",
        "UPDATE number SET n = n + 1; UPDATE number SET n = n - 1; DELETE FROM finished",
        "SELECT 1",
    );
    let options = ApplyOptions { leave_schema: true, ..measuring() };
    let measured = migrate(&sandbox, &Target::Latest, options);
    assert_snapshot!(shown(&measured[0]), @r#"
    1 transactions; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 0 rows, writes: DELETE FROM finished
    1 runs, 3000 rows, writes: UPDATE number SET n = n + ?
    1 runs, 3000 rows, writes: UPDATE number SET n = n - ?
    "#);
    assert!(measured[0].room.journal > size / 2, "{:?}", measured[0].room);
    let measured = migrate(&sandbox, &Target::Back(1), options);
    assert_snapshot!(shown(&measured[0]), @r#"
    1 transactions; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 0 rows, reads: SELECT ?
    "#);
    assert_eq!(migrate(&sandbox, &Target::Latest, ApplyOptions::default()), []);
}

#[test]
fn steps_of_one_transaction_share_its_lock() {
    let sandbox = numbers();
    sandbox.sql_migration("fill", "INSERT INTO finished VALUES ('yes')", "DELETE FROM finished");
    sandbox.sql_migration("index", "CREATE INDEX by_n ON number (n)", "DROP INDEX by_n");
    let options = ApplyOptions { single_transaction: true, ..measuring() };
    let measured = migrate(&sandbox, &Target::Latest, options);
    assert_snapshot!(measured.iter().map(shown).collect::<String>(), @r#"
    1 transactions, shared; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 0 rows, writes: CREATE TABLE finished (word)
    1 runs, 0 rows, writes: CREATE TABLE kind (id INTEGER PRIMARY KEY)
    1 runs, 0 rows, writes: CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER, kind REFERENCES kind (id))
    1 runs, 1 rows, writes: INSERT INTO kind VALUES (?)
    1 runs, 3000 rows, writes: WITH RECURSIVE c (i) AS (SELECT ? UNION ALL SELECT i + ? FROM c WHERE i < ?) INSERT INTO number SELECT i, i, ? FROM c
    1 transactions, shared; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 1 rows, writes: INSERT INTO finished VALUES (?)
    1 transactions, shared; rewritten: []; journal: yes, log: no, temporary: no
    1 runs, 0 rows, writes: CREATE INDEX by_n ON number (n)
    "#);
    let committed: Vec<_> = measured.iter().map(|it| it.times.commit_us > 0).collect();
    assert_eq!(committed, [false, false, true]);
}

#[test]
fn tables_that_were_copied_are_named() {
    let sandbox = numbers();
    migrate(&sandbox, &Target::Latest, ApplyOptions::default());
    sandbox.sql_migration(
        "by_hand",
        "CREATE TABLE other (a); CREATE TABLE kind_2 (id INTEGER PRIMARY KEY);
         INSERT INTO kind_2 SELECT * FROM kind; DROP TABLE kind; ALTER TABLE kind_2 RENAME TO kind",
        "SELECT 1",
    );
    let operations = sandbox.migration(
        "by_operations",
        "use migration_api::prelude::*;
         #[derive(Default)] pub struct It;
         impl Migration for It {
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
                 migrator.execute(\"UPDATE number SET n = 7 WHERE n IS NULL\", [])?;
                 migrator.reorder_columns(\"number\", [\"id\", \"kind\", \"n\"])
             }
         }
         export_migration!(It);",
    );
    let measured = migrate(&sandbox, &Target::Latest, measuring());
    let rewritten: Vec<_> = measured.iter().map(|it| it.rewritten.as_slice()).collect();
    assert_eq!(rewritten, [["kind"], ["number"]], "{operations}");
    let of = |issuer| {
        let is_copy = |it: &&StatementRuns| it.issuer == issuer && it.rows >= 3000;
        measured[1].statements.iter().filter(is_copy).count()
    };
    assert_eq!((of(Issuer::Migration), of(Issuer::Operations)), (0, 1), "{measured:#?}");
}

#[test]
fn a_batched_migration_adds_up_its_transactions() {
    let pause = runner::Pause::For(std::time::Duration::ZERO);
    for (plugin, rewritten) in [("counts_in_batches", vec![]), ("changes_online", vec!["number"])] {
        let sandbox = numbers();
        migrate(&sandbox, &Target::Latest, ApplyOptions::default());
        sandbox.database().pragma_update(None, "journal_mode", "wal").unwrap();
        sandbox.plugin(plugin);
        let options = ApplyOptions { pause, ..measuring() };
        let [it] = &migrate(&sandbox, &Target::Latest, options)[..] else { panic!("{plugin}") };
        assert!(it.lock.transactions >= 4 && it.lock.longest_us < it.lock.total_us, "{it:#?}");
        assert!(it.room.log > 0 && it.room.journal == 0, "{it:#?}");
        assert!(it.times.code_us > 0 && it.times.commit_us > 0, "{it:#?}");
        assert_eq!(it.rewritten, rewritten);
        let rows = it.statements.iter().filter(|it| it.rows == 3000).count();
        assert_eq!(rows, usize::from(plugin == "counts_in_batches"), "{it:#?}");
    }
}

#[test]
fn a_migration_without_a_transaction_says_what_it_took() {
    let sandbox = numbers();
    migrate(&sandbox, &Target::Latest, ApplyOptions::default());
    sandbox.plugin("vacuums");
    let measured = migrate(&sandbox, &Target::Latest, measuring());
    assert_snapshot!(shown(&measured[0]), @r#"
    2 transactions; rewritten: ["finished", "kind", "number"]; journal: yes, log: yes, temporary: no
    1 runs, 0 rows, reads: PRAGMA page_size = ?
    1 runs, 0 rows, reads: PRAGMA synchronous = OFF
    1 runs, 0 rows, writes: PRAGMA journal_mode = DELETE
    1 runs, 0 rows, writes: PRAGMA journal_mode = WAL
    1 runs, 0 rows, writes: VACUUM
    "#);
}
