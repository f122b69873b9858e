//! The child process must not go on when the runner that started it was killed.

/// From now on, the death of the parent ends this process too. What it has not committed, SQLite
/// rolls back.
#[cfg(target_os = "linux")]
pub(super) fn die_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // If it cannot be asked for, the process still ends when it next has something to say.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Elsewhere the process ends when it next has something to say and nobody listens.
#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_parent() {}
