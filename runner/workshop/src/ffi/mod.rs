//! All unsafe code of the workshop.
#![allow(unsafe_code)]

mod models;
mod process;

pub(crate) use models::open_models;
#[cfg(unix)]
pub(crate) use process::Signals;
pub(crate) use process::{SqliteState, set_variable};
