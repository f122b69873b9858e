//! Reads the output of a child process, on threads, so that waiting for it can end.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{ChildStderr, ChildStdout, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use runner::process_group::ProcessGroup;
use serde::de::DeserializeOwned;

use super::worker::Line;
use super::{escape, output};

/// What the child sends, and what else its parent waits for.
pub(super) enum ChildEvent<R> {
    Line(Line<R>),
    /// The end was asked for.
    Stop,
    /// The end at once was asked for.
    AtOnce,
    /// The child is gone, with all that it started. This is the last event.
    Ended(io::Result<ExitStatus>),
    /// Nothing, for too long.
    Overdue,
}

/// The next event.
pub(super) fn next<R>(
    events: &Receiver<ChildEvent<R>>,
    patience: Option<Duration>,
) -> ChildEvent<R> {
    let lost = || ChildEvent::Ended(Err(io::Error::other("nobody reads its output any more")));
    match patience {
        Some(patience) => events.recv_timeout(patience).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => ChildEvent::Overdue,
            RecvTimeoutError::Disconnected => lost(),
        }),
        None => events.recv().unwrap_or_else(|_| lost()),
    }
}

/// Sends to `sender` what the child reports, and that it has ended. What it prints is passed on.
pub(super) fn to<R: DeserializeOwned + Send + 'static>(
    group: ProcessGroup,
    sender: Sender<ChildEvent<R>>,
) -> io::Result<()> {
    /// One that has left the group may hold the pipe for ever. What was printed is here by then.
    const LAST_WORDS: Duration = Duration::from_secs(1);
    let (reports, words) = group.with_leader(|child| (child.stdout.take(), child.stderr.take()));
    let printed = thread("words", move |done: Sender<()>| {
        words.into_iter().for_each(pass_on);
        drop(done);
    })?;
    let events = sender.clone();
    let reported = thread("reports", move |done: Sender<()>| {
        reports.into_iter().for_each(|pipe| read(pipe, &events));
        drop(done);
    })?;
    thread("end", move |_: Sender<()>| {
        // Whoever it started and still has its pipes ends with it, so they come to their ends.
        let status = group.wait_and_kill_the_rest();
        let _ = reported.recv_timeout(LAST_WORDS);
        let _ = printed.recv_timeout(LAST_WORDS);
        let _ = sender.send(ChildEvent::Ended(status));
    })?;
    Ok(())
}

/// Runs `work` on a thread. What is given back is disconnected when it is done.
fn thread(name: &str, work: impl FnOnce(Sender<()>) + Send + 'static) -> io::Result<Receiver<()>> {
    let (sender, done) = mpsc::channel();
    thread::Builder::new().name(name.into()).spawn(move || work(sender))?;
    Ok(done)
}

fn read<R: DeserializeOwned>(pipe: ChildStdout, events: &Sender<ChildEvent<R>>) {
    for text in BufReader::new(pipe).lines().map_while(Result::ok) {
        match serde_json::from_str(&text) {
            Ok(line) => {
                if events.send(ChildEvent::Line(line)).is_err() {
                    return;
                }
            }
            Err(_) => output::error(&escape::escape(&text)),
        }
    }
}

/// Passes on what a migration prints. It is read even if nobody reads our own standard error: who
/// prints into a pipe without a reader panics, in the middle of a transaction.
fn pass_on(mut words: ChildStderr) {
    const SIZE: usize = 8 * 1024;
    let mut part = vec![0; SIZE];
    loop {
        match words.read(&mut part) {
            Ok(0) => return,
            Ok(length) => {
                let _ = io::stderr().write_all(&part[..length]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
