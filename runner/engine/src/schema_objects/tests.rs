//! The digest, and that objects which are told of changes are those that a new reading gives.

use migration_api::operation::{Column, Operation, Table};
use migration_api::perform::Performer;
use proptest::prelude::*;

use super::*;
use crate::sum::Sum;

fn digest(sql: &str) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    Objects::read(&connection).unwrap().digest()
}

#[test]
fn order_of_making_does_not_count_and_text_does() {
    let both = digest("CREATE TABLE a (x); CREATE TABLE b (x);");
    assert_eq!(both, digest("CREATE TABLE b (x); CREATE TABLE a (x);"));
    assert_ne!(both, digest("CREATE TABLE a (x); CREATE TABLE b (y);"));
    assert_ne!(both, digest("CREATE TABLE a (x);"));
}

#[test]
fn rows_statistics_and_the_history_do_not_count() {
    assert_eq!(
        digest("CREATE TABLE a (x); CREATE INDEX i ON a (x);"),
        digest(
            "CREATE TABLE a (x); CREATE INDEX i ON a (x); INSERT INTO a VALUES (1); ANALYZE; \
             CREATE TABLE _runner_migrations (id TEXT);"
        )
    );
}

#[test]
fn a_word_is_found_in_whatever_case_it_is_written() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE a (x); CREATE TABLE b (x references a); CREATE TABLE c (y REFERENCES b);
             CREATE VIEW v AS SELECT x AS \"references\" FROM a;
             CREATE TABLE _runner_migrations (x REFERENCES a)",
        )
        .unwrap();
    let objects = Objects::read(&connection).unwrap();
    let names: Vec<_> = objects.that_may_have_foreign_keys().collect();
    assert_eq!(names, ["b", "c"]);
}

/// The digest as it is in histories: over the sorted texts of all objects, each with its length before it.
fn recorded_digest(connection: &Connection) -> String {
    let sql = "SELECT CAST(name || ?1 || type || ?1 || tbl_name || ?1 || ifnull(sql, '') AS BLOB)
        FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' AND tbl_name NOT LIKE '!_runner!_%' ESCAPE '!'";
    let mut statement = connection.prepare(sql).unwrap();
    let texts = statement.query_map(["\0"], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let mut texts: Vec<_> = texts.map(Result::unwrap).collect();
    texts.sort();
    let mut sum = Sum::new();
    texts.iter().for_each(|text| sum.part(text));
    sum.hex()
}

fn names<'o>(objects: impl Iterator<Item = Object<'o>>) -> Vec<(&'o str, &'o str)> {
    objects.map(|object| (object.kind(), object.name())).collect()
}

/// Checks that `kept`, told of what is on `connection` now, is what a new reading gives.
fn told(performer: &mut Performer, connection: &Connection, kept: &Objects) -> Objects {
    let rows = performer.schema_rows(connection).unwrap();
    assert!(rows.iter().eq(SchemaRows::read(connection).unwrap().iter()));
    let (now, new) = (kept.after(rows, Vec::new()), Objects::read(connection).unwrap());
    assert!(now.are(&new));
    assert_eq!(now.digest(), new.digest());
    assert_eq!(now.digest(), recorded_digest(connection));
    for object in new.iter() {
        let name = object.name().to_ascii_uppercase();
        assert_eq!(now.definition(object.kind(), &name), Some(object.sql()));
        let page = |objects: &Objects| objects.root_page(object.name());
        assert_eq!(page(&now), page(&new));
    }
    assert_eq!(names(now.not_in(kept)), names(new.not_in(kept)));
    assert_eq!(names(now.changed_since(kept)), names(new.changed_since(kept)));
    assert_eq!(names(kept.changed_since(&now)), names(kept.changed_since(&new)));
    now
}

/// Two connections to one database in a file.
fn two(sql: &str) -> (tempfile::TempDir, [Connection; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let connections = [(); 2].map(|()| Connection::open(folder.path().join("a.db")).unwrap());
    connections[0].execute_batch(sql).unwrap();
    (folder, connections)
}

#[test]
fn a_change_is_seen_whoever_made_it_and_whatever_sqlite_counts() {
    let (_folder, [one, other]) = two("CREATE TABLE a (x); CREATE TABLE b (x REFERENCES a);
        CREATE VIEW v AS SELECT x FROM a; CREATE INDEX i ON b (x);");
    let mut performer = Performer::default();
    let mut kept = Objects::read(&one).unwrap();
    // The number of the schema and the count of changes are the same before and after.
    let same_number = "BEGIN; SAVEPOINT s; CREATE TABLE c (x)";
    let after_it = "ROLLBACK TO s; CREATE TABLE d (x); COMMIT";
    for (connection, sql) in [
        (&one, same_number),
        (&one, after_it),
        (&one, "ALTER TABLE a ADD COLUMN y"),
        (&other, "ALTER TABLE b RENAME TO \"B 2\"; DROP VIEW v"),
        (&other, "VACUUM"),
        (&one, "VACUUM"),
        (
            &one,
            "PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'x', 'X') WHERE name = 'd';
            PRAGMA writable_schema = OFF",
        ),
        (&one, "CREATE TEMP TABLE a (only_here); ATTACH ':memory:' AS far; CREATE TABLE far.a (y)"),
        (&one, "DROP TABLE main.a; CREATE TABLE main.a (z)"),
        (&other, "BEGIN IMMEDIATE; CREATE TABLE e (x); ROLLBACK; CREATE TABLE f (x)"),
    ] {
        connection.execute_batch(sql).unwrap();
        kept = told(&mut performer, &one, &kept);
    }
    assert_eq!(
        names(kept.iter()),
        [("table", "B 2"), ("table", "a"), ("table", "d"), ("table", "f"), ("index", "i")]
    );
}

#[test]
fn what_operations_read_of_the_schema_is_not_taken_for_what_came_after_them() {
    let connection = Connection::open_in_memory().unwrap();
    let mut performer = Performer::default();
    let mut kept = Objects::read(&connection).unwrap();
    let table = |name: &str| Operation::create_table(Table::new(name).column(Column::text("x")));
    connection.execute_batch("BEGIN; SAVEPOINT s").unwrap();
    performer.run(&connection, &[table("a")]).unwrap();
    connection.execute_batch("ROLLBACK TO s; CREATE TABLE b (y)").unwrap();
    kept = told(&mut performer, &connection, &kept);
    assert_eq!(names(kept.iter()), [("table", "b")]);
    performer.run(&connection, &[Operation::rename_table("b", "c")]).unwrap();
    kept = told(&mut performer, &connection, &kept);
    connection.execute_batch("DROP TABLE c; COMMIT").unwrap();
    assert_eq!(names(told(&mut performer, &connection, &kept).iter()), []);
}

const CHANGES: [&str; 12] = [
    "CREATE TABLE {} (x, y REFERENCES {other})",
    "CREATE TABLE {} (x PRIMARY KEY) WITHOUT ROWID; CREATE TABLE _runner_{} (x)",
    "DROP TABLE {}",
    "DROP TABLE {}; CREATE TABLE {other} (x)",
    "ALTER TABLE {} RENAME TO {other}",
    "ALTER TABLE {} ADD COLUMN z",
    "CREATE INDEX by_{} ON {} (x)",
    "DROP INDEX by_{}",
    "CREATE VIEW over_{} AS SELECT x FROM {}",
    "CREATE TRIGGER on_{} AFTER INSERT ON {} BEGIN DELETE FROM {other}; END",
    "SAVEPOINT s; DROP TABLE {}; ROLLBACK TO s; RELEASE s",
    "CREATE TABLE {} (id INTEGER PRIMARY KEY AUTOINCREMENT); ANALYZE",
];

proptest! {
    #[test]
    fn objects_that_are_told_of_changes_are_those_that_a_new_reading_gives(
        changes in proptest::collection::vec((0..CHANGES.len(), 0..40u8, 0..40u8), 1..60),
    ) {
        let connection = Connection::open_in_memory().unwrap();
        let mut performer = Performer::default();
        let mut kept = Objects::read(&connection).unwrap();
        for (change, table, other) in changes {
            let [table, other] = [table, other].map(|number| format!("T{number}"));
            let sql = CHANGES[change].replace("{}", &table).replace("{other}", &other);
            // What fails has done the half of it, or nothing.
            let _ = connection.execute_batch(&sql);
            kept = told(&mut performer, &connection, &kept);
        }
    }
}
