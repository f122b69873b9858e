//! A rehearsal of a change of every row, next to a copy of the database and the migration of that copy by themselves;
//! and what it costs to measure a step.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use runner::{ApplyOptions, Job};

use crate::project::{self, Project};
use crate::report::{Pairs, Row, clock};
use crate::row_by_row::{IMPL, fill};
use crate::{files, processor, worker};

/// Adds a column with a value for each row, and takes it away again.
const CHANGE: &str = "
use migration_api::prelude::*;

#[derive(Default)]
pub struct Rank;

impl Migration for Rank {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column(\"player\", Column::integer(\"rank\"))?;
        migrator.execute_batch(\"UPDATE player SET rank = score % 100\")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column(\"player\", \"rank\")
    }
}

export_migration!(Rank);
";

/// A built project, and a database for which its migration is pending.
pub(crate) struct Rehearsal {
    project: Project,
    original: PathBuf,
    copy: PathBuf,
    rows: i64,
}

impl Rehearsal {
    pub(crate) fn prepare(rows: i64) -> Self {
        let project = Project::make("rehearsal");
        project.write("20250101_000000_rank", CHANGE);
        drop(project.build());
        let (original, copy) = (project.path("original.db"), project.path("copy.db"));
        fill(&original, rows);
        Self { project, original, copy, rows }
    }

    /// On the clock, and in processor time.
    pub(crate) fn measure(&self) -> [Row; 4] {
        let row = |way_back: &str, bound, pairs, against| Row {
            what: format!("{} rehearsed{way_back}", self.rows),
            against,
            bound: Some(bound),
            outcome: Ok(pairs),
        };
        let take = |way: &str, time: fn(&mut dyn FnMut()) -> Duration| {
            let ours = || time(&mut || self.rehearse(way));
            Pairs::take(5, ours, || time(&mut || self.copy_and_migrate()))
        };
        let (forward, back) = ("--no-way-back", "--with-way-back");
        [
            row("", 2.0, take(forward, clock), "copied and migrated"),
            row(" and back", 3.5, take(back, clock), "copied and migrated"),
            row("", 2.0, take(forward, |work| processor::of(work)), "the same, processor"),
            row(" and back", 3.5, take(back, |work| processor::of(work)), "the same, processor"),
        ]
    }

    fn rehearse(&self, way_back: &str) {
        let mut command = self.project.runner(&["rehearse", way_back, "--database"]);
        project::run(command.arg(&self.original).arg("--copy-in").arg(self.project.path("")));
    }

    fn copy_and_migrate(&self) {
        files::remove(&self.copy);
        worker::copy(&self.original, &self.copy);
        let migrate: &mut Command = &mut self.project.runner(&["migrate", "--database"]);
        project::run(migrate.arg(&self.copy));
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        for database in [&self.original, &self.copy] {
            files::remove(database);
        }
    }
}

/// A loop that updates each row, measured, next to the same one that is not: in processor time.
pub(crate) fn measure_measuring(rows: i64) -> Row {
    let project = Project::make("measured");
    let source = format!("use migration_api::prelude::*;\n{}{IMPL}", include_str!("fixup.rs"));
    let source = source.replace("pub(crate) ", "").replace("//! ", "// ");
    project.write("20250101_000000_fix_up", &source);
    let plain = project.build();
    let measured =
        Job { options: ApplyOptions { measure: true, ..plain.options }, ..plain.clone() };
    let original = project.path("original.db");
    fill(&original, rows);
    let apply = |job: &Job, name: &str| {
        let mut job = job.clone();
        job.database.path = project.path(name);
        files::copy(&original, &job.database.path);
        processor::of(|| worker::apply(&job))
    };
    let pairs = Pairs::take(9, || apply(&measured, "one.db"), || apply(&plain, "other.db"));
    for name in ["original.db", "one.db", "other.db"] {
        fs::remove_file(project.path(name)).unwrap();
    }
    Row {
        what: format!("{rows} updates measured"),
        against: "not measured",
        bound: Some(1.3),
        outcome: Ok(pairs),
    }
}
