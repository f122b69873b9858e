//! Rehearses what is pending on a copy of the real database, which is only read.

mod record;
#[allow(dead_code)]
mod store;

pub use record::{
    ColumnDifference, ColumnFate, CopyMade, FileDigest, Matching, Rehearsal, RehearsedDatabase,
    RehearsedFailure, RehearsedPlan, RehearsedPlanStep, RehearsedStep, RehearsedWayBack,
    RevertedStep, Sample, TableDifference, UndeclaredLoss, ValueChange, WayBackEnd,
};
pub use store::last;
