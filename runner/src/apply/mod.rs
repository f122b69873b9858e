//! Stage 5: a step in a transaction of its own, guarded, checked, and with its history row.

mod deadline;
mod failure;
mod foreign_keys;
mod guard;
mod lost_objects;
mod lost_rows;
mod run;
mod scratch;
mod seen;
mod step;
mod trace;
mod voice;

pub use failure::{ApplyError, MigrationFailure};
pub use guard::Denied;
pub use lost_objects::LostObject;
pub use lost_rows::LostRows;
pub(crate) use scratch::Scratch;
pub(crate) use step::Stepper;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How steps are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyOptions {
    /// How long to wait for another program that holds the database's lock.
    pub busy_timeout: Duration,
    /// How long the code of one migration may run; `None`: as long as it likes.
    pub timeout: Option<Duration>,
    /// Do it to a copy that is thrown away, and tell each statement that runs.
    pub dry_run: bool,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), timeout: None, dry_run: false }
    }
}
