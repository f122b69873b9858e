//! A process together with all that it starts, so that all of it can be ended.
//!
//! Crates for this, such as `process-wrap`, wait and reap in one, and have the child to themselves meanwhile. Here
//! another thread ends the group while one waits, and what is left of it is killed after its leader has ended and
//! before it is reaped, as long as its number can be nobody else's.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A process that leads a group.
#[derive(Debug)]
pub struct ProcessGroup(Members);

/// The processes of a group, for those who may want to end them. Clones are the same.
#[derive(Debug, Clone)]
pub struct Members(Arc<Mutex<Leader>>);

#[derive(Debug)]
struct Leader {
    child: Child,
    /// From then on its number may be that of another process.
    reaped: bool,
}

impl ProcessGroup {
    /// Starts `command` in a group of its own. What a terminal sends to the group of this process
    /// does not reach it.
    ///
    /// # Errors
    /// As [`Command::spawn`].
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        platform::lead(command);
        Ok(Self::led_by(command.spawn()?))
    }

    /// The group that `child` makes for itself.
    #[must_use]
    pub fn led_by(child: Child) -> Self {
        Self(Members(Arc::new(Mutex::new(Leader { child, reaped: false }))))
    }

    /// Its processes.
    #[must_use]
    pub fn members(&self) -> Members {
        self.0.clone()
    }

    /// Does something with the leader itself, as taking its pipes.
    pub fn with_leader<T>(&self, act: impl FnOnce(&mut Child) -> T) -> T {
        act(&mut self.0.leader().child)
    }

    /// Waits until the leader has ended. Others of the group may go on.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub fn wait(self) -> io::Result<ExitStatus> {
        platform::wait_until_ended(&self.0)?;
        self.0.reap()
    }

    /// Waits until the leader has ended, and kills those of the group that go on.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub fn wait_and_kill_the_rest(self) -> io::Result<ExitStatus> {
        platform::wait_until_ended(&self.0)?;
        self.0.kill();
        self.0.reap()
    }
}

/// Asks the group that this process leads to end, with this process; if it leads none, nobody.
pub fn end_own() {
    platform::end_own();
}

impl Members {
    /// Asks the leader alone to end: SIGTERM, where there are signals.
    pub fn end_leader(&self) {
        let mut leader = self.leader();
        if !leader.reaped {
            platform::end_leader(&mut leader.child);
        }
    }

    /// Asks them to end: SIGTERM, where there are signals.
    pub fn end(&self) {
        let mut leader = self.leader();
        if !leader.reaped {
            platform::end(&mut leader.child);
        }
    }

    /// Ends them, whatever they do.
    pub fn kill(&self) {
        let mut leader = self.leader();
        if !leader.reaped {
            platform::kill(&mut leader.child);
        }
    }

    fn reap(&self) -> io::Result<ExitStatus> {
        let mut leader = self.leader();
        let status = leader.child.wait();
        leader.reaped = true;
        status
    }

    fn leader(&self) -> MutexGuard<'_, Leader> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
mod platform {
    use std::io;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command};

    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, getpgrp, getpid, kill_current_process_group,
        kill_process, kill_process_group, waitid,
    };

    use super::Members;

    pub(super) fn lead(command: &mut Command) {
        command.process_group(0);
    }

    /// Waits and does not reap: as long as nobody has, its number stays its own.
    pub(super) fn wait_until_ended(members: &Members) -> io::Result<()> {
        let id = Pid::from_child(&members.leader().child);
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(id), ended) {
            if error != rustix::io::Errno::INTR {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// One that is stopped, by a terminal for example, must go on to hear of it.
    pub(super) fn end(child: &mut Child) {
        send(child, Signal::TERM);
        send(child, Signal::CONT);
    }

    pub(super) fn end_leader(child: &mut Child) {
        let id = Pid::from_child(child);
        let _ = kill_process(id, Signal::TERM);
        let _ = kill_process(id, Signal::CONT);
    }

    pub(super) fn kill(child: &mut Child) {
        send(child, Signal::KILL);
    }

    pub(super) fn end_own() {
        if getpgrp() == getpid() {
            let _ = kill_current_process_group(Signal::TERM);
        }
    }

    /// A process that is to make a group for itself may not have come to it yet.
    fn send(child: &Child, signal: Signal) {
        let id = Pid::from_child(child);
        if kill_process_group(id, signal).is_err() {
            let _ = kill_process(id, signal);
        }
    }
}

/// Elsewhere only the leader can be ended, and not asked.
#[cfg(not(unix))]
mod platform {
    use std::io;
    use std::process::{Child, Command};
    use std::thread;
    use std::time::Duration;

    use super::Members;

    pub(super) fn lead(_command: &mut Command) {}

    /// Others must be able to end it meanwhile.
    pub(super) fn wait_until_ended(members: &Members) -> io::Result<()> {
        const PAUSE: Duration = Duration::from_millis(10);
        while members.leader().child.try_wait()?.is_none() {
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    pub(super) fn end(child: &mut Child) {
        kill(child);
    }

    pub(super) fn end_leader(child: &mut Child) {
        kill(child);
    }

    pub(super) fn end_own() {}

    pub(super) fn kill(child: &mut Child) {
        let _ = child.kill();
    }
}
