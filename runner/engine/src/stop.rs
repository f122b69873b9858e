//! A way to ask what runs to end, from another thread.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Asks for the end of a build or of a job, which then fails with an error of its own and leaves
/// nothing half done. Clones are the same.
///
/// The library takes no signals. A program that does has this requested from a thread of its own:
/// not from a signal handler, since it takes a lock.
///
/// ```
/// let stop = runner_engine::Stop::default();
/// let remote = stop.clone();
/// std::thread::spawn(move || remote.request()).join().unwrap();
/// assert!(stop.is_requested());
/// ```
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requested: bool,
    next: u64,
    listeners: BTreeMap<u64, Box<dyn FnOnce() + Send>>,
}

impl Stop {
    /// Asks for the end. There is no way to take it back.
    pub fn request(&self) {
        let mut state = self.state();
        state.requested = true;
        for listener in mem::take(&mut state.listeners).into_values() {
            listener();
        }
    }

    /// Whether anybody asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.state().requested
    }

    /// Calls `listener` once when the end is asked for, on the thread that asks; at once, if it was
    /// asked for already. It must not use this `Stop`. Once what is given back is dropped, it is not
    /// called any more, nor running.
    #[must_use = "it listens as long as this lives"]
    pub fn listen(&self, listener: impl FnOnce() + Send + 'static) -> Listening {
        let mut state = self.state();
        let key = state.next;
        state.next += 1;
        if state.requested {
            listener();
        } else {
            state.listeners.insert(key, Box::new(listener));
        }
        Listening { stop: self.clone(), key }
    }

    /// A listener that panicked has left nothing half done here.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("requested", &self.is_requested()).finish_non_exhaustive()
    }
}

/// A listener of a [`Stop`], until it is dropped.
#[derive(Debug)]
pub struct Listening {
    stop: Stop,
    key: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.state().listeners.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_listener_is_called_once_and_only_while_it_is_kept() {
        let stop = Stop::default();
        let (sender, heard) = mpsc::channel();
        let listen = |name: &'static str| {
            let sender = sender.clone();
            stop.listen(move || sender.send(name).unwrap())
        };
        let _kept = listen("kept");
        drop(listen("dropped"));
        stop.request();
        stop.request();
        let _late = listen("late");
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["kept", "late"]);
    }
}
