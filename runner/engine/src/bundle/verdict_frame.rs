//! The verdicts of the migrations in a bundle: a frame behind all else in the entry of the last migration, which whoever
//! decompresses skips (<https://datatracker.ietf.org/doc/html/rfc8878#section-3.1.2>).

use super::frame::{self, Magic};
use super::open::Bundle;
use crate::verdict::Verdicts;

/// `packed`, the entry of the last migration, with the `verdicts` of all of them behind it; as it is, where there are
/// none.
#[must_use]
pub fn with_verdicts(packed: Vec<u8>, verdicts: &Verdicts) -> Vec<u8> {
    match serde_json::to_vec(verdicts) {
        Ok(text) if !verdicts.is_empty() => frame::append(packed, Magic::VERDICTS, &text),
        _ => packed,
    }
}

impl Bundle {
    /// What trials and rehearsals had found of the migrations when they were packed. To know nothing is no error.
    #[must_use]
    pub fn verdicts(&self) -> Verdicts {
        let read = || {
            let (at, bundled) = self.0.entries().last()?;
            let packed = self.0.packed(at, bundled).ok()?;
            serde_json::from_slice(frame::find(&packed, Magic::VERDICTS)?).ok()
        };
        read().unwrap_or_default()
    }
}
