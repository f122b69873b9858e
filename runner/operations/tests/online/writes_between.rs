//! What an application writes between two pieces of work is there afterwards.

use runner_operations::operation::{Column, Index, Operation, PrimaryKey, TableOptions, Unique};
use runner_operations::perform::online::Phase;

use crate::world::{Journal, World};

const SETUP: &str = "
    CREATE TABLE team (id INTEGER PRIMARY KEY, name);
    CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT CHECK (name <> ''),
      team REFERENCES team ON DELETE CASCADE ON UPDATE CASCADE);
    CREATE INDEX by_team ON t (team);
    INSERT INTO team VALUES (1, 'a'), (2, 'b'), (3, 'c');
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
    INSERT INTO t SELECT i * 10, 'n' || i, i, i % 3 + 1 FROM n;";

fn change() -> Vec<Operation> {
    vec![
        Operation::alter_column_type("t", "n", "TEXT"),
        Operation::add_index(Index::on("t", ["n", "team"])),
    ]
}

/// What the application's own writes make of the table alone.
fn written(setup: &str, writes: &[&str]) -> Vec<Vec<rusqlite::types::Value>> {
    let world = World::new(setup);
    for sql in writes {
        world.write(sql);
    }
    world.rows("SELECT id, name, CAST(n AS TEXT), team FROM t ORDER BY id")
}

#[track_caller]
fn kept(journal: Journal, writes: &[&str]) {
    let expected = written(SETUP, writes);
    // Each statement comes early, in the middle, and when all rows are copied.
    for pieces in [0, 4, 14] {
        let world = World::kept_in(journal, SETUP);
        let mut online = world.begin(&change()).unwrap();
        for _ in 0..pieces {
            world.advance(&mut online, 2).unwrap();
        }
        for sql in writes {
            world.write(sql);
            world.advance(&mut online, 2).unwrap();
        }
        world.finish(&mut online);
        let now = world.rows("SELECT id, name, n, team FROM t ORDER BY id");
        assert_eq!(now, expected, "{writes:?} after {pieces} pieces");
        assert_eq!(world.text("PRAGMA integrity_check"), "ok");
        assert_eq!(online.names(), [""; 0]);
    }
}

#[test]
fn all_kinds_of_statements_are_followed() {
    for journal in [Journal::Wal, Journal::Rollback] {
        for writes in [
            &["INSERT INTO t VALUES (5, 'x', 5, 1), (500, 'y', 6, NULL)"][..],
            &["UPDATE t SET n = n + 1000 WHERE id < 120"],
            &[
                "UPDATE t SET id = id + 1000 WHERE id < 60",
                "UPDATE t SET id = id - 995 WHERE id > 1000",
            ],
            &["UPDATE t SET id = -id"],
            &["DELETE FROM t WHERE n % 2"],
            &["DELETE FROM t"],
            &["DELETE FROM t", "INSERT INTO t VALUES (7, 'n1', 1, 1)"],
            &["INSERT INTO t VALUES (40, 'n5', 7, 1) ON CONFLICT (id) DO UPDATE SET n = 99"],
            &["INSERT INTO t VALUES (41, 'n5', 7, 1) ON CONFLICT DO NOTHING"],
            &[
                "INSERT INTO t VALUES (41, 'n5', 7, 1) ON CONFLICT (name) DO UPDATE SET id = 900, n = 2",
            ],
            &["DELETE FROM team WHERE id = 2", "UPDATE team SET id = 30 WHERE id = 3"],
            &["BEGIN; INSERT INTO t VALUES (5, 'x', 5, 1); DELETE FROM t WHERE id > 90; ROLLBACK"],
            &[
                "BEGIN; SAVEPOINT a; DELETE FROM t WHERE id > 90; ROLLBACK TO a; DELETE FROM t WHERE id = 10; COMMIT",
            ],
        ] {
            kept(journal, writes);
        }
    }
}

#[test]
fn an_outer_conflict_clause_of_the_application_does_not_reach_the_notes() {
    for clause in ["OR ABORT", "OR FAIL", "OR IGNORE", "OR ROLLBACK", "OR REPLACE", ""] {
        kept(
            Journal::Wal,
            &[
                &format!("UPDATE {clause} t SET n = n + 1 WHERE id IN (10, 20, 30)"),
                // Twice, so that each key is noted more than once before it is replayed.
                &format!(
                    "BEGIN; UPDATE {clause} t SET n = n + 1 WHERE id IN (10, 20, 200); \
                     UPDATE {clause} t SET n = n + 1 WHERE id IN (10, 20, 200); \
                     INSERT {clause} INTO t VALUES (11, 'new', 1, 1); \
                     UPDATE {clause} t SET id = 12 WHERE id = 11; COMMIT"
                ),
            ],
        );
    }
}

#[test]
fn rows_that_exchange_a_unique_value_do_not_collide() {
    let swap = |one: i64, other: i64| {
        format!(
            "BEGIN; UPDATE t SET name = 'free' WHERE id = {one}; \
             UPDATE t SET name = 'n{}' WHERE id = {other}; \
             UPDATE t SET name = 'n{}' WHERE id = {one}; COMMIT",
            one / 10,
            other / 10
        )
    };
    kept(Journal::Wal, &[&swap(10, 20)]);
    // One of them is copied, the other is not.
    kept(Journal::Wal, &[&swap(10, 200), &swap(30, 160)]);
}

#[test]
fn a_round_of_unique_values_is_replayed_one_note_at_a_time() {
    let world = World::new(SETUP);
    let mut online = world.begin(&change()).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write(
        "BEGIN; UPDATE t SET name = 'x' || name;
         UPDATE t SET name = 'n' || (id / 10 % 20 + 1); COMMIT",
    );
    let expected = world.rows("SELECT id, name FROM t ORDER BY id");
    world.until(&mut online, Phase::Swapped, 1);
    assert_eq!(world.rows("SELECT id, name FROM t ORDER BY id"), expected);
}

#[test]
fn the_applications_own_triggers_and_those_that_change_the_table_again_are_followed() {
    let world = World::new(&format!(
        "{SETUP} CREATE TABLE log (what);
         CREATE TRIGGER a AFTER INSERT ON t WHEN new.n < 50 BEGIN
           INSERT INTO t VALUES (new.id + 1, new.name || '+', new.n + 20, 1);
           DELETE FROM t WHERE id = 30; END;
         CREATE TRIGGER b BEFORE DELETE ON t BEGIN INSERT INTO log VALUES (old.id); END;
         CREATE TRIGGER c BEFORE UPDATE ON t WHEN new.n = 7 BEGIN SELECT RAISE(IGNORE); END;"
    ));
    world.write("PRAGMA recursive_triggers = ON");
    let mut online = world.begin(&change()).unwrap();
    for _ in 0..15 {
        world.advance(&mut online, 2).unwrap();
    }
    world.write("INSERT INTO t VALUES (301, 'q', 1, 1); UPDATE t SET n = 7; UPDATE t SET n = 8 WHERE id = 40");
    let expected = world.rows("SELECT id, name, CAST(n AS TEXT), team FROM t ORDER BY id");
    let log = world.rows("SELECT what FROM log");
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT id, name, n, team FROM t ORDER BY id"), expected);
    assert_eq!(world.rows("SELECT what FROM log"), log, "the application's triggers saw our work");
    world.write("DELETE FROM t WHERE id = 40");
    assert_eq!(world.rows("SELECT what FROM log").len(), log.len() + 1);
}

#[test]
fn a_statement_that_was_prepared_before_goes_on_after_the_swap() {
    let world = World::new(SETUP);
    let mut insert = world.app.prepare("INSERT INTO t VALUES (?1, ?2, 1, 1)").unwrap();
    let mut select = world.app.prepare("SELECT typeof(n) FROM t WHERE id = ?1").unwrap();
    insert.execute((1, "one")).unwrap();
    let mut online = world.begin(&change()).unwrap();
    insert.execute((2, "two")).unwrap();
    world.until(&mut online, Phase::Swapped, 4);
    insert.execute((3, "three")).unwrap();
    world.finish(&mut online);
    insert.execute((4, "four")).unwrap();
    for id in 1..=4 {
        let kind: String = select.query_row([id], |row| row.get(0)).unwrap();
        assert_eq!(kind, "text");
    }
}

#[test]
fn a_reader_from_before_reads_the_old_table_to_its_end() {
    let world = World::new(SETUP);
    let reader = world.another_app();
    reader.execute_batch("BEGIN").unwrap();
    let count = "SELECT count(*) FROM t WHERE typeof(n) = 'integer'";
    let before: i64 = reader.query_row(count, [], |row| row.get(0)).unwrap();
    let mut online = world.begin(&change()).unwrap();
    world.write("DELETE FROM t WHERE id > 100");
    world.finish(&mut online);
    assert_eq!(reader.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), before);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(reader.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn rows_are_found_by_any_key() {
    let change = |table: &str| {
        vec![
            Operation::add_column(table, Column::text("more").backfill("v || '!'")),
            Operation::add_unique(table, Unique::new(["v", "a"])),
        ]
    };
    for table in [
        "(a TEXT COLLATE NOCASE, b INT, v, PRIMARY KEY (a, b DESC)) WITHOUT ROWID",
        "(a TEXT, b INT, v, PRIMARY KEY (a COLLATE NOCASE DESC, b)) WITHOUT ROWID",
        "(a, b REAL, v, PRIMARY KEY (b, a)) WITHOUT ROWID",
        "(a BLOB PRIMARY KEY, b, v)",
        "(a, b, v)",
        "(rowid TEXT, a, b, v)",
        "(a, b, v INTEGER PRIMARY KEY DESC)",
    ] {
        let insert = |a: &str, b: i64, v: i64| {
            format!("INSERT OR REPLACE INTO t (a, b, v) VALUES ({a}, {b}, {v});")
        };
        let rows: String = (0..30).map(|i| insert(&format!("'k{}'", i % 4), i, i)).collect();
        let world = World::new(&format!("CREATE TABLE t {table}; {rows}"));
        let mut online = world.begin(&change("t")).unwrap();
        for (a, b, v) in [("'K1'", 5, 500), ("'k9'", 6, 600), ("'A'", 7, 700), ("x'00ff'", 8, 800)]
        {
            world.advance(&mut online, 4).unwrap();
            world.write(&insert(a, b, v));
            world.write(&format!("UPDATE t SET b = b + 100 WHERE v % 7 = {}", b % 7));
            world.write(&format!("DELETE FROM t WHERE v % 11 = {}", b % 11));
            world.write("UPDATE t SET a = upper(a) WHERE v = 3");
        }
        let expected = world.rows("SELECT *, v || '!' FROM t ORDER BY v");
        world.finish(&mut online);
        assert_eq!(world.rows("SELECT * FROM t ORDER BY v"), expected, "{table}");
        assert_eq!(world.text("PRAGMA integrity_check"), "ok");
    }
}

#[test]
fn a_table_gets_another_kind_of_key() {
    let world = World::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
    );
    let operations = [
        Operation::set_primary_key("t", PrimaryKey::new(["id"])),
        Operation::set_table_options("t", TableOptions::new().without_rowid(true)),
    ];
    world.change_beside(
        &operations,
        &["UPDATE t SET id = 9 WHERE id = 1", "DELETE FROM t WHERE id = 2"],
    );
    assert_eq!(world.text("SELECT group_concat(id || v) FROM t"), "33,91");
    let back = [Operation::set_table_options("t", TableOptions::new().without_rowid(false))];
    world
        .change_beside(&back, &["UPDATE t SET id = 1 WHERE id = 9", "INSERT INTO t VALUES (2, 2)"]);
    assert_eq!(world.text("SELECT group_concat(id || v) FROM t"), "11,22,33");
}

#[test]
fn triggers_of_the_application_that_end_a_statement_hide_no_change() {
    for raise in ["RAISE(IGNORE)", "RAISE(FAIL, 'enough')"] {
        let world = World::new(&format!(
            "{SETUP} CREATE TRIGGER i AFTER INSERT ON t BEGIN SELECT {raise}; END;
             CREATE TRIGGER u AFTER UPDATE ON t BEGIN SELECT {raise}; END;
             CREATE TRIGGER d AFTER DELETE ON t BEGIN SELECT {raise}; END;"
        ));
        let mut online = world.begin(&change()).unwrap();
        world.until(&mut online, Phase::Replaying, 50);
        // A temporary trigger fires before all others.
        world.write(&format!(
            "CREATE TEMP TRIGGER first AFTER UPDATE ON main.t BEGIN SELECT {raise}; END"
        ));
        for sql in [
            "INSERT INTO t VALUES (1, 'one', 1, 1), (2, 'two', 2, 2)",
            "UPDATE t SET n = n + 50 WHERE id > 50",
            "UPDATE t SET id = id + 1 WHERE id > 150",
            "DELETE FROM t WHERE id = 100",
        ] {
            let _ = world.app.execute_batch(sql);
        }
        let expected = world.rows("SELECT id, name, CAST(n AS TEXT), team FROM t ORDER BY id");
        assert!(expected.len() > 19);
        world.finish(&mut online);
        assert_eq!(world.rows("SELECT id, name, n, team FROM t ORDER BY id"), expected, "{raise}");
    }
}

#[test]
fn two_spellings_of_one_key_are_one_row() {
    let world = World::new(
        "CREATE TABLE t (id TEXT COLLATE NOCASE PRIMARY KEY, n INT, v) WITHOUT ROWID;
         CREATE UNIQUE INDEX u ON t (abs(n), v);
         INSERT INTO t VALUES ('a', 1, 1), ('b', 2, 2)",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "v", "TEXT")]).unwrap();
    world.until(&mut online, Phase::Replaying, 5);
    world.write("INSERT INTO t VALUES ('A', 5, 5) ON CONFLICT (id) DO UPDATE SET n = 7");
    world.write("DELETE FROM t WHERE id = 'b'; INSERT INTO t VALUES ('B', 8, 8)");
    world.finish(&mut online);
    assert_eq!(world.text("SELECT group_concat(id || n || v) FROM t"), "a71,B88");
}

#[test]
fn texts_that_are_no_text_and_bytes_are_keys_as_well() {
    let world = World::new(
        "CREATE TABLE t (k TEXT PRIMARY KEY, n INT) WITHOUT ROWID;
         INSERT INTO t VALUES ('Größe', 1), (CAST(x'61ff62' AS TEXT), 2), (x'00ff', 3), ('', 4), (char(0), 5)",
    );
    let mut online = world.begin(&[Operation::alter_column_type("t", "n", "TEXT")]).unwrap();
    for _ in 0..3 {
        world.advance(&mut online, 2).unwrap();
        world.write(
            "UPDATE t SET n = n + 10; UPDATE t SET k = k || 'x' WHERE n % 10 = 2; DELETE FROM t WHERE n = 14",
        );
    }
    let expected = world.rows("SELECT hex(k), CAST(n AS TEXT) FROM t ORDER BY 1");
    assert_eq!(expected.len(), 4);
    world.finish(&mut online);
    assert_eq!(world.rows("SELECT hex(k), n FROM t ORDER BY 1"), expected);
}
