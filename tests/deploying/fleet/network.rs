//! A database on a file system that a program serves, as LiteFS does: this test is that program.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use insta::assert_snapshot;

use super::scene::Fleet;
use crate::sandbox::skipped;

/// The requests that are answered (`linux/fuse.h`).
const LOOKUP: u32 = 1;
const GETATTR: u32 = 3;
const STATFS: u32 = 17;
const INIT: u32 = 26;
/// Those that want no answer.
const FORGET: u32 = 2;
const INTERRUPT: u32 = 36;
const BATCH_FORGET: u32 = 42;

const ROOT: u64 = 1;
const DATABASE: u64 = 2;
const NAME: &[u8] = b"a.db\0";

/// Bytes, as C lays out a struct of numbers.
#[derive(Default)]
struct Layout(Vec<u8>);

impl Layout {
    fn u64(mut self, numbers: &[u64]) -> Self {
        numbers.iter().for_each(|number| self.0.extend(number.to_ne_bytes()));
        self
    }

    fn u32(mut self, numbers: &[u32]) -> Self {
        numbers.iter().for_each(|number| self.0.extend(number.to_ne_bytes()));
        self
    }

    /// `struct fuse_attr`, of the folder or of the file in it.
    fn attributes(self, node: u64) -> Self {
        let (mode, size) = if node == ROOT { (0o040_755, 0) } else { (0o100_644, 16384) };
        self.u64(&[node, size, size / 512, 0, 0, 0]).u32(&[0, 0, 0, mode, 1, 0, 0, 0, 4096, 0])
    }
}

/// What is answered; `Err`: the number of an error.
fn answer(request: u32, node: u64, input: &[u8]) -> Result<Layout, i32> {
    const NOT_FOUND: i32 = 2;
    const NOT_KNOWN: i32 = 38;
    let empty = Layout::default;
    match request {
        INIT => Ok(empty().u32(&[7, 31, 4096, 0, 0, 4096, 1]).u32(&[0; 9])),
        LOOKUP if input == NAME => {
            Ok(empty().u64(&[DATABASE, 0, 0, 0]).u32(&[0, 0]).attributes(DATABASE))
        }
        LOOKUP => Err(NOT_FOUND),
        GETATTR => Ok(empty().u64(&[0]).u32(&[0, 0]).attributes(node)),
        STATFS => Ok(empty().u64(&[0; 5]).u32(&[4096, 255, 4096]).u32(&[0; 7])),
        _ => Err(NOT_KNOWN),
    }
}

/// Serves a folder with one file, from when it is mounted until it is unmounted, or all is `over`.
fn serve(mut device: File, over: &AtomicBool) {
    /// `struct fuse_in_header`.
    const HEADER: usize = 40;
    let mut bytes = vec![0; 1 << 17];
    loop {
        let length = match device.read(&mut bytes) {
            Ok(length) => length,
            // It is not mounted yet.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                thread::yield_now();
                continue;
            }
            Err(_) => return,
        };
        let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        let (request, id, node) = (number(4), long(8), long(16));
        if matches!(request, FORGET | INTERRUPT | BATCH_FORGET) {
            continue;
        }
        let (error, body) = match answer(request, node, &bytes[HEADER..length]) {
            Ok(body) => (0, body.0),
            Err(error) => (-error, Vec::new()),
        };
        let mut reply = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
        reply.extend(error.to_ne_bytes());
        reply.extend(id.to_ne_bytes());
        reply.extend(body);
        if device.write_all(&reply).is_err() {
            return;
        }
    }
}

#[test]
fn a_database_that_a_program_serves_is_refused_by_the_name_of_the_file_system() {
    let device = File::options().read(true).write(true).open("/dev/fuse");
    let may_mount = Command::new("unshare").args(["-m", "true"]).status();
    let (Ok(device), true) = (device, may_mount.is_ok_and(|status| status.success())) else {
        skipped("only the superuser may serve a file system");
        return;
    };
    let fleet = Fleet::of(2);
    fs::create_dir(fleet.sandbox.path("served")).unwrap();
    fleet.sandbox.write("list", "served/a.db\nserved/new.db\ndata/0000.db\ndata/0001.db\n");
    let script =
        "mount -i -t fuse -o fd=0,rootmode=40000,user_id=0,group_id=0 served served || exit 9
        exec </dev/null
        run() { \"$0\" fleet \"$@\" --bundle app.bundle; echo \"exit $?\"; }
        run plan --list list -o fleet.plan
        run migrate --plan fleet.plan --create --report report
        run status --plan fleet.plan --json > status 2> /dev/null";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, env!("CARGO_BIN_EXE_runner")]);
    fleet.sandbox.prepare(&mut command);
    command.stdin(device.try_clone().unwrap());
    let over = AtomicBool::new(false);
    let outcome = thread::scope(|scope| {
        scope.spawn(|| serve(device, &over));
        let outcome = fleet.sandbox.outcome(&command.output().unwrap());
        over.store(true, Ordering::Relaxed);
        outcome
    });
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    planned 4 databases up to [STAMP]_fleet_two: `fleet.plan`
    exit 0
    4 databases: 2 applied, 2 refused
      2 at [STAMP]_fleet_two
      2 refused, network-file-system: `[ROOT]/served/a.db` is on a file system of the kind FUSE
        served/a.db
        served/new.db
        hint: it was left alone; migrate it on the machine that holds the files. With LiteFS, on the primary: `litefs run -promote -- COMMAND`
    exit 3
    --- stderr
    error: 2 of 4 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    explain: runner explain fleet-incomplete
    ");
    fleet.all_are_at_the_target(["0000", "0001"]);
    let lines = fleet.report("report");
    let hint = lines.iter().find_map(|line| line["error"]["hint"].as_str()).unwrap();
    assert!(hint.contains("`litefs run -promote -- COMMAND`"), "{hint}");
    let status = fleet.sandbox.read("status");
    assert!(status.contains("`litefs run -promote -- COMMAND`"), "{status}");
}
