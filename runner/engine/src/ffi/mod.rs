//! The fence: every unsafe line of the runner stands in this folder.
#![allow(unsafe_code)]

mod before_image;
mod call;
mod connection;
#[cfg(unix)]
mod executable;
mod library;
mod models;
mod moved;
#[cfg(feature = "cli")]
mod process;
mod rollback_journal;
mod routines;
mod rows;
mod settings;
mod statements;

pub(crate) use before_image::BeforeImage;
pub(crate) use call::{PluginFailure, PluginFailureKind, Services, call};
pub(crate) use connection::{
    Limits, forget_callbacks, keep_modules, remove_collation, remove_function,
};
#[cfg(unix)]
pub(crate) use executable::may_execute;
pub(crate) use library::{Entry, Opened, open};
pub(crate) use models::open_models;
pub(crate) use moved::has_moved;
#[cfg(all(feature = "cli", unix))]
pub(crate) use process::Signals;
#[cfg(feature = "cli")]
pub(crate) use process::{SqliteState, set_variable};
pub(crate) use routines::routines;
pub(crate) use rows::{HearsOfRows, RowChange, hear_of_rows};
pub(crate) use settings::{Settings, authorize, trace, with_settings};
pub(crate) use statements::{
    HearsOfStatements, LeftRunning, MayRun, hear_of_statements, left_running,
};
