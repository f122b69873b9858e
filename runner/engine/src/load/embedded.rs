//! The digest of its source that a library holds: what proves which source it was built from.

use super::inspect::InspectError;
use crate::sum::hex;

/// SHA-256, or zeros where nobody told the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedDigest(pub [u8; 32]);

impl EmbeddedDigest {
    /// Refuses a library that was built from another source than that with the digest `expected`.
    ///
    /// # Errors
    /// It was, or nobody knows.
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

/// So much of a digest as people compare.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
