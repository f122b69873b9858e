//! What is not as the runner left it: shown by `status`, refused by `migrate`, resolved by a person.

mod edited;
mod foreign_rows;
mod gone;
mod late;
#[cfg(unix)]
mod links;
mod project;
mod renamed;
mod schema;
mod together;
