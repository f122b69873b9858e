//! Runs the conformance cases as a migration meets them under the runner: inside a transaction that
//! is not the migrator's, with foreign keys not enforced, on a defensive connection whose authorizer
//! denies transaction control, ATTACH and pragmas that write.

use migration_api::Migrator;
use migration_api::operation::Operation;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::case::Case;
use crate::database::Database;
use crate::invariants::Allowed;
use crate::{check, corpus, invariants, judge};

/// Pragmas whose argument says what to read, and those that do nothing here.
const HARMLESS: [&str; 11] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "foreign_keys",
    "integrity_check",
    "quick_check",
];

#[test]
fn every_case_holds_under_a_guard_that_denies_what_the_runner_denies() {
    let mut faults = Vec::new();
    for entry in corpus::read(&corpus::folder()).unwrap() {
        let case = entry.case.unwrap();
        if case.needs_a_newer_sqlite() {
            continue;
        }
        for fault in judge(&case) {
            faults.push(format!("{}: {fault}", entry.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn judge(case: &Case) -> Vec<String> {
    let (mut database, before) = judge::set_up(case).unwrap();
    let outcome = migrate(&mut database, case);
    match (&case.expect.checks, &case.expect.error_contains, outcome) {
        (Some(checks), None, Ok(())) => {
            let mut faults = invariants::faults(&database, &Allowed::by(case), &before);
            faults.extend(checks.iter().filter_map(|check| check::fault(&database, check)));
            faults
        }
        (None, Some(parts), Err(message)) => {
            let mut faults = judge::unchanged(&database, &before);
            let missing = check::missing(&message, parts);
            faults.extend(missing.iter().map(|part| format!("{message:?} lacks {part:?}")));
            faults
        }
        (_, _, outcome) => vec![format!("it came out as {outcome:?}")],
    }
}

fn migrate(database: &mut Database, case: &Case) -> Result<(), String> {
    let connection = &mut database.connection;
    let enforced = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; SAVEPOINT runner").unwrap();
    connection.authorizer(Some(|context: AuthContext<'_>| judgement(&context))).unwrap();

    let operations: Vec<Operation> = case
        .operations
        .iter()
        .map(|operation| serde_json::from_value(operation.clone()).unwrap())
        .collect();
    let outcome = Migrator::new(connection).run(operations).map_err(|error| {
        let chain = std::iter::successors(error.source().source(), |error| error.source());
        chain.fold(error.to_string(), |message, error| format!("{message}: {error}"))
    });

    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).unwrap();
    assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
    // A run that failed must have left nothing, so even that may be committed.
    connection.execute_batch("RELEASE runner; COMMIT").map_err(|error| error.to_string())?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, enforced).unwrap();
    outcome
}

fn judgement(context: &AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Transaction { .. } | AuthAction::Attach { .. } | AuthAction::Detach { .. } => {
            Authorization::Deny
        }
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) }
            if !HARMLESS.contains(&pragma_name) =>
        {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}
