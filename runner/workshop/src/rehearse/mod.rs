//! Rehearses what is pending on a copy of the real database, which is only read.

mod agreement;
mod beside;
mod copies;
mod course;
mod judge;
mod origins;
mod record;
mod run;
mod store;
mod verdicts;

pub use crate::error::{RehearsalDifference, RehearsalError};
pub use agreement::{require_rehearsed, require_rehearsed_job};
pub use record::{
    ColumnDifference, ColumnFate, CopyMade, FileDigest, Matching, Rehearsal, RehearsedDatabase,
    RehearsedFailure, RehearsedPlan, RehearsedPlanStep, RehearsedStep, RehearsedWayBack,
    RevertedStep, Sample, TableDifference, UndeclaredLoss, ValueChange, WayBackEnd,
};
pub use run::{RehearsalOptions, WayBackChoice, run};
pub use store::last;
