//! The processes that migrate a fleet: each takes one database after the other, and one that dies takes no
//! other database with it.

use std::io;
use std::mem;
use std::process::Command;

use runner::fleet::{ErrorText, PathText, Worker};
use runner::{Bundle, Job, Observer, Report};

use super::super::child::history_agrees;
use super::super::child_process::{Came, ChildProcess};
use super::super::crash;
use super::super::failure::Failure;
use super::super::signals::Signals;
use super::super::watchdog::{Ended, Running};
use super::super::worker::Failed;
use super::worker::{self, Sent};

/// After so many databases a process is followed by another: what a migration leaks does not add up.
const DATABASES: usize = 1000;

/// Whether a process takes more than one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// It takes many, and what a migration keeps in it lives on.
    Shared,
    /// It takes one.
    Each,
}

/// A worker whose databases are migrated in a process of their own.
pub(super) struct ProcessWorker<'s> {
    pub(super) bundle: &'s Bundle,
    pub(super) signals: &'s Signals,
    pub(super) isolation: Isolation,
    pub(super) process: Option<Process>,
}

/// A process that waits for a job, or does one.
pub(super) struct Process {
    child: ChildProcess<Report>,
    taken: usize,
}

impl Worker for ProcessWorker<'_> {
    fn apply(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, ErrorText> {
        self.migrate(job, observe).map_err(|failed| failed.failure.into())
    }
}

impl Drop for ProcessWorker<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.child.end();
        }
    }
}

impl ProcessWorker<'_> {
    fn migrate(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, Failed> {
        let broken =
            |error| Failure::of_system("cannot start the process that runs migrations", &error);
        let started = self.process.take().map_or_else(|| self.start(), Ok);
        let mut process = started.map_err(broken)?;
        let mut running = Running::new(process.child.members(), job.options.timeout);
        process.send(job).map_err(broken)?;
        match process.child.follow(&mut running, observe) {
            Came::Done(outcome) => {
                let is_sound = running.ended == Ended::Not && !self.signals.stop.is_requested();
                if is_sound && self.isolation == Isolation::Shared && process.taken < DATABASES {
                    self.process = Some(process);
                } else {
                    process.child.end();
                }
                match outcome {
                    Ok(report) => Ok(history_agrees(job).map(|()| report)?),
                    Err(failed) => Err(crash::explained(failed, &running, job, self.signals)),
                }
            }
            Came::Ended(status) => Err(crash::failure(&running, status, job, self.signals).into()),
        }
    }

    fn start(&self) -> io::Result<Process> {
        let arguments = |command: &mut Command| {
            command.arg(worker::COMMAND).args(self.bundle.file()).arg(self.bundle.digest());
        };
        let child = ChildProcess::start(arguments, self.signals)?;
        Ok(Process { child, taken: 0 })
    }
}

impl Process {
    fn send(&mut self, job: &Job) -> io::Result<()> {
        let mut job = job.clone();
        let database = PathText::of(&mem::take(&mut job.database.path));
        let backups = job.backups.as_mut().map(|all| PathText::of(&mem::take(&mut all.folder)));
        self.taken += 1;
        self.child.send(&Sent { job, database, backups })
    }
}
