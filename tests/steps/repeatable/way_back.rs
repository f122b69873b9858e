//! On the way back the texts that stood before a step come back with it.

use super::{programs, project};
use insta::assert_snapshot;

#[test]
fn the_way_back_puts_back_the_texts_that_stood_before() {
    let sandbox = project("repeatable_back");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name FROM player;");
    sandbox.run(&["migrate"]).succeeded();
    let first = sandbox.contents();
    sandbox.sql_migration(
        "repeatable_back_2",
        "ALTER TABLE player ADD COLUMN level INTEGER",
        "ALTER TABLE player DROP COLUMN level",
    );
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT name, level FROM player;");
    sandbox.write("repeatable/b.sql", "CREATE VIEW w AS SELECT level FROM v;");
    sandbox.run(&["migrate"]).succeeded();
    // The text that was there in between is no text that stood before the step.
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT level, name FROM player;");
    // A way back that has nothing to revert applies no file.
    sandbox.untouched(&["migrate", "--backward", "--to", "repeatable_back_2"]).succeeded();
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(programs(&sandbox), @r#"
    Text("CREATE VIEW v AS SELECT level, name FROM player")
    Text("CREATE VIEW w AS SELECT level FROM v")
    "#);
    assert_snapshot!(sandbox.run(&["migrate", "--backward"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_back_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    dropped the view w (repeatable/b.sql)
    reverted 1 migration: `app.db` has 1 applied, 1 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT name FROM player")"#);
    let strip = |text: &str| -> String {
        text.lines().filter(|line| !line.starts_with("  Integer")).collect()
    };
    assert_eq!(strip(&sandbox.contents()), strip(&first));
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_back_2 ([N] ms)
    replaced the view v (repeatable/a.sql)
    replaced the view w (repeatable/b.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    sandbox.run(&["migrate", "--backward", "--all"]).succeeded();
    assert_snapshot!(programs(&sandbox), @"");
}

#[test]
fn a_step_that_is_reverted_alone_leaves_what_a_later_one_brought() {
    let sandbox = project("repeatable_alone");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT 1 AS a;");
    sandbox.run(&["migrate"]).succeeded();
    let late = "20000101_000000_repeatable_alone_late";
    for (id, text) in [("repeatable_alone_2", 2), (late, 3)] {
        sandbox.write("repeatable/a.sql", &format!("CREATE VIEW v AS SELECT {text} AS a;"));
        match id == late {
            true => {
                sandbox.migration_called(late, &crate::sandbox::sql_source("SELECT 1", "SELECT 1"));
            }
            false => drop(sandbox.sql_migration(id, "SELECT 1", "SELECT 1")),
        }
        sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    }
    // The newest is not the one that was applied last, whose text stays.
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT 3 AS a")"#);
    sandbox.run(&["migrate", "--backward", "--last-applied"]).succeeded();
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT 1 AS a")"#);
    assert!(!sandbox.run(&["check", "drift"]).stdout.contains("schema"));
}

#[test]
fn a_step_that_has_another_name_now_still_knows_what_stood_before() {
    let sandbox = project("repeatable_named");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT 1 AS a;");
    sandbox.run(&["migrate"]).succeeded();
    let old = sandbox.sql_migration("repeatable_named_2", "SELECT 1", "SELECT 1");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT 2 AS a;");
    sandbox.run(&["migrate"]).succeeded();
    let new = old.replace("named_2", "renamed");
    std::fs::remove_dir_all(sandbox.path(format!("migrations/{old}"))).unwrap();
    sandbox.migration_called(&new, &crate::sandbox::sql_source("SELECT 1", "SELECT 1"));
    sandbox
        .run(&["repair", "--renamed", &old, "--to", &new, "--reason", "a better name"])
        .succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(programs(&sandbox).trim(), "Text(\"CREATE VIEW v AS SELECT 1 AS a\")");
}

#[test]
fn a_step_is_redone_with_the_files_as_they_are() {
    let sandbox = project("repeatable_redo");
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT 1 AS a;");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write("repeatable/a.sql", "CREATE VIEW v AS SELECT 2 AS a;");
    assert_snapshot!(sandbox.run(&["redo"]).succeeded().stdout, @"
    reverted [STAMP]_repeatable_redo_1 ([N] ms)
    dropped the view v (repeatable/a.sql)
    applied [STAMP]_repeatable_redo_1 ([N] ms)
    replaced the view v (repeatable/a.sql)
    redid 1 migration: `app.db` has 1 applied, 0 pending
    ");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT 2 AS a")"#);
    sandbox.write("runner.toml", "database = \"app.db\"\nrepeatable = \"views\"");
    sandbox.write("views/a.sql", "CREATE VIEW v AS SELECT 2 AS a;");
    assert_snapshot!(sandbox.run(&["fresh", "--yes", "--no-backup"]).succeeded().stdout, @"`app.db` is as 1 migration makes it");
    assert_snapshot!(programs(&sandbox), @r#"  Text("CREATE VIEW v AS SELECT 2 AS a")"#);
    sandbox.untouched(&["check"]).succeeded();
}
