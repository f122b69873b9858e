//! Which processes hold the locks that keep a database busy, where the system says (`/proc/locks` on Linux). No
//! file of the database is opened for it: to close one would drop SQLite's own locks
//! (<https://sqlite.org/howtocorrupt.html>, 2.2).

use std::fmt;
use std::path::Path;

/// A process that holds a lock on a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    process: u32,
    /// Whether it is the process that asks: another connection of it.
    is_own: bool,
    /// Its command with the arguments, if the system says.
    command: Option<String>,
    /// The steps that it takes, if it is a runner's.
    steps: Option<String>,
}

#[cfg(test)]
impl crate::messages::Examples for Holder {
    fn examples() -> Vec<Self> {
        let holder = |process, command: Option<&str>, steps: Option<&str>| Self {
            process,
            is_own: process == 1,
            command: command.map(str::to_owned),
            steps: steps.map(str::to_owned),
        };
        vec![
            holder(4711, Some("python3 manage.py"), None),
            holder(4712, Some("runner apply-job"), Some("applies `20250106_090000_add_level`")),
            holder(4713, None, None),
            holder(1, None, None),
        ]
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process, is_own, command, steps } = self;
        match (steps, command) {
            _ if *is_own => write!(f, "this process itself, by another connection"),
            (Some(steps), _) => write!(f, "process {process}, a runner that {steps}"),
            (None, Some(command)) => write!(f, "process {process}, `{command}`"),
            (None, None) => write!(f, "process {process}"),
        }
    }
}

/// `error` about a lock, with the `holders` of it.
pub(super) fn named_in(error: rusqlite::Error, holders: &[Holder]) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) if !holders.is_empty() => {
            let locked = message.unwrap_or_else(|| code.to_string());
            let holders: Vec<_> = holders.iter().map(ToString::to_string).collect();
            let message = format!("{locked}, held by {}", holders.join(", and by "));
            rusqlite::Error::SqliteFailure(code, Some(message))
        }
        error => error,
    }
}

/// The `holders` that are no connection of this process, as the end of a sentence.
pub(super) fn others_in_words(holders: &[Holder]) -> String {
    let others = holders.iter().filter(|holder| !holder.is_own).map(ToString::to_string);
    match others.collect::<Vec<_>>() {
        others if others.is_empty() => String::new(),
        others => format!(": {}", others.join(", and ")),
    }
}

#[cfg(target_os = "linux")]
pub(super) use linux::of;

/// Nobody tells elsewhere.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(_database: &Path) -> Vec<Holder> {
    Vec::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::PathBuf;

    use super::{Holder, Path};
    use crate::steps_argument;

    /// Who holds the locks of `database` that keep others from it.
    pub(in crate::database) fn of(database: &Path) -> Vec<Holder> {
        let Ok(locks) = fs::read_to_string("/proc/locks") else { return Vec::new() };
        let shared_memory = PathBuf::from(format!("{}-shm", database.display()));
        let files = [(database, LOCK_BYTES), (shared_memory.as_path(), LOG_BYTES)];
        let (mut writers, mut readers) = (BTreeSet::new(), BTreeSet::new());
        let mut waiting = None;
        for (path, bytes) in files {
            let Some(file) = File::at(path) else { continue };
            let held = locks.lines().filter_map(Lock::read);
            for lock in held.filter(|lock| lock.covers(bytes) && file.is_locked_by(lock)) {
                if lock.is_to_write && bytes == LOCK_BYTES && lock.covers(PENDING_BYTE) {
                    waiting = Some(lock.process);
                }
                let processes = if lock.is_to_write { &mut writers } else { &mut readers };
                processes.insert(lock.process);
            }
        }
        // Who reads is in the way where nobody writes, and of a writer that waits for readers to end, which this
        // process may be itself. Our own connections read, too.
        let own = std::process::id();
        readers.remove(&own);
        if waiting == Some(own) && !readers.is_empty() {
            writers.remove(&own);
        }
        let holders = if writers.is_empty() { readers } else { writers };
        holders.into_iter().map(holder).collect()
    }

    /// The bytes of a database that SQLite locks to write to it, or to keep others from writing
    /// (<https://sqlite.org/src/doc/trunk/src/os.h>): pending, reserved and shared.
    const LOCK_BYTES: (u64, u64) = (0x4000_0000, 0x4000_0000 + 511);

    /// The first of them, which who writes takes to let no new reader in.
    const PENDING_BYTE: (u64, u64) = (LOCK_BYTES.0, LOCK_BYTES.0);

    /// The byte of the shared memory that is locked by who writes to the log
    /// (<https://sqlite.org/walformat.html#wal_locks>).
    const LOG_BYTES: (u64, u64) = (120, 120);

    /// A file as the system numbers it.
    struct File<'p> {
        path: &'p Path,
        device: (u64, u64),
        inode: u64,
    }

    impl<'p> File<'p> {
        fn at(path: &'p Path) -> Option<Self> {
            let metadata = fs::metadata(path).ok()?;
            let device = metadata.dev();
            // As the C library takes a number apart (gnu_dev_major, gnu_dev_minor).
            let major = (device >> 8 & 0xfff) | (device >> 32 & !0xfff);
            let minor = (device & 0xff) | (device >> 12 & !0xff);
            Some(Self { path, device: (major, minor), inode: metadata.ino() })
        }

        /// Whether `lock` is on this file. A file system of several parts (overlayfs, btrfs) calls its device
        /// otherwise in the list of locks: then the process must have the file open.
        fn is_locked_by(&self, lock: &Lock) -> bool {
            self.inode == lock.inode
                && (self.device == lock.device || self.is_open_in(lock.process))
        }

        fn is_open_in(&self, process: u32) -> bool {
            let Ok(whole) = fs::canonicalize(self.path) else { return false };
            let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
            open.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|it| it == whole))
        }
    }

    /// A line of `/proc/locks`, as in `1: POSIX  ADVISORY  WRITE 4711 fd:01:1234 1073741825 1073741825`.
    struct Lock {
        process: u32,
        is_to_write: bool,
        device: (u64, u64),
        inode: u64,
        first: u64,
        last: u64,
    }

    impl Lock {
        fn read(line: &str) -> Option<Self> {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // One that waits for a lock holds none.
            let [_, "POSIX" | "OFDLCK", _, kind, process, file, first, last] = fields[..] else {
                return None;
            };
            let mut file = file.split(':');
            let mut hexadecimal = || u64::from_str_radix(file.next()?, 16).ok();
            let device = (hexadecimal()?, hexadecimal()?);
            Some(Self {
                process: process.parse().ok()?,
                is_to_write: kind == "WRITE",
                device,
                inode: file.next()?.parse().ok()?,
                first: first.parse().ok()?,
                last: last.parse().unwrap_or(u64::MAX),
            })
        }

        fn covers(&self, (first, last): (u64, u64)) -> bool {
            self.first <= last && self.last >= first
        }
    }

    fn holder(process: u32) -> Holder {
        let arguments = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let text = String::from_utf8_lossy(&arguments);
        let arguments: Vec<&str> = text.trim_end_matches('\0').split('\0').collect();
        Holder {
            process,
            is_own: process == std::process::id(),
            command: Some(shortened(&arguments.join(" "))).filter(|command| !command.is_empty()),
            steps: steps_argument::in_words(&arguments),
        }
    }

    /// A command as a person reads it.
    fn shortened(command: &str) -> String {
        const CHARACTERS: usize = 100;
        // It may be a script of many lines.
        let command = &command.split_whitespace().collect::<Vec<_>>().join(" ");
        match command.char_indices().nth(CHARACTERS) {
            Some((end, _)) => format!("{}...", &command[..end]),
            None => command.to_owned(),
        }
    }

    #[cfg(test)]
    mod tests {
        use rusqlite::Connection;

        use super::*;

        #[test]
        fn who_writes_holds_the_lock_and_who_reads_only_where_nobody_does() {
            for journal in ["delete", "wal"] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("a.db");
                let connection = Connection::open(&path).unwrap();
                connection.pragma_update(None, "journal_mode", journal).unwrap();
                connection.execute_batch("CREATE TABLE t (a)").unwrap();
                assert_eq!(of(&path), []);
                connection.execute_batch("BEGIN; SELECT * FROM t").unwrap();
                assert_eq!(of(&path), [], "{journal}");
                connection.execute_batch("ROLLBACK; BEGIN IMMEDIATE").unwrap();
                let told: Vec<_> = of(&path).iter().map(ToString::to_string).collect();
                assert_eq!(told, ["this process itself, by another connection"], "{journal}");
            }
            assert_eq!(of(Path::new("/nowhere/a.db")), []);
        }

        #[test]
        fn lines_of_the_list_are_read() {
            let line = "9: POSIX  ADVISORY  WRITE 4711 fd:01:1234 1073741824 1073742335";
            let lock = Lock::read(line).unwrap();
            assert_eq!((lock.process, lock.device, lock.inode), (4711, (0xfd, 1), 1234));
            assert!(lock.is_to_write && lock.covers(LOCK_BYTES) && !lock.covers(LOG_BYTES));
            assert!(Lock::read(&line.replace("POSIX", "-> POSIX")).is_none());
            assert!(Lock::read(&line.replace("POSIX", "FLOCK")).is_none());
            assert!(Lock::read(&line.replace("1073742335", "EOF")).unwrap().covers(LOCK_BYTES));
            assert!(Lock::read("").is_none());
        }
    }
}
