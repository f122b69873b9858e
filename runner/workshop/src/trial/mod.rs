//! Tries migrations on scratch databases with rows: forward, backward, forward again.
//!
//! [`run`] takes one database forward, migration by migration (`timeline`), and before each step gives a
//! copy of it to a thread that tries the migration (`attempt`): the author's rows (`fixture`) and
//! made-up ones ([`rows`]) go in; the steps are taken as on any database, wherever the caller wants the
//! code to run (`step`); what comes back is compared with what was there (`schema`, `compare`) and
//! judged (`judge`, or `taken_away` where there is no way back), and what is lost and not declared fails (`declared`). What
//! the author's queries give is compared with the rows that stand below them (`expected`). The outcome is a [`Trial`] for
//! each migration. The project's own database is not opened.

mod attempt;
pub(crate) mod compare;
mod declared;
mod expected;
pub(crate) mod fixture;
mod folder;
mod judge;
mod lineage;
mod next_step;
mod outcome;
mod problem;
pub mod rows;
mod running_steps;
pub(crate) mod schema;
mod step;
pub(crate) mod table;
mod taken_away;
mod timeline;

pub use crate::discover::{EXPECTED, FIXTURE};
pub use crate::error::{NextStep, TrialError};
pub use expected::{Moment, OnDifference, RowsDiffer};
pub(crate) use judge::counters;
pub use outcome::{Loss, Note, Outcome, Trial};
pub use problem::{Pass, Problem};
pub use timeline::run;

use std::time::Duration;

/// How long a step of `runner test` may run unless somebody says otherwise. On a few rows a step takes
/// milliseconds: a machine may be a thousand times slower and is not taken for one that never ends.
pub const STEP_LIMIT: Duration = Duration::from_secs(120);

pub use step::{Apply, StepFailure};
