//! Signatures, as minisign makes and verifies them: <https://jedisct1.github.io/minisign/>.

use minisign_verify::{Error, PublicKey, Signature};

use super::failure::{BundleError, Flaw};
use super::open::{Bundle, Shared};

/// So many bytes are read at once.
const PIECE: u64 = 64 * 1024;

impl Bundle {
    /// The same bundle, if it was signed by the owner of `public_key`, in base64. `signature` is the
    /// text of the file that minisign writes. All of the bundle is read for that.
    ///
    /// # Errors
    /// The key is none; the signature is none, is another's, or belongs to other bytes.
    pub fn signed_by(self, public_key: &str, signature: &str) -> Result<Self, BundleError> {
        match self.0.check_signature(public_key, signature) {
            Ok(()) => Ok(self),
            Err(flaw) => Err(flaw.of(&self.0.name)),
        }
    }
}

impl Shared {
    fn check_signature(&self, public_key: &str, signature: &str) -> Result<(), Flaw> {
        let key = PublicKey::from_base64(public_key.trim()).map_err(Flaw::BadKey)?;
        let signature = Signature::decode(signature).map_err(Flaw::NotASignature)?;
        let mut verifier = key.verify_stream(&signature).map_err(|error| match error {
            Error::UnsupportedLegacyMode => Flaw::OlderSignature,
            error => Flaw::Signature(error),
        })?;
        // The manifest as it is in memory; what follows is compared with it before it is used.
        verifier.update(&self.head);
        let mut at = self.head.len() as u64;
        while at < self.content.length() {
            let piece = self.content.read(at, PIECE.min(self.content.length() - at))?;
            verifier.update(&piece);
            at += piece.len() as u64;
        }
        verifier.finalize().map_err(Flaw::Signature)
    }
}
