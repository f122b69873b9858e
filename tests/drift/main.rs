//! What is not as the runner left it: shown by `status`, refused by `migrate`, resolved by a person.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod edited;
mod gone;
mod late;
mod project;
mod schema;
mod together;
