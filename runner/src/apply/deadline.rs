//! The time that a migration's code may take, enforced on its SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};

/// How often SQL that runs after the deadline is interrupted: a loop of short statements may be
/// between two of them at the first try.
const AGAIN: Duration = Duration::from_millis(1);

/// A clock that runs while it lives. When its time is over it interrupts the connection's SQL until
/// it is dropped (<https://sqlite.org/c3ref/interrupt.html>).
pub(super) struct Deadline {
    over: Arc<AtomicBool>,
    clock: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Deadline {
    /// Starts the clock; with no `timeout` it never strikes.
    pub(super) fn start(connection: &Connection, timeout: Option<Duration>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let clock = timeout.map(|timeout| {
            let (stop, stopped) = mpsc::channel();
            let (handle, over) = (connection.get_interrupt_handle(), Arc::clone(&over));
            (stop, thread::spawn(move || strike(&stopped, timeout, &over, &handle)))
        });
        Self { over, clock }
    }

    /// Whether the time is over.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

fn strike(
    stopped: &mpsc::Receiver<()>,
    timeout: Duration,
    over: &AtomicBool,
    handle: &InterruptHandle,
) {
    let mut wait = timeout;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        over.store(true, Ordering::Release);
        handle.interrupt();
        wait = AGAIN;
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some((stop, clock)) = self.clock.take() {
            drop(stop);
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

    #[test]
    fn sql_that_never_ends_is_interrupted_and_later_sql_is_not() {
        let connection = Connection::open_in_memory().unwrap();
        let deadline = Deadline::start(&connection, Some(Duration::from_millis(20)));
        let error = connection.query_row(FOR_EVER, [], |_| Ok(())).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::OperationInterrupted));
        assert!(deadline.is_over());
        drop(deadline);
        connection.query_row("SELECT 1", [], |_| Ok(())).unwrap();
    }

    #[test]
    fn a_loop_of_short_statements_is_interrupted_too() {
        let connection = Connection::open_in_memory().unwrap();
        let _deadline = Deadline::start(&connection, Some(Duration::from_millis(20)));
        let mut statement = connection
            .prepare("SELECT value FROM json_each('[1, 2, 3]') ORDER BY value DESC")
            .unwrap();
        while statement.query_row([], |_| Ok(())).is_ok() {}
    }
}
