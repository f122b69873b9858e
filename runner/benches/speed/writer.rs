//! An application that goes on writing beside a migration: a process of its own, and how long it had to wait.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::worker;

/// What it writes to, in a database that may have any other tables.
pub(crate) const TABLE: &str =
    "CREATE TABLE beside (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO beside VALUES (1, 0);";

/// So often it commits, unless it has to wait.
const EVERY: Duration = Duration::from_millis(5);
/// So long it waits for a lock before it gives up, which ends it with an error.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes to `database` until standard input ends, and prints how many microseconds each commit took.
pub(crate) fn write(database: &str) {
    let connection = Connection::open(database).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    let mut write = connection.prepare("UPDATE beside SET n = n + 1 WHERE id = 1").unwrap();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            io::stdin().read_to_end(&mut Vec::new()).unwrap();
            ended.store(true, Ordering::Relaxed);
        });
        println!("writing");
        let mut waits = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            write.execute([]).unwrap();
            let took = begun.elapsed();
            waits.push(took);
            thread::sleep(EVERY.saturating_sub(took));
        }
        waits.iter().for_each(|took| println!("{}", took.as_micros()));
    });
}

/// A process that writes.
pub(crate) struct Writer {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Writer {
    /// One that has begun.
    pub(crate) fn start(database: &Path) -> Self {
        let mut command = worker::command();
        command.arg("write").arg(database).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        Self { process, output }
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> Waits {
        drop(self.process.stdin.take());
        let read = |line: io::Result<String>| Duration::from_micros(line.unwrap().parse().unwrap());
        let mut waits: Vec<_> = self.output.lines().map(read).collect();
        assert!(self.process.wait().unwrap().success(), "the writer could not write");
        waits.sort_unstable();
        Waits(waits)
    }
}

/// How long each commit took, in order.
pub(crate) struct Waits(Vec<Duration>);

impl Waits {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Of a hundred, 99 took no longer.
    pub(crate) fn of_99_percent(&self) -> Duration {
        self.0[self.0.len() * 99 / 100]
    }

    pub(crate) fn largest(&self) -> Duration {
        self.0[self.0.len() - 1]
    }
}
