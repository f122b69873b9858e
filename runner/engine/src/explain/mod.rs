//! What each error means, why it is one, and what to do: `runner explain CODE`.

mod code;
mod failure;
mod system;

pub use code::Code;
pub use failure::ExplainError;
#[doc(hidden)]
pub use system::{of_io, of_sqlite};
