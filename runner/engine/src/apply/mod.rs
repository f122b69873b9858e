//! Stage 5: steps in transactions, guarded, checked, and with their history rows.

mod activity;
mod batched;
mod broken_statements;
mod committed;
mod connection_reuse;
mod connection_state;
mod deadline;
mod denied;
mod dry_run;
mod failure;
mod foreign_keys;
mod fresh_connection;
mod guard;
mod host_services;
mod invoke;
mod keep_lost;
mod lost_objects;
mod lost_rows;
mod measure;
mod new_database;
mod non_transactional;
mod outside_commits;
mod pragmas;
mod redirected_references;
mod registered_names;
mod repeatable;
mod replace;
mod replaced_builtins;
mod schema_copy;
mod schema_edit;
mod script_source;
mod step;
mod trace;
mod transaction;
mod verify;
mod write_lock;

pub(crate) use batched::Batched;
pub use batched::{BatchedError, LeftHalfDone, Pause, abandon};
pub use broken_statements::{BrokenStatement, broken_statements};
pub use denied::{Denied, DeniedStatement};
pub(crate) use dry_run::Scratch;
#[doc(hidden)]
pub use dry_run::copy;
pub use failure::{ApplyError, FailedStatement, MigrationFailure, Unfinished, WithOthers};
pub use lost_objects::LostObject;
pub use lost_rows::{LossCause, LostRows};
pub(crate) use measure::Measure;
pub use new_database::NewDatabase;
pub(crate) use non_transactional::Alone;
pub use redirected_references::RedirectedReference;
pub use replaced_builtins::ReplacedBuiltin;
pub(crate) use step::{PlannedStep, Taken};
pub(crate) use transaction::Stepper;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How steps are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyOptions {
    /// How long to wait for another program that holds the database's lock.
    pub busy_timeout: Duration,
    /// How long the code of one migration may run; `None`: as long as it likes.
    pub timeout: Option<Duration>,
    /// For how long a batch of a batched migration may hold the write lock.
    #[serde(default = "default_lock_time")]
    pub lock_time: Duration,
    /// How long a batched migration lets others in between two batches.
    #[serde(default)]
    pub pause: Pause,
    /// After how long no further step or batch is begun; `None`: all that is wanted is done.
    #[serde(default)]
    pub max_time: Option<Duration>,
    /// Take all steps in one transaction, so that all of them happen or none.
    pub single_transaction: bool,
    /// The database is a copy that is thrown away, and nothing is to be said of what a failure leaves there.
    #[serde(default)]
    pub on_a_copy: bool,
    /// Do it to a copy that is thrown away, and report each statement that runs.
    pub dry_run: bool,
    /// Report each statement that runs, as a dry run does.
    pub report_statements: bool,
    /// Report what each step took: [`Event::Measured`](crate::Event::Measured).
    #[serde(default)]
    pub measure: bool,
    /// Revert also where the way back leaves the schema that the way forward made.
    pub leave_schema: bool,
}

fn default_lock_time() -> Duration {
    Duration::from_millis(50)
}

impl ApplyOptions {
    fn reports_statements(&self) -> bool {
        self.dry_run || self.report_statements
    }
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            timeout: None,
            lock_time: default_lock_time(),
            pause: Pause::default(),
            max_time: None,
            single_transaction: false,
            on_a_copy: false,
            dry_run: false,
            report_statements: false,
            measure: false,
            leave_schema: false,
        }
    }
}
