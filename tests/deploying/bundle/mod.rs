//! Bundles: made by the real binary with real cargo, applied where there is no cargo, and refused with
//! nothing loaded where anything about them is not right.
#![cfg(unix)]

mod application;
mod applied;
mod archive;
mod checked;
mod half_done;
mod loaded;
mod made;
mod minisign;
mod refused;
mod scene;
mod shipped;
mod signed;
