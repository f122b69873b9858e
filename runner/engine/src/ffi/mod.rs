//! All unsafe code of the engine.
#![allow(unsafe_code)]

mod before_image;
mod call;
mod connection;
mod counting_vfs;
#[cfg(unix)]
mod executable;
mod file_moved;
mod library;
mod rollback_journal;
mod routines;
mod row_hook;
mod running_statements;
mod settings;
mod stage;
mod statement_runs;
mod watched_routines;

pub(crate) use before_image::BeforeImage;
pub(crate) use call::{PluginFailure, PluginFailureKind, PluginStatement, Services, call};
pub(crate) use connection::{
    Configuration, Limits, forget_callbacks, forget_last_row, keep_modules, remove_collation,
    remove_function, remove_module,
};
pub(crate) use counting_vfs::CountingVfs;
#[cfg(unix)]
pub(crate) use executable::may_execute;
pub(crate) use file_moved::has_moved;
pub use library::descriptor;
pub(crate) use library::{Entry, Opened, open};
pub(crate) use routines::{lasting_calls, routines};
pub(crate) use row_hook::{RowChange, RowObserver, observe_rows};
pub(crate) use running_statements::{
    LeftRunning, MayRun, StatementObserver, left_running, observe_statements,
};
pub(crate) use settings::{Settings, authorize, trace, with_settings};
pub(crate) use stage::{BatchAnswer, BatchRequest, StageEnd, StageKind, StageRequest};
pub(crate) use statement_runs::{Run, RunObserver, observe_runs};
