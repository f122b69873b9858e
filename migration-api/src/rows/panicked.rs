//! A panic of the function.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::panic::{Panicked, last, message, retell};

/// What the function said when it panicked, and where it was, if the hook of a plugin saw it.
#[derive(Debug)]
pub(super) struct Panic(Panicked);

/// What `work` returns, or its panic.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let place = last().and_then(|panicked| panicked.place);
        let panicked = Panicked { message: message(&*payload), place };
        // A payload may panic when it is dropped.
        std::mem::forget(payload);
        Panic(panicked)
    })
}

impl Panic {
    /// Panics on, at the place where it was, and names the `row` too: the runner shows a panic as what it is.
    pub(super) fn go_on(&self, row: &str) -> ! {
        let words = format!("{}, at {row}", self.0.message);
        retell(Panicked { message: words.clone(), place: self.0.place.clone() });
        resume_unwind(Box::new(words))
    }
}

/// Has panics of this thread remembered and not printed, as those on the thread of the migration are.
pub(super) fn listen() {
    #[cfg(feature = "plugin")]
    crate::panic::remember();
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the function panicked")?;
        if let Some(place) = &self.0.place {
            write!(f, " at {}:{}:{}", place.file, place.line, place.column)?;
        }
        write!(f, ": {}", self.0.message)
    }
}
