//! Has operations call a function of its own that panics for one row, wherever a schema may call one.

use std::error::Error as _;

use migration_api::prelude::*;
use rusqlite::functions::FunctionFlags;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// What stops `result`, to what SQLite said.
fn reasons(result: Result) -> String {
    let error = result.unwrap_err();
    let mut words = error.to_string();
    let mut next = error.source().source();
    while let Some(cause) = next.filter(|cause| !cause.is::<rusqlite::ffi::Error>()) {
        words += &format!(": {cause}");
        next = cause.source();
    }
    words
}

#[derive(Default)]
pub struct PanicsInAFunction;

impl Migration for PanicsInAFunction {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.connection().create_scalar_function("checked", 1, FLAGS, |arguments| {
            let score: i64 = arguments.get(0)?;
            assert!(score != 50, "no score may be {score}");
            Ok(score)
        })?;
        let refused = [
            migrator.alter_column_type_using("player", "score", "TEXT", "checked(score)"),
            migrator.add_check("player", "checked(score) > 0"),
            migrator.add_column(
                "player",
                Column::integer("twice").generated("checked(score) * 2").stored(),
            ),
            migrator.create_index(Index::on("player", [IndexColumn::expression("checked(score)")])),
            migrator.execute_script(
                "CREATE TRIGGER watch AFTER UPDATE ON player BEGIN SELECT checked(new.score); END;
                 UPDATE player SET name = upper(name);",
            ),
        ];
        for result in refused {
            migrator.log(reasons(result));
        }
        // None of them is in the way of the next.
        migrator.reorder_columns("player", ["score", "id"])?;
        let sql = "SELECT group_concat(name || ' ' || score, ', ') FROM player";
        let rows: String = migrator.connection().query_row(sql, [], |row| row.get(0))?;
        migrator.log(rows);
        if std::env::var_os("INSISTS").is_some() {
            migrator.alter_column_type_using("player", "score", "TEXT", "checked(score)")?;
        }
        Ok(())
    }
}

export_migration!(PanicsInAFunction);
