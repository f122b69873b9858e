//! A file that may not grow any further (`ulimit -f`) is an error, not the end of the process: then
//! SQLite rolls back, and the error is told.

/// From now on, to write beyond the limit fails with `EFBIG`.
#[cfg(unix)]
pub(super) fn is_an_error() {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    // That a handler stands there is all that is needed. Without it, the signal ends the process.
    let _ =
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub(super) fn is_an_error() {}
