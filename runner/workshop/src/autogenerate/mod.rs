//! Migrations that are written from the difference of two schemas, and tried before they are written.

mod derive;
mod fill;
mod fixup;

pub use crate::error::AutogenerateError;
pub use derive::{Derived, WayBack, compare, derive, refuse_no_tables};
pub use fill::Fill;
pub use fixup::{DerivedFixup, around_fixups};
