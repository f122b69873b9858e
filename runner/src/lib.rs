//! Migrates SQLite databases with migrations written in Rust.
//!
//! A migration is a crate that implements [`migration_api::Migration`]. This crate takes it through
//! its life, a stage to a file:
//!
//! 1. [`discover`]: which migrations there are, by the names of their folders;
//! 2. [`plan`]: which steps lead from what is applied to what is wanted;
//! 3. [`compile`]: from source to dynamic library, by one call of cargo;
//! 4. [`load`]: from file to functions, looked at before it is opened;
//! 5. [`apply`]: each step in a transaction that is guarded and checked before it is committed;
//! 6. [`record`]: the history row, in that same transaction.
//!
//! [`Project`] walks through them in order; what is built and not yet applied is a [`Job`].
//! A [`Bundle`] has all migrations of an application built, in one file: with [`Bundle::migrate`] an
//! application brings its database up to date when it starts, and needs no features of this crate.
//! [`scaffold`] makes projects and migrations, [`schema`] draws what they make, [`config`] says where things are, [`status`] compares
//! crates, history and schema, [`drift`] judges what does not agree, [`repair`] records what a
//! person decides about it, [`backup`] keeps what was there before, and [`rehearse`] tries migrations with rows.
//!
//! The library prints nothing: it returns values, and tells an observer what happens as [`Event`]s.
//! It takes no signals: a [`Stop`] ends what runs. Every error is an [`Error`] with an [`Exit`], a code that [`explain`] knows and, where the next step is known, a hint.
//!
//! ```no_run
//! use runner::{ApplyOptions, BuildOptions, Config, Order, Overrides, Project, Target};
//!
//! let config = Config::find(&std::env::current_dir()?, &Overrides::default())?;
//! let project = Project::open(config)?;
//! let report = project.migrate(
//!     &Target::Latest,
//!     Order::Strict,
//!     BuildOptions::default(),
//!     ApplyOptions::default(),
//!     &mut |event| eprintln!("{event:?}"),
//! )?;
//! println!("{} applied", report.done.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod application;
pub mod apply;
mod ascending;
#[cfg(feature = "cli")]
pub mod autogenerate;
pub mod backup;
pub mod bundle;
mod cargo;
pub mod check;
pub mod compile;
pub mod config;
mod crates;
pub mod database;
pub mod digest;
pub mod discover;
pub mod drift;
mod error;
mod event;
mod exit;
pub mod explain;
pub mod fake;
mod ffi;
mod hint;
mod id;
pub mod job;
mod known;
pub mod load;
#[cfg(test)]
mod messages;
mod migrate;
pub mod models;
mod objects;
mod partial_file;
pub mod plan;
pub mod premise;
pub mod process_group;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod process_state;
mod project;
mod provenance;
pub mod record;
#[doc(hidden)]
pub mod regular_file;
pub mod rehearse;
pub mod renamed;
pub mod repair;
pub mod replay;
#[doc(hidden)]
pub mod safeguard;
#[cfg(feature = "cli")]
pub mod scaffold;
pub mod schema;
#[doc(hidden)]
pub mod scratch_folder;
pub mod select;
mod standing;
mod start_up;
pub mod started;
pub mod status;
mod stop;
#[doc(hidden)]
pub mod whole_file;

pub use application::{ApplicationNames, Missing};
pub use apply::ApplyOptions;
pub use bundle::Bundle;
pub use cargo::{BuildOptions, CargoError};
pub use config::{Config, Overrides};
pub use database::Database;
pub use drift::{Drift, Order};
pub use error::Error;
pub use event::{Event, Observer};
pub use exit::Exit;
pub use id::{InvalidId, MigrationId};
pub use job::{Done, Job, Report};
pub use plan::{Direction, Target};
pub use project::Project;
pub use start_up::{StartOptions, UpToDate};
pub use stop::{Listening, Stop};
