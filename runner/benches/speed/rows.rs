//! A fixup through `Migrator::rows`: next to the plain loop, where a row costs nothing; and on all cores next to one, where
//! it costs 20 microseconds.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use runner::Job;

use crate::project::Project;
use crate::report::{Pairs, Row};
use crate::row_by_row::{IMPL, fill, levels};
use crate::{files, worker};

/// Next to the plain loop, both in a migration.
pub(crate) fn measure_plain(rows: i64) -> Row {
    let level =
        "row.get::<i64>(\"score\")?.isqrt() + row.get::<String>(\"name\")?.trim().len() as i64";
    let plain = "score.isqrt() + name.trim().len() as i64";
    let loop_ = include_str!("fixup.rs").replace("level(&name, score)", plain);
    let loop_ = loop_.split("/// A little computation").next().unwrap().to_owned();
    let ours = Fixup::of("rows-no-cost", &through_rows("", level), rows);
    let theirs = Fixup::of("rows-plain-loop", &format!("{loop_}{IMPL}"), rows);
    Row {
        what: format!("{rows} through `rows`"),
        against: "plain loop",
        bound: Some(1.05),
        outcome: Ok(pairs(&ours, &theirs)),
    }
}

/// On all cores next to one, of a function that works for about 20 microseconds.
pub(crate) fn measure_cores(rows: i64) -> Row {
    let work = "{ let mut n = row.get::<i64>(\"score\")?; for _ in 0..14_000 { n = n.wrapping_mul(6364136223846793005) ^ (n >> 7); } n % 100 }";
    let ours = Fixup::of("rows-all-cores", &through_rows(".on_all_cores()", work), rows);
    let theirs = Fixup::of("rows-one-core", &through_rows("", work), rows);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Row {
        what: format!("{rows} on {cores} cores"),
        against: "one core",
        bound: Some(1.0 / (0.85 * cores as f64)),
        outcome: Ok(pairs(&ours, &theirs)),
    }
}

fn through_rows(how: &str, level: &str) -> String {
    format!(
        "
#[derive(Default)]
pub struct FixUp;

impl Migration for FixUp {{
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{
        migrator.rows(\"player\").read([\"name\", \"score\"]){how}.update([\"level\"], |row| Ok(Some([{level}])))?;
        Ok(())
    }}
}}

export_migration!(FixUp);
"
    )
}

/// A built fixup, and the database before it.
struct Fixup {
    job: Job,
    original: PathBuf,
}

impl Fixup {
    fn of(name: &str, source: &str, rows: i64) -> Self {
        let project = Project::make(name);
        let source = format!("use migration_api::prelude::*;\n{source}");
        let source = source.replace("pub(crate) ", "").replace("//! ", "// ");
        project.write("20250101_000000_fix_up", &source);
        let mut job = project.build();
        let original = project.path("original.db");
        fill(&original, rows);
        job.database.path = project.path("changed.db");
        Self { job, original }
    }

    fn apply(&self) -> Duration {
        files::copy(&self.original, &self.job.database.path);
        worker::apply(&self.job)
    }
}

fn pairs(ours: &Fixup, theirs: &Fixup) -> Pairs {
    let pairs = Pairs::take(7, || ours.apply(), || theirs.apply());
    assert_eq!(levels(&ours.job.database.path), levels(&theirs.job.database.path));
    for fixup in [ours, theirs] {
        fs::remove_file(&fixup.original).unwrap();
        fs::remove_file(&fixup.job.database.path).unwrap();
    }
    pairs
}
