//! The plan of a fleet: its databases, frozen, and the shards of it.

mod failure;
mod path_text;
mod plan;
mod shard;

pub use failure::{FleetError, PlanFlaw, ReportFlaw};
pub use path_text::PathText;
pub(crate) use plan::line;
pub use plan::{FleetPlan, Tenant};
pub use shard::{InvalidShard, Shard, Share};
