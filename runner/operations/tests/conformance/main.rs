//! `cargo test -p migration-runner-operations --test conformance [-- PART_OF_AN_ID]` runs every case of a folder of
//! JSON lines and closes with `N passed, N failed` and the ids that failed.
//!
//! The folder is `cases` beside this file, or the one that the environment variable
//! `CONFORMANCE_CASES` names. README.md there says what a case is, and `tests/operations/harness.rs` shows that
//! this harness notices what it should.

mod case;
mod check;
mod corpus;
mod database;
mod invariants;
mod judge;
mod message;
mod online;
mod snapshot;

use std::process::ExitCode;

use migration_api::Migrator;
use migration_api::operation::Operation;
use serde_json::Value;

use crate::case::Case;
use crate::corpus::Entry;
use crate::database::Database;

fn main() -> ExitCode {
    // Cargo hands the flags of its own harness to each test; what is no flag is part of an id.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = corpus::folder();
    let mut entries = match corpus::read(&folder) {
        Ok(entries) => entries,
        Err(error) => {
            eprintln!("cannot read the cases of `{}`: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    entries.retain(|entry| wanted.as_ref().is_none_or(|part| entry.id.contains(part.as_str())));
    if entries.is_empty() {
        eprintln!("no cases in `{}`: nothing is shown by that", folder.display());
        return ExitCode::FAILURE;
    }
    let mut failed = Vec::new();
    let (mut passed, mut skipped, mut online) = (0, 0, 0);
    for entry in &entries {
        if entry.case.as_ref().is_ok_and(Case::needs_a_newer_sqlite) {
            skipped += 1;
            continue;
        }
        let mut faults = faults(entry);
        if let Some(found) = online_faults(entry) {
            online += 1;
            faults.extend(found.into_iter().map(|fault| format!("online: {fault}")));
        }
        if faults.is_empty() {
            passed += 1;
            continue;
        }
        println!("FAIL {} ({})", entry.id, entry.file);
        faults.iter().for_each(|fault| println!("     - {fault}"));
        failed.push(entry.id.as_str());
    }
    if skipped > 0 {
        println!("{skipped} skipped: they need a newer SQLite than {}", rusqlite::version());
    }
    println!("{online} were made online as well");
    println!("{passed} passed, {} failed", failed.len());
    failed.iter().for_each(|id| println!("{id}"));
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is wrong with an entry of the corpus; a panic is a fault of its case alone.
fn faults(entry: &Entry) -> Vec<String> {
    let case = match &entry.case {
        Ok(case) => case,
        Err(error) => return vec![format!("not a case: {error}")],
    };
    let judged =
        std::panic::catch_unwind(|| judge::judge(case, |database| migrate(database, case)));
    judged.unwrap_or_else(|_| vec!["it panicked".to_owned()])
}

/// What is wrong with it when its change is made online; `None`: it is no change that can be.
fn online_faults(entry: &Entry) -> Option<Vec<String>> {
    let case = entry.case.as_ref().ok()?;
    let operations = operations(case).ok()?;
    let judged = std::panic::catch_unwind(|| online::faults(case, &operations));
    judged.unwrap_or_else(|_| Some(vec!["it panicked".to_owned()]))
}

/// Runs the operations of a case as one migration.
fn migrate(database: &Database, case: &Case) -> Result<(), String> {
    let operations = operations(case)?;
    Migrator::new(&database.connection).run(operations).map_err(|error| message::of(&error))
}

fn operations(case: &Case) -> Result<Vec<Operation>, String> {
    let read = |operation: &Value| {
        serde_json::from_value(operation.clone())
            .map_err(|error| format!("cannot read {operation}: {error}"))
    };
    case.operations.iter().map(read).collect()
}
