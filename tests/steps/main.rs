//! What a step promises while all goes well and while it does not: forward, backward, stopped, crashed, raced
//! and planned anew, with real processes.
#![allow(clippy::unwrap_used)]

#[cfg(unix)]
#[path = "../gate/mod.rs"]
mod gate;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scene/mod.rs"]
mod scene;

mod application_names;
mod batches;
mod before_commit;
mod crashes;
mod half_done;
mod half_done_races;
mod header_values;
mod isolation;
mod kept;
mod measured;
mod misbehaviour;
mod online;
mod races;
mod races_without_transaction;
mod repeatable;
mod reverting;
mod rows;
mod run_once;
mod signals;
mod single_transaction;
mod squashes;
mod stages;
mod stale_plans;
mod thin_migrations;
mod time_limits;
mod unusual_databases;
mod without_transaction;
