//! Doubles numbers in batches. The environment says at which it fails, and how.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CountsInBatches;

impl Migration for CountsInBatches {
    const BATCHED: bool = true;
    const REVERSIBLE_HALF_DONE: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.add_column("number", Column::integer("twice")))?;
        let skipped = set("SKIP").unwrap_or_default();
        migrator
            .rows("number")
            .read(["n"])
            .filter("n IS NOT NULL")
            .skip_failures(skipped.unsigned_abs())
            .update(["twice"], |row| {
                let n: i64 = row.get("n")?;
                if set("FAIL_AT") == Some(n) || set("FAIL_EACH").is_some_and(|each| n % each == 0) {
                    return Err(format!("{n} was to fail").into());
                }
                if set("ABORT_AT") == Some(n) {
                    std::process::abort();
                }
                if set("PANIC_AT") == Some(n) {
                    panic!("{n} was to panic");
                }
                Ok(Some([2 * n]))
            })?;
        migrator.step(|it| it.execute("INSERT INTO finished VALUES ('yes')", []).map(drop))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.drop_column("number", "twice"))?;
        migrator.step(|it| it.execute("DELETE FROM finished", []).map(drop))
    }
}

/// The number that the environment has under `name`.
fn set(name: &str) -> Option<i64> {
    std::env::var(name).ok()?.parse().ok()
}

export_migration!(CountsInBatches);
