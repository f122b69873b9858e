//! The digest of its source that a library holds. It proves which source the library was built from.

use super::inspect::InspectError;
use crate::sum::hex;

/// A SHA-256, or zeros if the compiler was not given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedDigest(pub [u8; 32]);

impl EmbeddedDigest {
    /// Refuses a library that was built from another source than that with the digest `expected`.
    ///
    /// # Errors
    /// It was, or it holds no digest.
    pub fn verify(self, expected: &str) -> Result<(), InspectError> {
        if self.0 == [0; 32] {
            return Err(InspectError::NoSource);
        }
        let found = hex(&self.0);
        if found == expected {
            Ok(())
        } else {
            Err(InspectError::OtherSource { found, expected: expected.to_owned() })
        }
    }
}

/// The part of a digest that people compare.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
