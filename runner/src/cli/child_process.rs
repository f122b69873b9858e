//! A child process of this program: work goes in a line at a time, and reports come out, a line each.

use std::io::{self, Write as _};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use runner::process_group::{Members, ProcessGroup};
use runner::{Listening, Observer, Report};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::child_output::{self, ChildEvent};
use super::crash;
use super::signals::Signals;
use super::watchdog::Running;
use super::worker::{Failed, Line};

/// A process, and all that it starts.
pub(super) struct ChildProcess<R> {
    members: Members,
    events: Receiver<ChildEvent<R>>,
    /// Its lifeline, which it reads its work from. When this is closed, it ends.
    work: ChildStdin,
    _asking: (Listening, Listening),
}

/// What came of work.
pub(super) enum Came {
    Done(Result<Report, Failed>),
    Ended(crash::Status),
}

impl<R: DeserializeOwned + Send + 'static> ChildProcess<R> {
    /// Starts this program with what `arguments` adds. It gets the events of `signals` too.
    pub(super) fn start(
        arguments: impl FnOnce(&mut Command),
        signals: &Signals,
    ) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        arguments(&mut command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let work = child.stdin.take();
        let group = ProcessGroup::led_by(child);
        let members = group.members();
        let (sender, events) = mpsc::channel();
        let (stop, at_once) = (sender.clone(), sender.clone());
        let asking = (
            signals.stop.listen(move || drop(stop.send(ChildEvent::Stop))),
            signals.at_once.listen(move || drop(at_once.send(ChildEvent::AtOnce))),
        );
        child_output::to(group, sender).inspect_err(|_| members.kill())?;
        let work = work.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { members, events, work, _asking: asking })
    }

    /// Sends a line of work.
    pub(super) fn send(&mut self, work: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(work)?;
        line.push(b'\n');
        // One that does not read is gone, which the next event says.
        let _ = self.work.write_all(&line);
        Ok(())
    }

    /// The process, and all that it starts.
    pub(super) fn members(&self) -> Members {
        self.members.clone()
    }

    /// Closes its lifeline and waits until it is gone, with all that it started: what still runs when this program
    /// has ended is seen by nobody.
    pub(super) fn end(self) {
        /// It has nothing to do any more; what a migration has left for its end may take as long as it likes.
        const PATIENCE: Duration = Duration::from_secs(1);
        let Self { members, events, work, _asking } = self;
        drop(work);
        let mut patience = Some(PATIENCE);
        loop {
            match child_output::next(&events, patience) {
                ChildEvent::Ended(_) => return,
                ChildEvent::Overdue | ChildEvent::AtOnce => {
                    members.kill();
                    patience = None;
                }
                ChildEvent::Line(_) | ChildEvent::Stop => {}
            }
        }
    }

    /// The next event of it.
    pub(super) fn next(&self, patience: Option<Duration>) -> ChildEvent<R> {
        child_output::next(&self.events, patience)
    }
}

impl ChildProcess<Report> {
    /// Passes events on until a job is done, or the process has ended.
    pub(super) fn follow(&self, running: &mut Running, observe: &mut Observer<'_>) -> Came {
        loop {
            match self.next(running.patience()) {
                ChildEvent::Line(Line::Event(event)) => {
                    running.follow(&event);
                    observe(event);
                }
                ChildEvent::Line(Line::Done(report)) => return Came::Done(Ok(report)),
                ChildEvent::Line(Line::Failed(failed)) => return Came::Done(Err(failed)),
                ChildEvent::Stop => running.stop(),
                ChildEvent::AtOnce => running.kill(),
                ChildEvent::Overdue => running.act(),
                ChildEvent::Ended(status) => return Came::Ended(status),
            }
        }
    }
}
