//! This program as a fresh process that makes one change and prints how long it took, without the
//! start of the process, and how much memory the process had at most.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::change::Change;
use crate::database;

const MARK: &str = "--worker";

/// What a worker tells.
pub(crate) struct Measured {
    pub(crate) time: Duration,
    /// The most memory that the process held, in KiB; `None` where the system does not say.
    pub(crate) peak: Option<u64>,
}

/// Makes the change that this process was started for. Whether there was one.
pub(crate) fn serve() -> bool {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mark, change, path] = arguments.as_slice() else { return false };
    if mark != MARK {
        return false;
    }
    let change = Change::named(change).expect("a change that is known");
    let started = Instant::now();
    let connection = database::open(Path::new(path));
    if !change.moves_rows() {
        // Whether rows are read is the question, and the wait for the disk would drown the answer.
        connection.pragma_update(None, "synchronous", "OFF").unwrap();
    }
    change.make(&connection);
    drop(connection);
    println!("{} {}", started.elapsed().as_nanos(), peak().unwrap_or(0));
    true
}

/// Linux tells a process in this file; its manual page is proc_pid_status(5).
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Makes `change` to the database at `path` in a fresh process.
pub(crate) fn make(change: Change, path: &Path) -> Measured {
    let mut command = Command::new(env::current_exe().unwrap());
    measure(command.arg(MARK).arg(change.name()).arg(path))
}

/// Runs a worker: this program, or one that speaks as it does and may leave the memory out.
pub(crate) fn measure(command: &mut Command) -> Measured {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap());
    let time = Duration::from_nanos(numbers.next().expect("a time"));
    Measured { time, peak: numbers.next().filter(|&peak| peak > 0) }
}
