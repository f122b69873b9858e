//! Models, in files of SQL and in crates: what is read of them, and what is refused.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scene/mod.rs"]
mod scene;

mod application;
mod derived;
mod library;
mod migrated;
mod misbehaving;
mod page;
mod project;
mod sql_file;
mod workspaces;
