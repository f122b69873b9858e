//! A VFS between SQLite and the system's (<https://sqlite.org/vfs.html>): it lets a chosen operation
//! fail, and records what is written so that the disk after a power cut can be built.
//!
//! It becomes the process's default, and works for the thread that asks: connections of other tests
//! pass through untouched.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, unsafe_code, unused_imports)]

mod disk;
mod faults;
mod file;
mod recording;
mod register;
#[cfg(target_os = "linux")]
mod system_sync;

pub use disk::{Disk, Files, Loss};
pub use faults::{Fault, Kind, Lasting, with_fault};
pub use recording::{Change, record, tell};
pub use register::{install, system};
