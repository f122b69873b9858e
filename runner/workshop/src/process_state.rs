//! The state of a whole process, restored after a migration, so that the next one finds what it would
//! find alone.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

use crate::ffi::{self, SqliteState};

/// The current folder, the environment, and what the system and SQLite hold for the process.
///
/// Only for a process that runs migrations and nothing else: what another thread has changed meanwhile
/// is put back too.
pub struct ProcessState {
    folder: platform::Folder,
    variables: BTreeMap<OsString, OsString>,
    signals: platform::Signals,
    sqlite: SqliteState,
}

impl ProcessState {
    /// As it is now.
    #[must_use]
    pub fn now() -> Self {
        Self {
            folder: platform::Folder::now(),
            variables: env::vars_os().collect(),
            signals: platform::Signals::now(),
            sqlite: SqliteState::now(),
        }
    }

    /// Makes all of it as it was, where it is other than it was.
    pub fn put_back(&self) {
        self.folder.put_back();
        for (name, _) in env::vars_os() {
            if !self.variables.contains_key(&name) {
                ffi::set_variable(&name, None);
            }
        }
        for (name, value) in &self.variables {
            if env::var_os(name).as_ref() != Some(value) {
                ffi::set_variable(name, Some(value));
            }
        }
        self.signals.put_back();
        self.sqlite.put_back();
    }
}

#[cfg(unix)]
mod platform {
    use std::fs::File;

    use rustix::fs::Mode;
    use rustix::process::{fchdir, umask};

    pub(super) use crate::ffi::Signals;

    /// The current folder, wherever it is moved to, and the mask for what is made in any.
    pub(super) struct Folder {
        folder: Option<File>,
        mask: Mode,
    }

    impl Folder {
        pub(super) fn now() -> Self {
            // The mask can only be read by setting another one: one that lets nobody in.
            let mask = umask(Mode::RWXG | Mode::RWXO);
            umask(mask);
            Self { folder: File::open(".").ok(), mask }
        }

        pub(super) fn put_back(&self) {
            if let Some(folder) = &self.folder {
                // A folder that is open can be gone to, unless its access rights were taken away.
                let _ = fchdir(folder);
            }
            umask(self.mask);
        }
    }
}

#[cfg(not(unix))]
mod platform {
    use std::env;
    use std::path::PathBuf;

    pub(super) struct Folder(Option<PathBuf>);

    impl Folder {
        pub(super) fn now() -> Self {
            Self(env::current_dir().ok())
        }

        pub(super) fn put_back(&self) {
            if let Some(folder) = &self.0 {
                let _ = env::set_current_dir(folder);
            }
        }
    }

    /// There are none.
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn now() -> Self {
            Self
        }

        pub(super) fn put_back(&self) {}
    }
}
