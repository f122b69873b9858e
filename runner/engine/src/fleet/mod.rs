//! Many databases of one schema, a *fleet*: each brought to the same target, one failing alone.
//!
//! 1. [`FleetPlan`]: which databases, frozen, and which of them go first;
//! 2. [`Shard`]: the part of a plan that one machine or one job takes;
//! 3. [`Fleet`]: asks each database what is pending, and gives it to one of several workers;
//! 4. [`Entry`]: a line of the report for each database, with the [`State`] that it is in; [`Merged`]: reports that
//!    are read again, and [`Applied`]: what their runs applied and may take back;
//! 5. [`Summary`]: the counts, and the exit code.
//!
//! The truth is in the databases, never in a plan or a report: whoever migrates a fleet again goes on where
//! the last run ended.

mod error_text;
mod gate;
mod inspect;
mod ledger;
mod merged;
mod network;
mod queue;
mod report;
mod room;
mod run;
mod state;
mod summary;
mod undo;
mod worker;

#[doc(hidden)]
pub use crate::fleet_plan::PathText;
pub use crate::fleet_plan::{
    FleetError, FleetPlan, InvalidShard, PlanFlaw, ReportFlaw, Shard, Share, Tenant,
};
pub use error_text::ErrorText;
pub use ledger::FleetEvent;
pub use merged::{Found, FoundFailure, Merged};
pub use queue::MaxFailures;
pub use report::Entry;
pub use run::{Fleet, FleetOptions};
pub use state::State;
pub use summary::{FailureGroup, FailureKind, Summary, Unwritten};
pub use undo::Applied;
pub use worker::{InProcess, Worker};
