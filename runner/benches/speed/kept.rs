//! A migration that drops a column, with its values kept, next to the same one without.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::project::{self, Project};
use crate::report::{Pairs, Row, clock};
use crate::{files, processor};

const DROP: &str = "
use migration_api::prelude::*;

#[derive(Default)]
pub struct DropName;

impl Migration for DropName {
    const LOSES: &'static [&'static str] = &[\"player.name\"];

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column(\"player\", \"name\")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column(\"player\", Column::text(\"name\"))
    }
}

export_migration!(DropName);
";

/// By `runner migrate`, in processor time, and on the clock.
pub(crate) fn measure(rows: i64) -> [Row; 2] {
    let project = Project::make("kept");
    project.write("20250101_000000_drop_name", DROP);
    drop(project.build());
    let (original, changed) = (project.path("original.db"), project.path("changed.db"));
    crate::row_by_row::fill(&original, rows);
    let migrate = |keep: &str, time: fn(&mut dyn FnMut()) -> Duration| {
        files::remove(&changed);
        files::copy(&original, &changed);
        let took = time(&mut || {
            let mut command = project.runner(&["migrate", keep, "--database"]);
            project::run(command.arg(&changed));
        });
        assert_eq!(is_kept(&changed), keep == "--keep-lost");
        took
    };
    let row = |against, time: fn(&mut dyn FnMut()) -> Duration| Row {
        what: format!("{rows} values kept"),
        against,
        bound: Some(2.5),
        outcome: Ok(Pairs::take(
            7,
            || migrate("--keep-lost", time),
            || migrate("--no-keep-lost", time),
        )),
    };
    let rows = [row("not kept", |work| processor::of(work)), row("not kept, on the clock", clock)];
    [original, changed].iter().for_each(|database| files::remove(database));
    rows
}

/// Whether something is kept in `database`.
fn is_kept(database: &Path) -> bool {
    let connection = Connection::open(database).unwrap();
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '^_runner^_kept%' ESCAPE '^' AND type = 'table'";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() > 0
}
