//! Tests that the kept schema is always the one that reading it again gives, whatever operations and
//! scripts do. [`Catalog::look`](crate::schema::Catalog) compares each look within a run, this file
//! each between runs, and the rows that others are given.

use proptest::prelude::*;
use rusqlite::Connection;

use super::run::Performer;
use crate::operation::{Column, Constraint, ForeignKey, Index, Operation, Table, Unique};
use crate::schema::{Catalog, Schema, SchemaRows};

/// A change that is drawn by number, with two tables that it may be about.
type Drawn = (usize, usize, usize);

const TABLES: [&str; 4] = ["a", "b", "Long name", "f_extra"];

/// What somebody else may run on the connection.
const SCRIPTS: [&str; 26] = [
    "CREATE TABLE \"{}\" (id INTEGER PRIMARY KEY AUTOINCREMENT, y TEXT UNIQUE, z DEFAULT 1)",
    "CREATE TABLE \"{}\" (y, z, PRIMARY KEY (z DESC, y)) WITHOUT ROWID",
    "CREATE TABLE \"{}\" (id INTEGER PRIMARY KEY, y REFERENCES \"{other}\", z UNIQUE)",
    "DROP TABLE \"{}\"",
    "ALTER TABLE \"{}\" RENAME TO \"{other}\"",
    "ALTER TABLE \"{}\" RENAME TO swap; ALTER TABLE \"{other}\" RENAME TO \"{}\";
     ALTER TABLE swap RENAME TO \"{other}\"",
    "ALTER TABLE \"{}\" ADD COLUMN more CHECK (more > 0)",
    "ALTER TABLE \"{}\" DROP COLUMN more",
    "ALTER TABLE \"{}\" RENAME COLUMN z TO w",
    "ALTER TABLE \"{}\" RENAME COLUMN w TO z",
    "CREATE INDEX \"{} by y\" ON \"{}\" (y) WHERE y > 0",
    "DROP INDEX \"{} by y\"",
    "CREATE VIEW v AS SELECT y FROM \"{}\"",
    "DROP VIEW v",
    "CREATE TRIGGER r AFTER INSERT ON \"{}\" BEGIN SELECT 1; END",
    "DROP TRIGGER r",
    "CREATE VIRTUAL TABLE f USING fts5 (y)",
    "DROP TABLE f; INSERT INTO \"{}\" (y) VALUES (random())",
    "SAVEPOINT s; DROP TABLE \"{}\"; ROLLBACK TO s; DROP TABLE \"{other}\"; RELEASE s",
    "SAVEPOINT s; CREATE TABLE c (x); ROLLBACK TO s; CREATE TABLE d (x); RELEASE s; DROP TABLE d",
    "PRAGMA writable_schema = ON;
     UPDATE sqlite_schema SET sql = replace(sql, 'y', 'Y') WHERE tbl_name = '{}' AND type = 'table';
     PRAGMA writable_schema = RESET",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = '{} by y';
     PRAGMA writable_schema = RESET",
    "PRAGMA schema_version = 7; ANALYZE",
    "VACUUM",
    "CREATE TEMP TABLE \"{}\" (y, z); DROP TABLE temp.\"{}\"",
    "ATTACH ':memory:' AS far; CREATE TABLE far.\"{}\" (y); DETACH far",
];

fn script((number, table, other): Drawn) -> String {
    let [table, other] = [table, other].map(|at| TABLES[at % TABLES.len()]);
    SCRIPTS[number % SCRIPTS.len()].replace("{}", table).replace("{other}", other)
}

fn operation(drawn: Drawn) -> Operation {
    let (number, table, other) = drawn;
    let [table, other] = [table, other].map(|at| TABLES[at % TABLES.len()]);
    let new = || {
        let key = ForeignKey::new(["y"]).references(other, ["id"]);
        Table::new(table)
            .column(Column::integer("id").primary_key())
            .column(Column::text("y").unique())
            .column(Column::text("z"))
            .constraint(Constraint::ForeignKey(key))
    };
    match number % 14 {
        0 | 1 => Operation::create_table(new()),
        2 => Operation::drop_table(table),
        3 => Operation::rename_table(table, other),
        4 => Operation::add_column(table, Column::integer("more")),
        5 => Operation::add_column(table, Column::integer("more").backfill("z")),
        6 => Operation::drop_column(table, "more"),
        7 => Operation::alter_column_type(table, "z", "INTEGER"),
        8 => Operation::set_not_null(table, "y"),
        9 => Operation::add_index(Index::on(table, ["y"]).named(format!("{table} by y"))),
        10 => Operation::drop_index(format!("{table} by y")),
        11 => Operation::rename_column(table, "z", "w"),
        12 => Operation::add_unique(table, Unique::new(["y", "z"])),
        _ => Operation::execute(script(drawn)),
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(number, table, other)| (number.into(), table.into(), other.into()))
}

/// What a connection is given to do.
#[derive(Debug, Clone)]
enum Step {
    Script(Drawn),
    Run(Vec<Drawn>),
    /// A run that is taken back by who asked for it, and another one.
    UndoneAndRun(Vec<Drawn>, Vec<Drawn>),
}

fn step() -> impl Strategy<Value = Step> {
    let some = || proptest::collection::vec(drawn(), 1..4);
    prop_oneof![
        drawn().prop_map(Step::Script),
        some().prop_map(Step::Run),
        (some(), some()).prop_map(|(undone, run)| Step::UndoneAndRun(undone, run)),
    ]
}

fn take(connection: &Connection, performer: &mut Performer, step: Step) {
    // What is refused must be seen as well as what is done.
    let mut run = |operations: Vec<Drawn>| {
        let operations: Vec<_> = operations.into_iter().map(operation).collect();
        let _ = performer.run(connection, &operations);
    };
    match step {
        Step::Script(drawn) => drop(connection.execute_batch(&script(drawn))),
        Step::Run(operations) => run(operations),
        Step::UndoneAndRun(undone, operations) => {
            connection.execute_batch("SAVEPOINT undone").unwrap();
            run(undone);
            connection.execute_batch("ROLLBACK TO undone; RELEASE undone").unwrap();
            run(operations);
        }
    }
}

proptest! {
    #[test]
    fn what_is_kept_of_a_schema_is_what_a_new_reading_gives(
        steps in proptest::collection::vec(step(), 1..10),
    ) {
        let connection = Connection::open_in_memory().unwrap();
        // A transaction of somebody else that enforces them has no rebuild.
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        let (mut performer, mut catalog) = (Performer::default(), Catalog::default());
        for step in steps {
            take(&connection, &mut performer, step);
            // A script may have stopped halfway.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK").unwrap();
            }
            connection.execute_batch("PRAGMA writable_schema = RESET").unwrap();
            let read = Schema::read(&connection).map_err(|error| error.to_string());
            let kept = catalog.refresh(&connection).map_err(|error| error.to_string());
            prop_assert_eq!(kept.map(|schema| schema.as_ref().clone()), read);
            let rows = performer.schema_rows(&connection).unwrap();
            let read = SchemaRows::read(&connection).unwrap();
            prop_assert!(rows.iter().eq(read.iter()));
        }
    }
}
