//! A fleet of small databases, each with one migration pending or none; next to a bare program that opens the same
//! files with as many threads, and to a process of the runner for each database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::project::{Project, run};
use crate::report::{Pairs, Row};
use crate::scale::Scale;
use crate::{files, many, processor, worker};

/// Worker processes of the runner, and threads of the bare program.
const JOBS: usize = 2;

/// 76 kB in all.
const ROWS: &str = "INSERT INTO table_0000
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    SELECT i, printf('%0100d', i) FROM n";

/// A bundle of two migrations, and databases to copy.
pub(crate) struct Fleet {
    project: Project,
    /// The first migration is applied.
    behind: PathBuf,
    /// Both are.
    applied: PathBuf,
    /// Both are, in as few bytes as can be.
    small: PathBuf,
}

impl Fleet {
    /// Builds the bundle.
    pub(crate) fn prepare() -> Self {
        let project = Project::make("fleet");
        for number in 0..2 {
            project.write(&many::id(number), &many::source(number, 0));
        }
        run(&mut project.runner(&["bundle"]));
        let [behind, applied, small] =
            ["behind.db", "applied.db", "small.db"].map(|name| project.path(name));
        let fleet = Self { project, behind, applied, small };
        for database in [&fleet.behind, &fleet.applied, &fleet.small] {
            files::remove(database);
        }
        fleet.migrate(&fleet.behind, &["--create", "--steps", "1"]);
        Connection::open(&fleet.behind).unwrap().execute_batch(ROWS).unwrap();
        fs::copy(&fleet.behind, &fleet.applied).unwrap();
        fleet.migrate(&fleet.applied, &[]);
        Connection::open(&fleet.small)
            .unwrap()
            .execute_batch("PRAGMA page_size = 512; VACUUM")
            .unwrap();
        fleet.migrate(&fleet.small, &[]);
        fleet
    }

    fn migrate(&self, database: &Path, more: &[&str]) {
        let mut runner =
            self.project.runner(&["migrate", "--bundle", "migrations.bundle", "--database"]);
        run(runner.arg(database).args(more));
    }

    /// One migration pending, in processor time; and how much more that is for each database.
    pub(crate) fn measure_processor(&self, scale: &Scale) -> Row {
        let pairs = self.one_pending(scale.pending, |work| processor::of(work));
        println!(
            "{:.2} ms more for each database (bound: 0.5)",
            pairs.more_for_each(scale.pending)
        );
        row(format!("{} with one pending", scale.pending), "bare program", None, pairs)
    }

    /// The same, on the clock.
    pub(crate) fn measure_clock(&self, scale: &Scale) -> Row {
        let pairs = self.one_pending(scale.pending, clock);
        row("  on the clock".to_owned(), "bare program", Some(1.3), pairs)
    }

    fn one_pending(&self, count: usize, time: impl Fn(&mut dyn FnMut()) -> Duration) -> Pairs {
        let ours = || {
            let list = self.copies("ours", &self.behind, count);
            time(&mut || self.fleet(&list))
        };
        let theirs = || {
            let list = self.copies("bare", &self.behind, count);
            time(&mut || worker::migrate_fleet(&self.applied, &list, JOBS))
        };
        Pairs::take(5, ours, theirs)
    }

    /// A process for each, on the clock.
    pub(crate) fn measure_processes(&self, scale: &Scale) -> Row {
        let ours = || {
            let list = self.copies("ours", &self.behind, scale.pending);
            clock(&mut || self.fleet(&list))
        };
        let theirs = || {
            let list = self.copies("bare", &self.behind, scale.pending);
            clock(&mut || self.process_for_each(&list))
        };
        row(
            "  on the clock".to_owned(),
            "xargs -P runner migrate",
            Some(1.0 / 6.0),
            Pairs::take(3, ours, theirs),
        )
    }

    /// Nothing pending, in processor time.
    pub(crate) fn measure_nothing_pending(&self, scale: &Scale) -> Row {
        let list = self.copies("ours", &self.applied, scale.nothing_pending);
        let ours = || processor::of(|| self.fleet(&list));
        let theirs = || processor::of(|| worker::read_fleet(&list));
        row(
            format!("{} with nothing pending", scale.nothing_pending),
            "bare open",
            Some(1.5),
            Pairs::take(5, ours, theirs),
        )
    }

    /// Tells how much memory the largest process takes.
    pub(crate) fn print_memory(&self, scale: &Scale) {
        let list = self.copies("ours", &self.small, scale.databases);
        let kilobytes = worker::largest_process(&self.fleet_command(&list));
        println!(
            "memory of the largest process, {} databases: {:.0} MiB (bound for 100,000: 64)",
            scale.databases,
            kilobytes as f64 / 1024.0
        );
        fs::remove_dir_all(self.project.path("ours")).unwrap();
    }

    fn fleet(&self, list: &Path) {
        run(&mut self.fleet_command(list));
    }

    fn fleet_command(&self, list: &Path) -> Command {
        let arguments = ["fleet", "migrate", "--bundle", "migrations.bundle", "--jobs"];
        let mut command = self.project.runner(&arguments);
        let pattern = list.with_file_name("*/*.db");
        command.arg(JOBS.to_string()).arg("--databases").arg(pattern);
        command
    }

    fn process_for_each(&self, list: &Path) {
        let runner =
            self.project.runner(&["migrate", "--bundle", "migrations.bundle", "--database"]);
        let mut xargs = Command::new("xargs");
        xargs.args(["-P", &JOBS.to_string(), "-n", "1", "-a"]).arg(list).arg(runner.get_program());
        run(xargs
            .args(runner.get_args())
            .current_dir(self.project.path(""))
            .env_remove("DATABASE_URL"));
    }

    /// Makes `count` copies of `database` in `folder`, that are on the disk; gives the list of them.
    fn copies(&self, folder: &str, database: &Path, count: usize) -> PathBuf {
        let folder = self.project.path(folder);
        let _ = fs::remove_dir_all(&folder);
        let mut list = String::new();
        for number in 0..count {
            // Ten thousand files in one folder are not what is measured.
            let below = folder.join((number / 1_000).to_string());
            fs::create_dir_all(&below).unwrap();
            let copy = below.join(format!("{number}.db"));
            fs::copy(database, &copy).unwrap();
            list += copy.to_str().unwrap();
            list.push('\n');
        }
        let path = folder.join("list.txt");
        fs::write(&path, list).unwrap();
        run(Command::new("sync").stdin(Stdio::null()));
        path
    }
}

fn row(what: String, against: &'static str, bound: Option<f64>, pairs: Pairs) -> Row {
    Row { what, against, bound, outcome: Ok(pairs) }
}

fn clock(work: &mut dyn FnMut()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}
