//! Verdicts: what trials and rehearsals found of migrations, kept by the digests of their sources.

mod found;
mod verdicts;

pub use found::{FoundBy, LossKind, Lost, Verdict, WayBack};
pub use verdicts::Verdicts;
