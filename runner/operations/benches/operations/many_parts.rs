//! Schemas of many tables and tables of many columns, next to smaller ones: what has not changed costs nothing.

use std::time::{Duration, Instant};

use migration_api::difference::{Options, between};
use migration_api::operation::{Column, Operation, Table};
use migration_api::perform;
use migration_api::schema::Schema;
use rusqlite::Connection;

use crate::report::{Pairs, Row};

pub(crate) fn measure() -> [Row; 2] {
    [
        Row {
            what: "a difference of 400 new tables".to_owned(),
            against: "100 tables".to_owned(),
            bound: Some(4.5),
            outcome: Ok(Pairs::take(5, || difference(400), || difference(100))),
        },
        Row {
            what: "1,000 columns, one by one".to_owned(),
            against: "500 columns".to_owned(),
            bound: None,
            outcome: Ok(Pairs::take(3, || add_columns(1000), || add_columns(500))),
        },
    ]
}

/// How long it takes to find the way to `count` tables, to go it, and to find the way back.
fn difference(count: usize) -> Duration {
    let wanted = Connection::open_in_memory().unwrap();
    let table = |at: usize| {
        Table::new(format!("t{at}"))
            .column(Column::integer("id").primary_key())
            .column(Column::text("name").not_null())
            .column(Column::integer("score").not_null().default(0))
    };
    for at in 0..count {
        wanted.execute_batch(&table(at).to_string()).unwrap();
    }
    let database = Connection::open_in_memory().unwrap();
    let started = Instant::now();
    let [before, after] = [&database, &wanted].map(|it| Schema::read(it).unwrap());
    let forward = between(&before, &after, &Options::default()).unwrap();
    let operations: Vec<_> = forward.operations().collect();
    perform::run(&database, &operations).unwrap();
    between(&after, &before, &Options::default().back(&forward)).unwrap();
    started.elapsed()
}

fn add_columns(count: usize) -> Duration {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch("CREATE TABLE player (id INTEGER PRIMARY KEY)").unwrap();
    let started = Instant::now();
    for at in 0..count {
        let column = Column::text(format!("column_{at}"));
        perform::run(&database, &[Operation::add_column("player", column)]).unwrap();
    }
    started.elapsed()
}
