//! What people and programs meet: arguments, settings, messages, outputs, pages.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;
#[path = "../scene/mod.rs"]
mod scene;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;

mod bad_configuration;
mod bad_libraries;
mod bad_projects;
mod closed_outputs;
mod command_line;
mod habits;
mod hints;
mod messages;
mod pages;
mod report;
mod sql_errors;
mod words_of_other_tools;
mod written_files;
