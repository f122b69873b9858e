//! Signals that end a program. The first asks for an orderly end, the second for one at once, and the
//! third is that end.

use std::process;
use std::sync::{Arc, OnceLock};

use runner::{Exit, Stop};
use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// What the signals ask for.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// Requested by the first signal.
    pub(super) stop: Stop,
    /// Requested by the second.
    pub(super) at_once: Stop,
    first: Arc<OnceLock<TerminationSignal>>,
}

/// A signal that ends a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TerminationSignal {
    HangUp,
    Interrupt,
    Terminate,
}

impl TerminationSignal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    pub(super) fn exit(self) -> Exit {
        match self {
            Self::HangUp => Exit::HungUp,
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

impl Signals {
    /// From here on, signals do not end this process but ask for its end. Before, there is nothing
    /// that they could leave half done.
    ///
    /// # Errors
    /// The system does not let this process listen.
    pub(super) fn listen() -> Result<Self, Failure> {
        let signals = Self::default();
        let (stop, at_once) = (signals.stop.clone(), signals.at_once.clone());
        let first = Arc::clone(&signals.first);
        platform::on_each(move |ending| {
            if first.set(ending).is_ok() {
                stop.request();
            } else if !at_once.is_requested() {
                at_once.request();
            } else {
                process::exit(ending.exit() as i32);
            }
        })
        .map_err(|error| Failure::of_system("cannot listen for signals", &error))?;
        Ok(signals)
    }

    /// The first signal that came.
    pub(super) fn first(&self) -> Option<TerminationSignal> {
        self.first.get().copied()
    }

    /// `failure`, if it is one of having been stopped, with the signal behind it and its exit code.
    pub(super) fn explain(&self, failure: Failure) -> Failure {
        match self.first.get() {
            Some(signal) if failure.exit == Exit::Interrupted => Failure {
                exit: signal.exit(),
                message: format!("{} ({})", failure.message, signal.name()),
                ..failure
            },
            _ => failure,
        }
    }
}

/// A file that grows beyond the limit of its size is an error to SQLite, which rolls back, and not
/// the end of this process (SIGXFSZ).
pub(super) fn survive_the_file_size_limit() {
    platform::survive_the_file_size_limit();
}

#[cfg(unix)]
mod platform {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    use super::TerminationSignal;

    /// What is ignored from the start stays so: `nohup` ignores SIGHUP, a shell ignores SIGINT for
    /// what it runs in the background.
    pub(super) fn on_each(
        mut heed: impl FnMut(TerminationSignal) + Send + 'static,
    ) -> io::Result<()> {
        let ignored = ignored();
        let wanted = [SIGHUP, SIGINT, SIGTERM];
        let mut signals = Signals::new(wanted.into_iter().filter(|signal| !ignored(*signal)))?;
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                heed(match signal {
                    SIGHUP => TerminationSignal::HangUp,
                    SIGINT => TerminationSignal::Interrupt,
                    _ => TerminationSignal::Terminate,
                });
            }
        })?;
        Ok(())
    }

    /// A handler and not `SIG_IGN`: programs that this one starts do not inherit it.
    pub(super) fn survive_the_file_size_limit() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    }

    /// Which signals this process was started with to ignore. Where `/proc` does not say, none.
    fn ignored() -> impl Fn(i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        move |signal| mask & (1 << (signal - 1)) != 0
    }
}

/// Elsewhere Ctrl-C ends the processes at once, and SQLite rolls back when the file is next opened.
#[cfg(not(unix))]
mod platform {
    use std::io;

    use super::TerminationSignal;

    pub(super) fn on_each(_heed: impl FnMut(TerminationSignal) + Send + 'static) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn survive_the_file_size_limit() {}
}
