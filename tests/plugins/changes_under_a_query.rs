//! Changes the schema in the middle of the rows of a query.

use migration_api::prelude::*;
use migration_api::{OperationError, Refusal};

#[derive(Default)]
pub struct ChangesUnderAQuery;

impl Migration for ChangesUnderAQuery {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let mut statement = migrator.connection().prepare("SELECT name FROM player")?;
        let mut rows = statement.query([])?;
        rows.next()?;
        // A script goes on as it did.
        migrator.execute_script("UPDATE item SET what = upper(what)")?;
        let error = migrator.drop_column("player", "score").unwrap_err();
        let refused = error.source().downcast_ref::<OperationError>().map(|error| &*error.refusal);
        if !matches!(refused, Some(Refusal::StatementRunning { .. })) {
            return Err(format!("refused as {refused:?}").into());
        }
        Err(error)
    }
}

export_migration!(ChangesUnderAQuery);
