//! Models, in files of SQL and in crates: what is read of them, and what is refused.

mod application;
mod derived;
mod from_database;
mod library;
mod migrated;
mod misbehaving;
mod page;
mod project;
mod sql_file;
mod workspaces;
