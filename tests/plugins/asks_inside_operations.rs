//! Has a function of its own ask for more while the runner carries out operations, which call it.

use std::error::Error as _;

use migration_api::prelude::*;
use migration_api::{OperationError, Refusal};
use rusqlite::functions::FunctionFlags;

/// The migrator, where a function finds it that SQLite calls while the migrator is at work.
#[derive(Clone, Copy)]
struct Reached(*mut Migrator<'static>);

unsafe impl Send for Reached {}

impl Reached {
    fn ask(self, what: &str) -> Result<()> {
        let migrator = unsafe { &mut *self.0 };
        migrator.log(format!("asked inside for {what}"));
        migrator.progress(1, u64::from(migrator.should_stop()) + 2);
        match what {
            "an operation" => migrator.add_column("item", Column::text("more")),
            "a script" => migrator.execute_script("INSERT INTO farewell VALUES ('script')"),
            _ => migrator.execute("INSERT INTO farewell VALUES ('statement')", []).map(drop),
        }
    }
}

/// What came of it.
fn outcome(result: Result<()>) -> String {
    let Err(error) = result else { return "done".to_owned() };
    match error.source().downcast_ref::<OperationError>() {
        Some(error) if matches!(*error.refusal, Refusal::Nested) => {
            format!("{error}: {}", error.source().unwrap())
        }
        other => format!("not as nested: {error}: {other:?}"),
    }
}

#[derive(Default)]
pub struct AsksInsideOperations;

impl Migration for AsksInsideOperations {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let reached = Reached(std::ptr::from_mut(migrator).cast());
        let flags = FunctionFlags::SQLITE_UTF8;
        migrator.connection().create_scalar_function("ask", 1, flags, move |arguments| {
            Ok(outcome(reached.ask(&arguments.get::<String>(0)?)))
        })?;
        migrator.connection().create_scalar_function("insist", 1, flags, move |arguments| {
            let asked = reached.ask(&arguments.get::<String>(0)?);
            match outcome(asked).as_str() {
                "done" => Ok(0),
                refused => Err(rusqlite::Error::UserFunctionError(refused.into())),
            }
        })?;
        migrator.add_column("player", Column::text("answer"))?;
        for (id, what) in [(1, "an operation"), (2, "a script"), (3, "a statement")] {
            let using = format!("CASE id WHEN {id} THEN ask('{what}') ELSE answer END");
            migrator.alter_column_type_using("player", "answer", "TEXT", using)?;
            let sql = "SELECT answer FROM player WHERE id = ?1";
            let answer: String = migrator.connection().query_row(sql, [id], |row| row.get(0))?;
            migrator.log(answer);
        }
        // The operations go on to work, and are refused where the function does not put up with it.
        migrator.add_column("item", Column::text("colour"))?;
        if std::env::var_os("INSISTS").is_some() {
            migrator.alter_column_type_using(
                "player",
                "score",
                "TEXT",
                "insist('an operation')",
            )?;
        }
        Ok(())
    }
}

export_migration!(AsksInsideOperations);
