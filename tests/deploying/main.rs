//! Applications and machines without cargo: bundles, and migrating at the start.
#![allow(clippy::unwrap_used)]

#[cfg(unix)]
#[path = "../gate/mod.rs"]
mod gate;
#[path = "../sandbox/mod.rs"]
mod sandbox;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;

mod background;
mod bundle;
mod fleet;
mod losses;
mod rehearse;
mod repeatable;
mod start_up;
