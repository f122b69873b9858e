//! Changes properties of the whole process, only where all code that runs beside is trusted.

use std::env;
use std::ffi::OsStr;
use std::ptr;

use rusqlite::ffi;

/// Sets a variable of the environment, or removes it. Only in a process that runs migrations and nothing
/// else.
pub(crate) fn set_variable(name: &OsStr, value: Option<&OsStr>) {
    // SAFETY: the standard library locks the environment against itself. Who else could read it, past
    // that lock, is C code on another thread, and in this process that is only a migration's.
    unsafe {
        match value {
            Some(value) => env::set_var(name, value),
            None => env::remove_var(name),
        }
    }
}

/// What SQLite holds for all connections of the process.
pub(crate) struct SqliteState {
    file_system: *mut ffi::sqlite3_vfs,
    soft_limit: i64,
    hard_limit: i64,
}

impl SqliteState {
    /// As it is now.
    pub(crate) fn now() -> Self {
        const ONLY_ASK: i64 = -1;
        // SAFETY: these only answer; the file systems of SQLite stay as long as the process.
        unsafe {
            Self {
                file_system: ffi::sqlite3_vfs_find(ptr::null()),
                soft_limit: ffi::sqlite3_soft_heap_limit64(ONLY_ASK),
                hard_limit: ffi::sqlite3_hard_heap_limit64(ONLY_ASK),
            }
        }
    }

    /// Makes it as it was. What has registered itself for each new connection is forgotten: in a process
    /// of migrations nobody else does.
    pub(crate) fn put_back(&self) {
        const AS_DEFAULT: i32 = 1;
        // SAFETY: the file system was registered, and no connection is being opened meanwhile.
        unsafe {
            if ffi::sqlite3_vfs_find(ptr::null()) != self.file_system {
                ffi::sqlite3_vfs_register(self.file_system, AS_DEFAULT);
            }
            ffi::sqlite3_hard_heap_limit64(self.hard_limit);
            ffi::sqlite3_soft_heap_limit64(self.soft_limit);
            ffi::sqlite3_reset_auto_extension();
        }
    }
}

#[cfg(unix)]
pub(crate) use signals::Signals;

#[cfg(unix)]
mod signals {
    use std::mem::MaybeUninit;
    use std::ptr;

    use libc::{c_int, sigaction, sigset_t};

    /// What becomes of signals, and which wait.
    pub(crate) struct Signals {
        actions: Vec<(c_int, sigaction)>,
        waiting: Option<sigset_t>,
    }

    impl Signals {
        /// As it is now, on this thread.
        pub(crate) fn now() -> Self {
            let actions = (1..=last()).filter_map(|signal| Some((signal, action(signal)?)));
            Self { actions: actions.collect(), waiting: waiting() }
        }

        /// Makes it as it was.
        pub(crate) fn put_back(&self) {
            for (signal, before) in &self.actions {
                let is_same = action(*signal).is_some_and(|now| {
                    (now.sa_sigaction, now.sa_flags) == (before.sa_sigaction, before.sa_flags)
                });
                if !is_same {
                    // SAFETY: the action stood before, so whatever it leads to is there: code that was
                    // loaded is never unloaded.
                    unsafe { libc::sigaction(*signal, before, ptr::null_mut()) };
                }
            }
            if let Some(waiting) = &self.waiting {
                // SAFETY: a set that the same function gave.
                unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, waiting, ptr::null_mut()) };
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn last() -> c_int {
        libc::SIGRTMAX()
    }

    #[cfg(not(target_os = "linux"))]
    fn last() -> c_int {
        libc::SIGUSR2
    }

    /// What becomes of a signal; `None` if that cannot be asked, as of those that the system's own
    /// library keeps for itself.
    fn action(signal: c_int) -> Option<sigaction> {
        let mut action = MaybeUninit::zeroed();
        // SAFETY: with nothing to set it only answers, and it fills in the answer where it gives 0.
        unsafe {
            (libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0)
                .then(|| action.assume_init())
        }
    }

    fn waiting() -> Option<sigset_t> {
        let mut set = MaybeUninit::zeroed();
        // SAFETY: as above.
        unsafe {
            (libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), set.as_mut_ptr()) == 0)
                .then(|| set.assume_init())
        }
    }
}
