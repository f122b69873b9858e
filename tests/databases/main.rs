//! Databases as they are found and kept: adopted, backed up, restored, broken, and not as the runner left them.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;

mod adoption;
mod backup;
mod backup_interrupted;
mod backup_verification;
mod backups_at_once;
mod bad_databases;
mod drift;
mod history;
mod import;
mod import_tools;
mod protected;
mod restore;
mod schema;
