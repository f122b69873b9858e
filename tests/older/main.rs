//! What an older runner made is gone on with: its bundle, whose libraries hold the code of its time, its
//! databases, and its sources. The libraries are machine code for one platform: on any other, `bundle.rs` and
//! `older_rows.rs` are left out.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod bundle;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod older_rows;
mod place;
mod sources;
