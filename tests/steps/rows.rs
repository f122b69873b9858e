//! `Migrator::rows` in a built migration: on all cores, stopped, and with rows that fail.

use crate::sandbox::{Sandbox, rows};
use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn a_row_that_fails_is_named_with_its_values_and_nothing_stays() {
    assert_snapshot!(Scene::with("fails_at_a_row").unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_at_a_row` failed
      caused by: row 2 of `player`, where `name` = 'grace', `score` = 50
        at [STAMP]_fails_at_a_row/src/lib.rs:13:22
      caused by: no level
    hint: everything that it did was rolled back
    ");
}

#[test]
fn a_panic_on_another_thread_is_told_once_with_its_row_and_its_line() {
    assert_snapshot!(Scene::with("panics_at_a_row").unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_panics_at_a_row` panicked
      caused by: nobody levels grace, at row 2 of `player`, where `name` = 'grace'
        at [STAMP]_panics_at_a_row/src/lib.rs:13:13
    hint: everything that it did was rolled back
    ");
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_between_two_rows() {
    use rustix::process::{Pid, Signal, kill_process};

    let scene = Scene::with("goes_over_rows_for_ever");
    let shown = scene.unharmed_when(scene.sandbox.command(&["migrate"]), |child| {
        scene.wait_for("half");
        kill_process(Pid::from_child(child), Signal::INT).unwrap();
    });
    assert_snapshot!(shown, @"
    exit 130
    --- stderr
    error: the migration `[STAMP]_goes_over_rows_for_ever` was stopped (SIGINT)
    hint: nothing of it is in the database. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_migration_goes_over_all_rows_on_all_cores() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "rows_ground",
        "CREATE TABLE purse (name TEXT PRIMARY KEY NOT NULL, amount TEXT);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO purse SELECT 'purse ' || i, i || 's ' || (i % 12) || 'd' FROM n;",
        "DROP TABLE purse",
    );
    sandbox.migration(
        "rows_in_pence",
        "use migration_api::prelude::*;

        #[derive(Default)]
        pub struct RowsInPence;

        impl Migration for RowsInPence {
            fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
                migrator.add_column(\"purse\", Column::integer(\"pence\"))?;
                let purses = migrator.rows(\"purse\").read([\"amount\"]).with_progress();
                let changed = purses.on_all_cores().update([\"pence\"], |row| {
                    let amount: String = row.get(\"amount\")?;
                    let (shillings, pence) = amount.split_once(\"s \").ok_or(\"no shillings\")?;
                    let pence: i64 = pence.trim_end_matches('d').parse()?;
                    Ok(Some([12 * shillings.parse::<i64>()? + pence]))
                })?;
                migrator.log(changed);
                Ok(())
            }

            fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
                migrator.drop_column(\"purse\", \"pence\")
            }
        }

        export_migration!(RowsInPence);
        ",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().shown(), @"
    exit 0
    --- stdout
    rows_in_pence: 5000
    applied [STAMP]_rows_ground ([N] ms)
    applied [STAMP]_rows_in_pence ([N] ms)
    applied 2 migrations: `app.db` has 2 applied, 0 pending
    ");
    let right = "SELECT count(*) FROM purse
                 WHERE pence = 12 * CAST(substr(name, 7) AS INTEGER) + CAST(substr(name, 7) AS INTEGER) % 12";
    assert_eq!(rows(&sandbox.database(), right).trim(), "Integer(5000)");
}

#[test]
fn a_migration_without_a_transaction_writes_all_rows_or_none() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "rows_alone_ground",
        "CREATE TABLE purse (id INTEGER PRIMARY KEY, pence INTEGER);
         INSERT INTO purse VALUES (1, NULL), (2, NULL), (3, NULL)",
        "DROP TABLE purse",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.migration(
        "rows_alone",
        "use migration_api::prelude::*;

        #[derive(Default)]
        pub struct RowsAlone;

        impl Migration for RowsAlone {
            const TRANSACTIONAL: bool = false;

            fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
                let pass = |worst: i64| {
                    migrator.rows(\"purse\").read([\"id\"]).update([\"pence\"], |row| {
                        let id: i64 = row.get(\"id\")?;
                        if id == worst { Err(\"a bad one\".into()) } else { Ok(Some([id])) }
                    })
                };
                let error = pass(3).unwrap_err();
                let count = \"SELECT count(pence) FROM purse\";
                let written: i64 =
                    migrator.connection().query_row(count, [], |row| row.get(0))?;
                migrator.log(format_args!(\"{error}: {written} written\"));
                pass(4)?;
                Ok(())
            }
        }

        export_migration!(RowsAlone);
        ",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().shown(), @"
    exit 0
    --- stdout
    rows_alone: row 3 of `purse`, where `id` = 3: 0 written
    applied [STAMP]_rows_alone ([N] ms)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    assert_eq!(rows(&sandbox.database(), "SELECT sum(pence) FROM purse").trim(), "Integer(6)");
}
