//! Migrations that are written from a difference of schemas, and proven before they are.

mod derive;
mod fill;
mod proof;
mod written;

pub use crate::error::AutogenerateError;
pub use derive::{Derived, WayBack, compare, derive};
pub use fill::Fill;
