//! Applies migrations to SQLite databases: what an application links.
//!
//! A migration is a library that implements [`migration_api::Migration`]; the crate `runner` builds it, and
//! packs all that an application has into a [`Bundle`]. This crate takes it from there, a stage to a file:
//!
//! 1. [`plan`]: which steps lead from what is applied to what is wanted;
//! 2. [`load`]: from file to functions, looked at before it is opened;
//! 3. [`apply`]: each step in a transaction that is guarded and checked before it is committed;
//! 4. [`record`]: the history row, in that same transaction.
//!
//! With [`Bundle::migrate`] an application brings its database up to date when it starts. A
//! [`Deployment`] does the same in stages: [`status`] compares migrations, history and schema,
//! [`drift`] decides whether their differences block a plan, and a built plan is a [`Job`]. [`backup`]
//! keeps the state before.
//!
//! The library prints nothing: it returns values, and reports to an observer what happens as [`Event`]s.
//! It takes no signals: a [`Stop`] ends what runs. Every error is an [`Error`] with an [`Exit`], a code
//! that [`explain`] knows and, where the next step is known, a hint.

#[doc(hidden)]
pub mod application;
pub mod apply;
pub mod backup;
pub mod bundle;
pub mod checkpoint;
pub mod database;
mod deployment;
mod direction;
pub mod drift;
#[doc(hidden)]
pub mod error;
mod event;
#[doc(hidden)]
pub mod exit;
pub mod explain;
pub mod failed_rows;
#[doc(hidden)]
pub mod ffi;
mod file_lock;
pub mod fleet;
mod fleet_plan;
pub mod hint;
#[doc(hidden)]
pub mod id;
mod issuer;
pub mod job;
pub mod kept;
#[doc(hidden)]
pub mod kept_schema;
pub mod load;
mod loss_name;
#[doc(hidden)]
pub mod machine;
pub mod measured;
#[cfg(test)]
mod messages;
mod microseconds;
mod packed_text;
#[doc(hidden)]
pub mod partial_file;
pub mod plan;
pub mod premise;
pub mod record;
#[doc(hidden)]
pub mod regular_file;
pub mod renamed;
pub mod repeatable;
#[doc(hidden)]
pub mod safeguard;
mod schema_change;
mod schema_object;
#[doc(hidden)]
pub mod schema_objects;
#[doc(hidden)]
pub mod scratch_folder;
#[doc(hidden)]
pub mod size;
#[doc(hidden)]
pub mod source_text;
#[doc(hidden)]
pub mod squash;
mod start_up;
pub mod started;
pub mod status;
mod steps_argument;
mod stop;
#[doc(hidden)]
pub mod sum;
mod sum_checkpoints;
mod unverified;
pub mod verdict;
#[doc(hidden)]
pub mod volume;
#[doc(hidden)]
pub mod whole_file;

pub use application::{ApplicationNames, Missing};
pub use apply::{ApplyOptions, Pause};
pub use bundle::Bundle;
pub use database::Database;
pub use deployment::{Deployment, MigrationSource};
pub use drift::{Drift, Order};
pub use error::Error;
pub use event::{Done, Event, Observer, Report};
pub use exit::Exit;
pub use id::{InvalidId, MigrationId};
pub use issuer::Issuer;
pub use job::Job;
pub use loss_name::{InvalidLossName, LossName};
pub use measured::Measured;
#[doc(hidden)]
pub use microseconds::microseconds;
pub use plan::{Direction, Target};
pub use repeatable::Definitions;
pub use start_up::{Background, StartOptions, UpToDate};
pub use stop::{Listening, Stop};
pub use verdict::{Verdict, Verdicts};
