//! The processes that migrate a fleet: each takes one database after the other, and one that dies takes no
//! other database with it.

use std::io::{self, Write as _};
use std::mem;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use runner::fleet::{ErrorText, PathText, Worker};
use runner::process_group::{Members, ProcessGroup};
use runner::{Bundle, Job, Listening, Observer, Report};

use super::super::child::history_agrees;
use super::super::child_output::{self, Heard};
use super::super::crash;
use super::super::failure::Failure;
use super::super::signals::Signals;
use super::super::watchdog::{Ended, Running};
use super::super::worker::{Failed, Line};
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
    members: Members,
    heard: Receiver<Heard<Report>>,
    /// The jobs go in here. When it is closed, the process ends.
    jobs: ChildStdin,
    taken: usize,
    _asking: (Listening, Listening),
}

impl Worker for ProcessWorker<'_> {
    fn apply(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, ErrorText> {
        self.migrate(job, observe).map_err(|failed| failed.failure.into())
    }
}

impl ProcessWorker<'_> {
    fn migrate(&mut self, job: &Job, observe: &mut Observer<'_>) -> Result<Report, Failed> {
        let broken =
            |error| Failure::of_system("cannot start the process that runs migrations", &error);
        let started = self.process.take().map_or_else(|| self.start(), Ok);
        let mut process = started.map_err(broken)?;
        let mut running = Running::new(process.members.clone(), job.options.timeout);
        process.send(job).map_err(broken)?;
        match process.follow(&mut running, observe) {
            Came::Done(outcome) => {
                let is_sound = running.ended == Ended::Not && !self.signals.stop.is_requested();
                if is_sound && self.isolation == Isolation::Shared && process.taken < DATABASES {
                    self.process = Some(process);
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
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(worker::COMMAND)
            .args(self.bundle.file())
            .arg(self.bundle.digest())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let jobs = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let group = ProcessGroup::led_by(child);
        let members = group.members();
        let (sender, heard) = mpsc::channel();
        let (stop, at_once) = (sender.clone(), sender.clone());
        let asking = (
            self.signals.stop.listen(move || mem::drop(stop.send(Heard::Stop))),
            self.signals.at_once.listen(move || mem::drop(at_once.send(Heard::AtOnce))),
        );
        let kill = members.clone();
        child_output::to(group, sender).inspect_err(|_| kill.kill())?;
        Ok(Process { members, heard, jobs, taken: 0, _asking: asking })
    }
}

/// What came of a job.
enum Came {
    Done(Result<Report, Failed>),
    Ended(crash::Status),
}

impl Process {
    fn send(&mut self, job: &Job) -> io::Result<()> {
        let mut job = job.clone();
        let database = PathText::of(&mem::take(&mut job.database.path));
        let backups = job.backups.as_mut().map(|all| PathText::of(&mem::take(&mut all.folder)));
        let mut line = serde_json::to_vec(&Sent { job, database, backups })?;
        line.push(b'\n');
        self.taken += 1;
        // One that does not read is gone, which is told when it is heard of.
        let _ = self.jobs.write_all(&line);
        Ok(())
    }

    fn follow(&self, running: &mut Running, observe: &mut Observer<'_>) -> Came {
        loop {
            match child_output::next(&self.heard, running.patience()) {
                Heard::Line(Line::Event(event)) => {
                    running.follow(&event);
                    observe(event);
                }
                Heard::Line(Line::Done(report)) => return Came::Done(Ok(report)),
                Heard::Line(Line::Failed(failed)) => return Came::Done(Err(failed)),
                Heard::Stop => running.stop(),
                Heard::AtOnce => running.kill(),
                Heard::Overdue => running.act(),
                Heard::Ended(status) => return Came::Ended(status),
            }
        }
    }
}
