//! A case from its setup to its verdict.

use crate::case::Case;
use crate::check;
use crate::database::Database;
use crate::invariants::{self, Allowed};
use crate::snapshot::Snapshot;

/// What is wrong with a case when `migrate` does its migration; nothing, if it passes.
pub(crate) fn judge(
    case: &Case,
    migrate: impl FnOnce(&Database) -> Result<(), String>,
) -> Vec<String> {
    let (database, before) = match set_up(case) {
        Ok(start) => start,
        Err(error) => return vec![format!("setup failed: {error}")],
    };
    let outcome = migrate(&database);
    match (&case.expect.checks, &case.expect.error_contains) {
        (Some(checks), None) => {
            if let Err(message) = outcome {
                return vec![format!("the migration failed: {message}")];
            }
            let mut faults = invariants::faults(&database, &Allowed::by(case), &before);
            faults.extend(checks.iter().filter_map(|check| check::fault(&database, check)));
            faults
        }
        (None, Some(parts)) => match outcome {
            Ok(()) => vec!["the migration did not fail".to_owned()],
            Err(message) => {
                let mut faults = unchanged(&database, &before);
                let missing = check::missing(&message, parts);
                if !missing.is_empty() {
                    faults.push(format!("the error {message:?} lacks {missing:?}"));
                }
                faults
            }
        },
        _ => vec!["a case expects either checks or an error".to_owned()],
    }
}

/// A database as the case describes it, and what it was like.
pub(crate) fn set_up(case: &Case) -> Result<(Database, Snapshot), String> {
    let database = Database::in_memory()?;
    for (name, value) in &case.pragmas {
        database.run(&format!("PRAGMA {name}={value}"))?;
    }
    database.run(&case.setup_sql)?;
    if database.in_transaction() {
        return Err("a transaction is open".to_owned());
    }
    let before = Snapshot::of(&database)?;
    if before.schema.is_empty() && before.temp.is_empty() && !case.setup_sql.trim().is_empty() {
        return Err("it made nothing".to_owned());
    }
    Ok((database, before))
}

/// What a migration that failed has changed all the same.
pub(crate) fn unchanged(database: &Database, before: &Snapshot) -> Vec<String> {
    let mut faults = Vec::new();
    if database.in_transaction() {
        faults.push("a transaction is still open".to_owned());
        faults.extend(database.run("ROLLBACK").err());
    }
    match Snapshot::of(database) {
        Ok(after) if after == *before => {}
        Ok(after) => faults.push(format!(
            "the failed migration changed something:\n        was {before:?}\n        is  {after:?}"
        )),
        Err(error) => faults.push(format!("the database cannot be read: {error}")),
    }
    faults
}
