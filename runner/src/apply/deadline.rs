//! The end of the time in which SQL may run: its time is over, or somebody asked for the end.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};

use crate::stop::{Listening, Stop};

/// How often SQL that runs after the deadline is interrupted: a loop of short statements may be
/// between two of them at the first try.
const AGAIN: Duration = Duration::from_millis(1);

/// Why no SQL may run any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The time is over.
    Time,
    /// Somebody asked for the end.
    Stopped,
}

/// A clock that runs while it lives. When it strikes it interrupts the connections' SQL until it is
/// dropped (<https://sqlite.org/c3ref/interrupt.html>).
pub(super) struct Deadline {
    over: Arc<OnceLock<Over>>,
    stop: Stop,
    clock: Option<(Listening, Sender<()>, JoinHandle<()>)>,
}

impl Deadline {
    /// Starts the clock. It strikes after `timeout`, if there is one, or when `stop` is requested.
    pub(super) fn start(
        connections: &[&Connection],
        timeout: Option<Duration>,
        stop: &Stop,
    ) -> Self {
        let over = Arc::new(OnceLock::new());
        let handles: Vec<_> =
            connections.iter().map(|connection| connection.get_interrupt_handle()).collect();
        let (sender, wake) = mpsc::channel();
        let asked = sender.clone();
        let listening = stop.listen(move || {
            let _ = asked.send(());
        });
        let told = Arc::clone(&over);
        let clock = thread::spawn(move || run(&wake, timeout, &told, &handles));
        Self { over, stop: stop.clone(), clock: Some((listening, sender, clock)) }
    }

    /// Why no SQL may run any more, if that is so.
    pub(super) fn over(&self) -> Option<Over> {
        let asked = || self.stop.is_requested().then_some(Over::Stopped);
        self.over.get().copied().or_else(asked)
    }
}

fn run(
    wake: &Receiver<()>,
    timeout: Option<Duration>,
    over: &OnceLock<Over>,
    handles: &[InterruptHandle],
) {
    let first = match timeout {
        Some(timeout) => wake.recv_timeout(timeout),
        None => wake.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    let why = match first {
        Ok(()) => Over::Stopped,
        Err(RecvTimeoutError::Timeout) => Over::Time,
        Err(RecvTimeoutError::Disconnected) => return,
    };
    over.get_or_init(|| why);
    loop {
        for handle in handles {
            handle.interrupt();
        }
        if wake.recv_timeout(AGAIN) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some((listening, sender, clock)) = self.clock.take() {
            drop((listening, sender));
            // After this, nothing interrupts the statements of the runner itself.
            let _ = clock.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOR_EVER: &str =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    const SOON: Option<Duration> = Some(Duration::from_millis(20));

    #[test]
    fn sql_that_never_ends_is_interrupted_and_later_sql_is_not() {
        let connection = Connection::open_in_memory().unwrap();
        let deadline = Deadline::start(&[&connection], SOON, &Stop::default());
        let error = connection.query_row(FOR_EVER, [], |_| Ok(())).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
        assert_eq!(deadline.over(), Some(Over::Time));
        drop(deadline);
        connection.query_row("SELECT 1", [], |_| Ok(())).unwrap();
    }

    #[test]
    fn a_loop_of_short_statements_is_interrupted_too() {
        let connection = Connection::open_in_memory().unwrap();
        let _deadline = Deadline::start(&[&connection], SOON, &Stop::default());
        let mut statement = connection
            .prepare("SELECT value FROM json_each('[1, 2, 3]') ORDER BY value DESC")
            .unwrap();
        while statement.query_row([], |_| Ok(())).is_ok() {}
    }

    #[test]
    fn a_stop_interrupts_every_connection_whether_it_is_requested_before_or_meanwhile() {
        let (one, other) =
            (Connection::open_in_memory().unwrap(), Connection::open_in_memory().unwrap());
        let stop = Stop::default();
        for _ in ["meanwhile", "before"] {
            let deadline = Deadline::start(&[&one, &other], None, &stop);
            let remote = stop.clone();
            let requesting = thread::spawn(move || remote.request());
            for connection in [&one, &other] {
                connection.query_row(FOR_EVER, [], |_| Ok(())).unwrap_err();
            }
            requesting.join().unwrap();
            assert_eq!(deadline.over(), Some(Over::Stopped));
        }
    }
}
