//! Goes in stages, of which some end, or wait for `go`, as the environment says.

use migration_api::prelude::*;

#[derive(Default)]
pub struct GoesInStages;

impl Migration for GoesInStages {
    const BATCHED: bool = true;
    const REVERSIBLE_HALF_DONE: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| {
            it.execute_batch("CREATE TABLE stage (name)")?;
            meets("first")
        })?;
        let second = migrator.step(|it| {
            it.execute("INSERT INTO stage VALUES ('second')", [])?;
            meets("second")?;
            meets("second (whose error is passed over)")
        });
        if std::env::var("STAGE").is_ok_and(|stage| stage.contains("passed over")) {
            drop(second);
        } else {
            second?;
        }
        meets("between")?;
        match std::env::var("STAGE_WRITES_OUTSIDE").as_deref() {
            Ok("row") => drop(migrator.execute("INSERT INTO stage VALUES ('outside')", [])?),
            Ok("temporary") => migrator.execute_batch("CREATE TEMP TABLE outside (a)")?,
            Ok("operation") => migrator.add_column("stage", Column::text("outside"))?,
            _ => {}
        }
        migrator.step(|it| it.execute("INSERT INTO stage VALUES ('third')", []).map(drop))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.execute_batch("DROP TABLE IF EXISTS stage"))?;
        meets("back")
    }
}

/// What the environment wants to happen at `place`.
fn meets(place: &str) -> Result {
    match std::env::var("STAGE") {
        Ok(wanted) if wanted == format!("{place} fails") => Err("it was to fail here".into()),
        Ok(wanted) if wanted == format!("{place} aborts") => std::process::abort(),
        Ok(wanted) if wanted == format!("{place} panics") => panic!("it was to panic here"),
        Ok(wanted) if wanted == format!("{place} waits") => {
            std::fs::write("half", std::process::id().to_string())?;
            wait_for("go")
        }
        _ => Ok(()),
    }
}

/// It ends with the folder too.
fn wait_for(file: &str) -> Result {
    while std::fs::exists("app.db")? {
        if std::fs::exists(file)? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err("nobody came".into())
}

export_migration!(GoesInStages);
