//! What the application changes of the schema in between.

use runner_operations::operation::Operation;
use runner_operations::perform::online::Phase;

use crate::world::{World, reason};

const SETUP: &str = "
    CREATE TABLE t (a TEXT, n INT);
    CREATE INDEX by_n ON t (n);
    CREATE TRIGGER watch AFTER DELETE ON t BEGIN SELECT 1; END;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
    INSERT INTO t SELECT 'n' || i, i FROM n;";

#[test]
fn a_change_of_the_table_is_refused_by_name() {
    for (sql, expected) in [
        ("ALTER TABLE t ADD COLUMN more", "table `t` has changed"),
        ("CREATE INDEX other ON t (a)", "index `other` has changed"),
        ("DROP INDEX by_n", "index `by_n` has changed"),
        ("DROP TRIGGER watch", "trigger `watch` has changed"),
        ("CREATE TRIGGER more AFTER INSERT ON t BEGIN SELECT 1; END", "trigger `more` has changed"),
        ("DROP TABLE t", "index `by_n` has changed"),
        ("ALTER TABLE t RENAME TO u", "index `by_n` has changed"),
        (
            "CREATE TABLE u (a TEXT, n INT); INSERT INTO u SELECT * FROM t; DROP TABLE t;
             ALTER TABLE u RENAME TO t",
            "index `by_n` has changed",
        ),
    ] {
        let world = World::new(SETUP);
        let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
        world.advance(&mut online, 5).unwrap();
        world.write(sql);
        let refusal = reason(&world.advance(&mut online, 5).unwrap_err());
        assert!(refusal.starts_with(expected), "{sql}: {refusal}");
        // Whatever has become of the table, nothing of it is left when it is abandoned.
        world.abandon(&mut online);
        let left: Vec<_> =
            world.schema().into_iter().filter(|text| text.contains("_runner_online_")).collect();
        assert_eq!(left, [""; 0], "{sql}");
    }
}

#[test]
fn what_a_connection_without_triggers_appends_is_noticed_before_the_swap() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2)",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    let other = world.another_app();
    let triggers = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    other.set_db_config(triggers, false).unwrap();
    other.execute_batch("INSERT INTO t VALUES (3, 3)").unwrap();
    let refusal = reason(&world.advance(&mut online, 5).unwrap_err());
    assert_eq!(
        refusal,
        "`t` cannot be changed while others write: rows of it were changed by a connection that fires no triggers, \
         which cannot be followed; abandon the change, and begin it again while there is none"
    );
}

#[test]
fn after_vacuum_rows_without_a_number_of_their_own_are_copied_anew() {
    let world = World::new(SETUP);
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    for id in [2, 4, 6] {
        world.advance(&mut online, 3).unwrap();
        world.write(&format!("DELETE FROM t WHERE n = {id}; INSERT INTO t VALUES ('x', {id}0)"));
        world.write("VACUUM");
    }
    let expected = world.rows("SELECT rowid, a, CAST(n AS TEXT) FROM t");
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT rowid, a, n FROM t"), expected);
}

#[test]
fn what_changes_elsewhere_does_not_matter() {
    let world = World::new(
        &SETUP
            .replace("(a TEXT,", "(a TEXT, id INTEGER PRIMARY KEY,")
            .replace("t SELECT", "t (a, n) SELECT"),
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    let done = world.advance(&mut online, 5).unwrap().rows_done;
    world.write("CREATE TABLE other (x); CREATE VIEW v AS SELECT n FROM t; ANALYZE");
    assert_eq!(world.advance(&mut online, 5).unwrap().rows_done, done + 5);
    world.finish(&mut online);
    assert_eq!(world.text("SELECT group_concat(DISTINCT typeof(n)) FROM v"), "text");
}

#[test]
fn a_view_that_would_break_stops_the_swap() {
    let world =
        World::new("CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1)");
    let mut online = world.begin(&[Operation::drop_column("t", "a")]).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write("CREATE VIEW v AS SELECT a FROM t");
    let refusal = reason(&world.advance(&mut online, 5).unwrap_err());
    assert_eq!(refusal, "view `v` would no longer work: change it first");
    world.write("DROP VIEW v");
    world.finish(&mut online);
}
