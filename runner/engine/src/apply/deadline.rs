//! Interrupts SQL when its time is over, or when a stop is requested.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle};

use crate::stop::{Listening, Stop};

/// How often SQL is interrupted after the deadline. Once is not enough: a loop of short statements may
/// be between two of them just then.
const AGAIN: Duration = Duration::from_millis(1);

/// Why no SQL may run any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The time is over.
    Time,
    /// A stop was requested.
    Stopped,
}

/// While it lives, it watches the SQL of the connections. When the time is over, or a stop is
/// requested, it interrupts that SQL until it is dropped (<https://sqlite.org/c3ref/interrupt.html>).
pub(super) struct Deadline {
    over: Arc<OnceLock<Over>>,
    /// When the time is over; `None`: never.
    end: Option<Instant>,
    stop: Stop,
    listening: Option<Listening>,
    clock: Arc<Mutex<Option<Clock>>>,
}

impl Deadline {
    /// Begins to watch. It strikes after `timeout`, if there is one, or when `stop` is requested.
    /// Without a timeout no thread is started before that: several deadlines are made for each
    /// migration.
    pub(super) fn start(
        connections: &[&Connection],
        timeout: Option<Duration>,
        stop: &Stop,
    ) -> Self {
        let over = Arc::new(OnceLock::new());
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let striking = Striking {
            over: Arc::clone(&over),
            end,
            handles: connections.iter().map(|one| one.get_interrupt_handle()).collect(),
        };
        let clock = Arc::new(Mutex::new(None));
        let asked = Arc::clone(&clock);
        let listening = match timeout {
            // The clock is there before anybody can ask it to strike: a stop that came in between would
            // find none, and the SQL would run until its time is over.
            Some(timeout) => {
                *lock(&clock) = Some(Clock::start(Some(timeout), striking));
                stop.listen(move || lock(&asked).iter().for_each(Clock::strike))
            }
            // The clock may strike before it is kept, since `drop` waits for this listener first.
            None => stop.listen(move || {
                let clock = Clock::start(None, striking);
                clock.strike();
                *lock(&asked) = Some(clock);
            }),
        };
        Self { over, end, stop: stop.clone(), listening: Some(listening), clock }
    }

    /// Why no SQL may run any more; `None`: it may. A process that was suspended, and resumes when the
    /// time is over, may receive the request to stop first.
    pub(super) fn over(&self) -> Option<Over> {
        let late = || is_past(self.end).then_some(Over::Time);
        let asked = || self.stop.is_requested().then_some(Over::Stopped);
        self.over.get().copied().or_else(late).or_else(asked)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        // First, since a listener that is running starts a clock: after this, no other is started.
        drop(self.listening.take());
        if let Some(Clock { wake, thread }) = lock(&self.clock).take() {
            drop(wake);
            // After this, nothing interrupts the statements of the runner itself.
            let _ = thread.join();
        }
    }
}

/// A thread that waits, and then strikes until it is dropped.
struct Clock {
    wake: Sender<()>,
    thread: JoinHandle<()>,
}

impl Clock {
    fn start(timeout: Option<Duration>, striking: Striking) -> Self {
        let (wake, woken) = mpsc::channel();
        Self { wake, thread: thread::spawn(move || striking.run(&woken, timeout)) }
    }

    /// Strikes before the time is over.
    fn strike(&self) {
        let _ = self.wake.send(());
    }
}

/// What a clock does.
struct Striking {
    over: Arc<OnceLock<Over>>,
    end: Option<Instant>,
    handles: Vec<InterruptHandle>,
}

impl Striking {
    fn run(&self, woken: &Receiver<()>, timeout: Option<Duration>) {
        let first = match timeout {
            Some(timeout) => woken.recv_timeout(timeout),
            None => woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let why = match first {
            // As in `Deadline::over`: a stop that comes too late does not hide that the time was over.
            Ok(()) if is_past(self.end) => Over::Time,
            Ok(()) => Over::Stopped,
            Err(RecvTimeoutError::Timeout) => Over::Time,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // Before the first interrupt: the statement that it ends is judged by this at once.
        self.over.get_or_init(|| why);
        loop {
            self.handles.iter().for_each(InterruptHandle::interrupt);
            if woken.recv_timeout(AGAIN) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }
}

fn is_past(end: Option<Instant>) -> bool {
    end.is_some_and(|end| end <= Instant::now())
}

fn lock(clock: &Mutex<Option<Clock>>) -> MutexGuard<'_, Option<Clock>> {
    clock.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn who_is_asked_to_stop_when_the_time_is_over_ran_for_too_long() {
        let connection = Connection::open_in_memory().unwrap();
        let stop = Stop::default();
        let deadline = Deadline::start(&[&connection], Some(Duration::ZERO), &stop);
        stop.request();
        assert_eq!(deadline.over(), Some(Over::Time));
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
