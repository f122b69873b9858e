//! The pipes between a child process and the runner that started it.
//!
//! Standard input is the lifeline: the runner keeps its other end open, so when the runner is gone, however it
//! ended, the child and all that it started end too. What they have not committed, SQLite rolls back. Standard
//! output is for reports, and nothing else may write to it: what a migration prints goes to standard error.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::sync::mpsc;
use std::thread;

/// The child's end of the pipe: its standard input, taken away from everybody else.
pub(super) struct Lifeline(BufReader<File>);

impl Lifeline {
    /// Takes standard input for the lifeline, and parts this process from the terminal: its Ctrl-C is
    /// for the runner, who passes it on.
    pub(super) fn take() -> io::Result<Self> {
        platform::part_from_terminal();
        Ok(Self(BufReader::new(platform::take_stdin()?)))
    }

    /// The line that the runner sends first.
    pub(super) fn first_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line)
    }

    /// The lines that the runner sends, each when it comes. When there is none any more, this process ends,
    /// whatever it does then.
    pub(super) fn lines(mut self) -> io::Result<impl Iterator<Item = String>> {
        let (sender, lines) = mpsc::channel();
        thread::Builder::new().name("lifeline".into()).spawn(move || {
            while let Ok(line) = self.first_line()
                && !line.is_empty()
                && sender.send(line).is_ok()
            {}
            platform::die();
        })?;
        Ok(lines.into_iter())
    }

    /// From now on, the end of the runner is the end of this process.
    pub(super) fn die_with_runner(mut self) -> io::Result<()> {
        thread::Builder::new().name("lifeline".into()).spawn(move || {
            let _ = self.0.read(&mut [0]);
            platform::die();
        })?;
        Ok(())
    }
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd as _;

    use rustix::process::{
        Signal, getpgrp, getpid, kill_current_process_group, kill_process, setsid,
    };

    /// A session of its own, and with it a group: the runner can end all of it, and a migration that
    /// asks for the terminal gets an error instead of being stopped in the background.
    pub(super) fn part_from_terminal() {
        let _ = setsid();
    }

    pub(super) fn take_stdin() -> io::Result<File> {
        let pipe = io::stdin().as_fd().try_clone_to_owned()?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        Ok(File::from(pipe))
    }

    pub(super) fn die() {
        if getpgrp() == getpid() {
            let _ = kill_current_process_group(Signal::KILL);
        }
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

/// Elsewhere, what the child started goes on.
#[cfg(windows)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::windows::io::AsHandle as _;

    pub(super) fn part_from_terminal() {}

    pub(super) fn take_stdin() -> io::Result<File> {
        Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
    }

    pub(super) fn die() {
        std::process::abort();
    }
}

/// Takes standard output for reports.
#[cfg(unix)]
pub(super) fn take_stdout() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    let pipe = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(pipe))
}

/// Shares standard output: the parent passes on the lines that are no reports.
#[cfg(windows)]
pub(super) fn take_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
