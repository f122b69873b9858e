//! Runs the work on a stack that is known to be large enough for nested calls.

use std::io;
use std::panic::resume_unwind;
use std::thread;

/// What Linux gives a program's first thread where nobody says otherwise.
const ENOUGH: u64 = 8 << 20;

/// Does `work` on the first thread, or, where that has little stack, as under `ulimit -s`, on another one.
///
/// # Errors
/// The system gives no other thread.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    if platform::has_room() {
        return Ok(work());
    }
    // The first thread's name: it is in what a panic prints.
    let builder = thread::Builder::new().name("main".into()).stack_size(ENOUGH as usize);
    thread::scope(|scope| {
        let worker = builder.spawn_scoped(scope, work)?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

#[cfg(unix)]
mod platform {
    use rustix::process::{Resource, getrlimit};

    /// Whether the first thread may grow as far as is usual.
    pub(super) fn has_room() -> bool {
        getrlimit(Resource::Stack).current.is_none_or(|bytes| bytes >= super::ENOUGH)
    }
}

/// Elsewhere a program's file says it, and ours does not.
#[cfg(not(unix))]
mod platform {
    pub(super) fn has_room() -> bool {
        false
    }
}
