//! A project with a history that nobody would wait for: 200 steps that make 95 tables. It is written as the runner
//! writes it, and no library is built.

use std::fmt::Write as _;
use std::time::Duration;

use runner::kept_schema::keep_after;
use runner::record::{self, Record};
use runner::schema_objects::Objects;
use runner::source_text::SourceText;
use runner::{MigrationId, workshop};
use rusqlite::Connection;

use crate::sandbox::Sandbox;

pub(super) const STEPS: usize = 200;
pub(super) const TABLES: usize = 95;

const THINGS: [&str; 10] = [
    "customer",
    "product",
    "order",
    "invoice",
    "payment",
    "shipment",
    "supplier",
    "ticket",
    "campaign",
    "warehouse",
];
const PARTS: [&str; 10] = [
    "",
    "_line",
    "_note",
    "_history",
    "_tag",
    "_attachment",
    "_setting",
    "_event",
    "_address",
    "_import_batch_of_the_old_system",
];
const COLUMNS: [&str; 8] = [
    "created_at TEXT NOT NULL DEFAULT ''",
    "changed_at TEXT",
    "changed_by TEXT",
    "amount INTEGER NOT NULL DEFAULT 0",
    "currency TEXT NOT NULL DEFAULT 'EUR'",
    "position INTEGER",
    "is_archived BOOLEAN NOT NULL DEFAULT FALSE",
    "remark TEXT",
];

/// The name and the SQL of each step.
pub(super) fn steps() -> Vec<(String, String)> {
    let tables: Vec<String> = PARTS
        .iter()
        .flat_map(|part| THINGS.map(|thing| format!("{thing}{part}")))
        .take(TABLES)
        .collect();
    let mut steps: Vec<(String, String)> = tables
        .iter()
        .enumerate()
        .map(|(n, table)| (format!("create_{table}"), create(n, table)))
        .collect();
    let mut added = vec![0; TABLES];
    for n in 0.. {
        if steps.len() == STEPS {
            break;
        }
        let number = n * 37 % TABLES;
        let table = &tables[number];
        steps.push(match n % 10 {
            3 => (
                format!("index_{table}_{n}"),
                format!("CREATE INDEX {table}_by_name_{n} ON \"{table}\" (name);"),
            ),
            6 => (
                format!("rename_name_in_{table}"),
                format!("ALTER TABLE \"{table}\" RENAME COLUMN name TO title;\nALTER TABLE \"{table}\" RENAME COLUMN title TO name;\nALTER TABLE \"{table}\" RENAME COLUMN code TO code_{n};"),
            ),
            8 => (
                format!("drop_and_make_{table}_log_{n}"),
                format!("CREATE TABLE {table}_log_{n} (id INTEGER PRIMARY KEY, \"{table}_id\" INTEGER REFERENCES \"{table}\" (id), text TEXT);"),
            ),
            9 => {
                let made = (n - 1) * 37 % TABLES;
                let table = &tables[made];
                (format!("drop_{table}_log_{}", n - 1), format!("DROP TABLE {table}_log_{};", n - 1))
            }
            _ => {
                let column = COLUMNS[added[number] % COLUMNS.len()];
                added[number] += 1;
                let (name, rest) = column.split_once(' ').unwrap();
                (
                    format!("add_{name}_to_{table}_{n}"),
                    format!("ALTER TABLE \"{table}\" ADD COLUMN {name}_{n} {rest};"),
                )
            }
        });
    }
    steps
}

fn create(number: usize, table: &str) -> String {
    let mut columns =
        String::from("  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL,\n  code TEXT UNIQUE");
    for column in COLUMNS.iter().take(number % 5) {
        let _ = write!(columns, ",\n  {column}");
    }
    let thing = THINGS[number % THINGS.len()];
    let mut parents = Vec::new();
    if number >= THINGS.len() {
        parents.push(thing);
    } else if number > 0 {
        parents.push(THINGS[(number - 1) / 2]);
    }
    if number > 20 && number.is_multiple_of(3) {
        parents.push(THINGS[(number + 4) % THINGS.len()]);
    }
    for parent in parents {
        let _ = write!(columns, ",\n  {parent}_id INTEGER NOT NULL REFERENCES \"{parent}\" (id)");
    }
    format!("CREATE TABLE \"{table}\" (\n{columns}\n);")
}

/// Writes the crates and the history of these steps, a day apart, but for the last of them, which are pending.
pub(super) fn write(sandbox: &Sandbox, steps: &[(String, String)], pending: usize) {
    go_on(sandbox, steps, 0, pending);
}

/// The same, where so many are applied already.
pub(super) fn go_on(sandbox: &Sandbox, steps: &[(String, String)], applied: usize, pending: usize) {
    let database = Connection::open(sandbox.path("app.db")).unwrap();
    let begun: jiff::Timestamp = "2023-01-02T09:00:00Z".parse().unwrap();
    for (n, (name, sql)) in steps.iter().enumerate() {
        let at = begun + Duration::from_secs(n as u64 * 5 * 24 * 3600 + n as u64 * 61);
        let id: MigrationId = format!("{}_{name}", at.strftime("%Y%m%d_%H%M%S")).parse().unwrap();
        let code = "migration_api::sql_migration!();\n";
        sandbox.migration_called(id.as_str(), code);
        sandbox.write(format!("migrations/{id}/forward.sql"), sql);
        if n < applied || n + pending >= steps.len() {
            continue;
        }
        let digest = workshop::digest::source(&sandbox.path(format!("migrations/{id}"))).unwrap();
        let mut source = SourceText::default();
        source.add("src/lib.rs", code.as_bytes());
        source.add("forward.sql", sql.as_bytes());
        let before = Objects::read(&database).unwrap();
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        database.execute_batch(sql).unwrap();
        let now = Objects::read(&database).unwrap();
        let took = 300 + (n as u64 * 7919 % 97).pow(3);
        let record = Record {
            applied_at: at,
            duration_us: took,
            ..Record::not_run(id, digest, now.digest())
        };
        record::insert(&database, &record).unwrap();
        record::note_source(&database, &source.pack()).unwrap();
        keep_after(&database, &before, &now).unwrap();
        database.execute_batch("COMMIT").unwrap();
    }
}
