//! `runner test`: what it proves of migrations, and what it finds.

mod command;
mod declared_losses;
mod expected;
mod failures;
mod fixtures;
mod ground;
mod library;
mod random_schemas;
mod verdicts;
