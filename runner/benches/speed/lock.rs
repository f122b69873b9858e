//! How long an application has to wait that writes beside a migration of a big table.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use runner::Job;
use runner::apply::Pause;
use rusqlite::Connection;

use crate::project::Project;
use crate::report::{self, Pairs, Row, time};
use crate::scale::Scale;
use crate::writer::{TABLE, Waits, Writer};
use crate::{files, worker};

/// How a database keeps its transactions whole: what a writer waits for differs.
const MODES: [&str; 2] = ["WAL", "DELETE"];

/// A table that is migrated, in a database of its own.
struct Big {
    project: Project,
    job: Job,
    rows: i64,
    /// What is made besides the table.
    besides: &'static str,
}

/// What was measured of one run beside a writer.
struct Run {
    took: Duration,
    waits: Waits,
    /// Bytes of the write-ahead log at most.
    log: u64,
    /// Kilobytes of the migrating process at most.
    memory: u64,
}

/// Measures the longest waits, and prints a table of them.
pub(crate) fn measure(scale: &Scale) {
    let rows = scale.rows_in_batches;
    let (fixup, batches) =
        (Big::fixup("lock-one-transaction", rows), Big::batches("lock-batches", rows));
    let rows = scale.rows_online;
    let (rebuild, online) = (Big::rebuild("lock-rebuild", rows), Big::online("lock-online", rows));
    println!(
        "\nwaits of a writer that commits 200 times a second (bound: 60 ms of 99 %, 250 ms at most)"
    );
    line(["beside", "journal", "took", "commits", "99 %", "at most", "log", "memory"]);
    for mode in MODES {
        let quiet = rebuild.database("quiet", mode);
        let writer = Writer::start(&quiet);
        thread::sleep(Duration::from_secs(2));
        print("nothing", mode, &Run::of(writer.end()));
        fs::remove_file(quiet).unwrap();
        for (what, big) in [
            ("one transaction", &fixup),
            ("batches", &batches),
            ("ordinary rebuild", &rebuild),
            ("online rebuild", &online),
        ] {
            print(&format!("{what}, {} rows", big.rows), mode, &big.beside_writer(mode));
        }
    }
    println!("\nwithout a writer and without pauses");
    report::head();
    for mode in MODES {
        report::row(&batches.next_to(&fixup, "batches", "one transaction", 1.3, mode));
        report::row(&online.next_to(&rebuild, "online", "ordinary rebuild", 3.0, mode));
    }
}

impl Big {
    /// A fixup of all rows in one transaction.
    fn fixup(name: &str, rows: i64) -> Self {
        let code = include_str!("fixup.rs").replace("pub(crate) ", "").replace("//! ", "// ");
        let forward = "Ok(fix_up(migrator.connection())?)";
        Self::of(name, &migration(&code, "", forward), rows, "")
    }

    /// The same in batches.
    fn batches(name: &str, rows: i64) -> Self {
        let code = include_str!("fixup.rs").replace("pub(crate) ", "").replace("//! ", "// ");
        let level = "fn level";
        let (_, code) = code.split_once(level).unwrap();
        let forward =
            "migrator.rows(\"player\").read([\"name\", \"score\"]).update([\"level\"], |row| {
            Ok(Some([level(&row.get::<String>(\"name\")?, row.get(\"score\")?)]))
        }).map(drop)";
        Self::of(name, &migration(&format!("{level}{code}"), BATCHED, forward), rows, "")
    }

    /// A rebuild under two indexes.
    fn rebuild(name: &str, rows: i64) -> Self {
        let forward = "migrator.alter_column_type(\"player\", \"score\", \"REAL\")";
        Self::of(name, &migration("", "", forward), rows, INDEXES)
    }

    /// The same while others write.
    fn online(name: &str, rows: i64) -> Self {
        let forward =
            "migrator.online([Operation::alter_column_type(\"player\", \"score\", \"REAL\")])";
        Self::of(name, &migration("", BATCHED, forward), rows, INDEXES)
    }

    fn of(name: &str, source: &str, rows: i64, besides: &'static str) -> Self {
        let project = Project::make(name);
        project.write("20250101_000000_change", source);
        let job = project.build();
        Self { project, job, rows, besides }
    }

    /// A new database, with all rows.
    fn database(&self, name: &str, mode: &str) -> PathBuf {
        let path = self.project.path(&format!("{name}.db"));
        files::remove_database(&path);
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", mode).unwrap();
        connection
            .execute_batch(&format!(
                "BEGIN; {TABLE}
                 CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, score INTEGER, level INTEGER);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})
                 INSERT INTO player SELECT i, ' Player ' || i, i * 7919 % 100003, 0 FROM n;
                 {} COMMIT",
                self.rows, self.besides
            ))
            .unwrap();
        path
    }

    fn beside_writer(&self, mode: &str) -> Run {
        let database = self.database("beside-writer", mode);
        let mut job = self.job.clone();
        job.database.path.clone_from(&database);
        let writer = Writer::start(&database);
        let ((took, memory), log) = largest_log(&database, || worker::apply_measured(&job));
        let waits = writer.end();
        fs::remove_file(&database).unwrap();
        Run { took, waits, log, memory }
    }
}

impl Big {
    /// How long it takes next to `other`, where nobody else is there and nobody is let in.
    fn next_to(
        &self,
        other: &Self,
        what: &str,
        against: &'static str,
        bound: f64,
        mode: &str,
    ) -> Row {
        let originals = [self, other].map(|big| big.database("original", mode));
        let apply = |big: &Self, original: &Path| {
            let mut job = big.job.clone();
            job.options.pause = Pause::For(Duration::ZERO);
            job.database.path = big.project.path("alone.db");
            files::remove_database(&job.database.path);
            files::copy(original, &job.database.path);
            worker::apply(&job)
        };
        let [ours, theirs] = &originals;
        let pairs = Pairs::take(3, || apply(self, ours), || apply(other, theirs));
        for original in &originals {
            fs::remove_file(original).unwrap();
        }
        let what = format!("{what}, {} rows, {mode}", self.rows);
        Row { what, against, bound: Some(bound), outcome: Ok(pairs) }
    }
}

impl Run {
    /// A writer that had nobody beside it.
    fn of(waits: Waits) -> Self {
        Self { took: Duration::ZERO, waits, log: 0, memory: 0 }
    }
}

const BATCHED: &str = "const BATCHED: bool = true;";

const INDEXES: &str = "CREATE INDEX player_by_name ON player (name);
                       CREATE INDEX player_by_score ON player (score, id);";

/// The source of a migration, whose way forward is `forward`.
fn migration(code: &str, constants: &str, forward: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n{code}\n#[derive(Default)]\npub struct Change;\n\n\
         impl Migration for Change {{\n    {constants}\n    \
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{\n        {forward}\n    }}\n}}\n\n\
         export_migration!(Change);\n"
    )
}

/// Does `work`, and says how large the write-ahead log of `database` was at most.
fn largest_log<T>(database: &Path, work: impl FnOnce() -> T) -> (T, u64) {
    let log = PathBuf::from(format!("{}-wal", database.display()));
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watched = scope.spawn(|| {
            let mut largest = 0;
            while !ended.load(Ordering::Relaxed) {
                largest = fs::metadata(&log).map_or(0, |file| file.len()).max(largest);
                thread::sleep(Duration::from_millis(1));
            }
            largest
        });
        let done = work();
        ended.store(true, Ordering::Relaxed);
        (done, watched.join().unwrap())
    })
}

fn print(what: &str, mode: &str, run: &Run) {
    let mebibytes = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
    line([
        what,
        mode,
        &time(run.took),
        &run.waits.count().to_string(),
        &time(run.waits.of_99_percent()),
        &time(run.waits.largest()),
        &mebibytes(run.log),
        &mebibytes(run.memory << 10),
    ]);
}

fn line([what, mode, took, commits, most, largest, log, memory]: [&str; 8]) {
    println!(
        "{what:<34} {mode:<7} {took:>9} {commits:>8} {most:>10} {largest:>10} {log:>8} {memory:>8}"
    );
}
