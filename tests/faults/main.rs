//! The system under a step fails: the disk, the power, the memory, the process itself.
#![allow(clippy::unwrap_used)]

#[path = "../populated/mod.rs"]
mod populated;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scene/mod.rs"]
mod scene;
#[path = "../shim_vfs/mod.rs"]
mod shim_vfs;

mod disk_faults;
mod in_batches;
mod kept;
mod kills;
mod limits;
mod power_cuts;
mod repeatable;
mod safeguards;
