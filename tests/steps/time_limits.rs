//! The time that a migration may take.
#![cfg(unix)]

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::sandbox::{Sandbox, rows};
use crate::scene::{GROUND, Scene, wait_until};

#[test]
fn the_time_of_a_migration_does_not_run_while_the_runner_commits() {
    /// The time of the migration, with all the grace that it gets, is over by then.
    const LONGER: Duration = Duration::from_secs(6);
    let sandbox = Sandbox::project();
    sandbox.sql_migration("limits_ground", GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    for name in ["limits_one", "limits_two"] {
        sandbox.migration(
            name,
            &format!(
                "use migration_api::prelude::*;\n\
                 #[derive(Default)]\npub struct Writes;\n\
                 impl Migration for Writes {{\n\
                 fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n\
                 migrator.execute_batch(\"INSERT INTO farewell VALUES ('x')\")?;\n\
                 std::fs::write(\"{name}\", \"done\")?;\nOk(()) }}\n}}\n\
                 export_migration!(Writes);\n"
            ),
        );
    }
    for (last, flags) in
        [("limits_one", ["--steps", "1"].as_slice()), ("limits_two", &["--single-transaction"])]
    {
        // As long as somebody reads, COMMIT waits.
        let reader = sandbox.database();
        reader.execute_batch("BEGIN; SELECT * FROM player").unwrap();
        let mut arguments = vec!["migrate", "--timeout", "3", "--busy-timeout", "600"];
        arguments.extend(flags);
        let mut command = sandbox.command(&arguments);
        let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| sandbox.path(last).exists());
        thread::sleep(LONGER);
        drop(reader);
        sandbox.outcome(&runner.wait_with_output().unwrap()).succeeded();
    }
    let written = rows(&sandbox.database(), "SELECT count(*) FROM farewell");
    assert_eq!(written, "  Integer(2)\n");
}

#[test]
fn a_time_that_cannot_be_told_is_no_limit() {
    let scene = Scene::with("uses_savepoint");
    scene.succeeds(&["--timeout", "1e19", "--single-transaction"]);
}
