//! What a migration takes away is kept, and its way back puts it back.

mod columns;
mod command;
mod files;
mod refusals;
mod rows;

use crate::sandbox::{self, Outcome, Sandbox};
use rusqlite::Connection;

/// A migration that says that it loses `losses`.
fn losing(sandbox: &Sandbox, name: &str, losses: &str, forward: &str, backward: &str) -> String {
    let source = sandbox::sql_source(forward, backward);
    let said =
        format!("impl Migration for Sql {{\nconst LOSES: &'static [&'static str] = &[{losses}];");
    sandbox.migration(name, &source.replace("impl Migration for Sql {", &said))
}

/// A project that keeps what is lost, whose first migration is applied: it runs `ground`.
fn keeping(name: &str, ground: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nkeep_lost = true\n");
    sandbox.sql_migration(&format!("{name}_ground"), ground, "DROP TABLE player");
    sandbox.run(&["migrate"]).succeeded();
    sandbox
}

/// The rows of a query, in words.
fn rows(sandbox: &Sandbox, sql: &str) -> String {
    sandbox::rows(&sandbox.database(), sql)
}

/// Schema and rows of the database but for the runner's own tables.
fn state(sandbox: &Sandbox) -> String {
    state_of(&sandbox.database())
}

fn state_of(connection: &Connection) -> String {
    let names: Vec<(String, String)> = connection
        .prepare(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '^_runner^_%' ESCAPE '^' \
             ORDER BY name",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = String::new();
    for (name, sql) in names {
        all +=
            &format!("{sql}\n{}", sandbox::rows(connection, &format!("SELECT * FROM \"{name}\"")));
    }
    all
}

/// Reverts the last migration.
#[track_caller]
fn down(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["down"]).succeeded()
}
