//! Migrations that are written from a difference of schemas, and proven before they are.

mod derive;
mod failure;
mod fill;
mod proof;
mod written;

pub use derive::{Derived, WayBack, compare, derive};
pub use failure::AutogenerateError;
pub use fill::Fill;
