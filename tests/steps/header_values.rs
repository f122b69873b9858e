//! `user_version` and `application_id` are values of the database: they come and go with the step that sets them.

use crate::sandbox::Sandbox;
use crate::scene::GROUND;

const SET: &str = "PRAGMA user_version = 7; PRAGMA application_id = 99; CREATE TABLE trace (a);";

fn values(sandbox: &Sandbox) -> (i64, i64) {
    let ask = "SELECT * FROM pragma_user_version, pragma_application_id";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    sandbox.database().query_row(ask, [], row).unwrap()
}

#[test]
fn values_of_the_header_belong_to_the_step() {
    for journal in ["delete", "wal"] {
        let sandbox = Sandbox::project();
        sandbox.sql_migration("header_ground", GROUND, "");
        sandbox.run(&["migrate"]).succeeded();
        let database = sandbox.database();
        database.pragma_update(None, "journal_mode", journal).unwrap();
        database.pragma_update(None, "user_version", 3).unwrap();
        drop(database);

        // Whether the step fails, or its process is killed in the middle.
        for end in ["Err(\"no\".into())", "std::process::abort()"] {
            let id = sandbox.migration("header_fails", &code(end));
            assert_ne!(sandbox.run(&["migrate"]).code, Some(0));
            assert_eq!(values(&sandbox), (3, 0), "{journal}: {end}");
            std::fs::remove_dir_all(sandbox.path(format!("migrations/{id}"))).unwrap();
        }

        sandbox.sql_migration("header_sets", SET, "DROP TABLE trace; PRAGMA user_version = 3;");
        let dry_run = sandbox.run(&["migrate", "--dry-run"]).succeeded();
        for shown in ["PRAGMA user_version = 7;", "PRAGMA application_id = 99;"] {
            assert!(dry_run.stdout.contains(shown), "{}", dry_run.shown());
        }
        assert_eq!(values(&sandbox), (3, 0));
        sandbox.run(&["migrate"]).succeeded();
        assert_eq!(values(&sandbox), (7, 99));
        sandbox.run(&["check"]).succeeded();

        // It is the application's own, too: nobody calls that drift.
        sandbox.database().pragma_update(None, "user_version", 8).unwrap();
        sandbox.run(&["check"]).succeeded();
        sandbox.run(&["migrate", "--backward"]).succeeded();
        assert_eq!(values(&sandbox), (3, 99));
    }
}

fn code(end: &str) -> String {
    format!(
        "use migration_api::prelude::*;
         #[derive(Default)]
         pub struct Fails;
         impl Migration for Fails {{
             fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{
                 migrator.execute_batch({SET:?})?;
                 {end}
             }}
         }}
         export_migration!(Fails);"
    )
}
