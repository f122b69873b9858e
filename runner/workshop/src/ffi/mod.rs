//! The fence: every unsafe line of the workshop stands in this folder.
#![allow(unsafe_code)]

mod models;
mod process;

pub(crate) use models::open_models;
#[cfg(unix)]
pub(crate) use process::Signals;
pub(crate) use process::{SqliteState, set_variable};
