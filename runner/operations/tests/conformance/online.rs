//! The same cases, each change made online where it can be.

use std::time::{Duration, Instant};

use migration_api::Error;
use runner_operations::operation::{Operation, OperationError, Refusal};
use runner_operations::perform::online::{Budget, Online, Phase};

use crate::case::Case;
use crate::database::Database;
use crate::judge;

/// What is wrong with a case whose `operations` are carried out online. `None`: they cannot be.
pub(crate) fn faults(case: &Case, operations: &[Operation]) -> Option<Vec<String>> {
    let (database, _) = judge::set_up(case).ok()?;
    match Online::begin(&database.connection, operations) {
        Err(error) if matches!(*error.refusal, Refusal::NotOnline { .. }) => None,
        _ => Some(judge::judge(case, |database| migrate(database, operations))),
    }
}

fn migrate(database: &Database, operations: &[Operation]) -> Result<(), String> {
    let said = |error: OperationError| crate::message::of(&Error::from(error));
    let connection = &database.connection;
    let mut online = Online::begin(connection, operations).map_err(said)?;
    loop {
        let budget = Budget { rows: 2, until: Instant::now() + Duration::from_secs(60) };
        match online.advance(connection, &budget) {
            Ok(progress) if progress.phase == Phase::Done => return Ok(()),
            Ok(_) => {
                online = Online::from_bytes(&online.to_bytes()).map_err(|it| it.to_string())?;
            }
            Err(error) => {
                while !online.abandon(connection, &budget).map_err(said)? {}
                return Err(said(error));
            }
        }
    }
}
