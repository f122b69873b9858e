//! Finds, builds, writes and tries migrations: what their author needs.
//!
//! A migration is a crate that implements [`migration_api::Migration`]. This crate takes it from its source
//! to a library, and the [`runner_engine`] from there into the history of a database, a stage to a file:
//!
//! 1. [`discover`]: which migrations there are, by the names of their folders;
//! 2. [`compile`]: from source to dynamic library, by one call of cargo.
//!
//! [`Project`] walks through all stages in order. [`bundle::make`] packs what is built into one file.
//! [`scaffold`] makes projects and migrations, [`autogenerate`] writes them from a difference, [`models`]
//! and [`schema`] say what the database should be and draw it, [`config`] says where things are,
//! [`mod@squash`] makes one of many, [`repair`] records what a person decides about drift, [`mod@fake`] what is there
//! already, [`import`] takes over the history of another tool, [`trial`] tries migrations with
//! rows, [`testing`] lets tests in Rust do so, and [`rehearse`] takes what is pending on a copy of the real database.
//!
//! The library prints nothing: it returns values, and reports to an observer what happens as
//! [`Event`](runner_engine::Event)s. Every error is an [`Error`] with an [`Exit`](runner_engine::Exit), a
//! code and, where the next step is known, a hint.

pub mod autogenerate;
pub mod bundle;
mod cargo;
pub mod check;
pub mod compile;
pub mod config;
mod described;
pub mod digest;
pub mod discover;
mod error;
pub mod fake;
mod ffi;
pub mod import;
pub mod kept_values;
mod lineage;
pub(crate) mod lock_file;
#[cfg(test)]
mod messages;
mod migration_source;
pub mod models;
pub mod process_group;
#[doc(hidden)]
pub mod process_state;
mod project;
mod provenance;
pub mod rebase;
pub mod rehearse;
pub mod repair;
mod repeatable_folder;
mod replacements;
pub mod replay;
pub mod report;
pub(crate) mod row_difference;
pub mod scaffold;
pub mod schema;
pub mod select;
pub mod source_difference;
mod sql_literal;
pub mod squash;
pub mod takeover;
pub mod testing;
pub mod trial;
mod verdict_store;

pub use cargo::{BuildOptions, CargoError, Product};
pub use config::{Config, Overrides};
pub use error::Error;
pub use project::Project;
