//! Drift: what is not as the runner left it. The history, the crates and the schema no longer agree.
//! All of this is pure: no file, no database.
//!
//! Everything is found before anything is built or written. Another runner may change the history
//! after that; it looks for the same, and every step reads inside its own transaction whether it is
//! still to be taken, so nothing needs to be found twice.

mod find;
mod finding;
mod refuse;

pub use find::find;
pub use finding::Drift;
pub use refuse::{DriftError, Order, refuse};
