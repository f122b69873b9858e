//! Looks into the refusals of operations, and goes on.

use migration_api::prelude::*;
use migration_api::{OperationError, Refusal};

#[derive(Default)]
pub struct ReadsRefusals;

fn refusal(result: Result) -> String {
    let error = result.unwrap_err();
    let line = error.location().line();
    let code = error.sqlite_code();
    let refused = error.source().downcast_ref::<OperationError>().map(|error| &*error.refusal);
    match refused {
        Some(Refusal::UnknownColumn { column, near, .. }) => {
            format!("line {line}, {column}, perhaps {near:?}")
        }
        Some(Refusal::DoesNotFit { table, source, .. }) => {
            format!("line {line}, {table}, {source}, {code:?}")
        }
        Some(Refusal::Sqlite(rusqlite::Error::SqlInputError { msg, offset, .. })) => {
            format!("line {line}, {msg} at {offset}, {code:?}")
        }
        other => format!("line {line}, {other:?}"),
    }
}

impl Migration for ReadsRefusals {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let unknown = refusal(migrator.drop_column("player", "scores"));
        migrator.log(unknown);
        let strict = TableOptions::new().strict(true);
        migrator.execute("INSERT INTO player VALUES (4, 'alan', 'many')", [])?;
        let unfit = refusal(migrator.set_table_options("player", strict));
        migrator.log(unfit);
        let wrong = refusal(migrator.add_check("player", "level > 0"));
        migrator.log(wrong);
        migrator.execute("DELETE FROM player WHERE id = 4", [])?;

        // What is registered on the connection takes part, wherever the operation is carried out.
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        migrator.connection().create_scalar_function("twice", 1, flags, |arguments| {
            Ok(2 * arguments.get::<i64>(0)?)
        })?;
        migrator.alter_column_type_using("player", "score", "TEXT", "twice(score)")?;
        let sql = "SELECT name || ' ' || score FROM ranking WHERE name = 'ada'";
        let best: String = migrator.connection().query_row(sql, [], |row| row.get(0))?;
        migrator.log(best);
        Ok(())
    }
}

export_migration!(ReadsRefusals);
