//! The bundle that a command names.

use std::path::PathBuf;

use super::failure::{BundleError, Flaw};
use super::manifest::Manifest;
use super::open::Bundle;
use crate::regular_file;

/// A bundle in a file, and who must have signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// The file.
    pub path: PathBuf,
    /// The public key of minisign, in base64. The signature is beside the file, as `FILE.minisig`.
    pub signed_by: Option<String>,
}

impl BundleFile {
    /// Opens it.
    ///
    /// # Errors
    /// As [`Bundle::open`] and [`Bundle::signed_by`]; no signature beside the file.
    pub fn open(&self) -> Result<Bundle, BundleError> {
        self.if_signed(Bundle::open(&self.path)?)
    }

    /// What it says of itself, for whatever platform it is. Every byte of it is compared.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Bundle::verify`].
    pub fn read_manifest(&self) -> Result<Manifest, BundleError> {
        let bundle = self.if_signed(Bundle::open_for_any_platform(&self.path)?)?;
        bundle.verify()?;
        Ok(bundle.manifest().clone())
    }

    fn if_signed(&self, bundle: Bundle) -> Result<Bundle, BundleError> {
        let Some(key) = &self.signed_by else { return Ok(bundle) };
        let mut beside = self.path.clone().into_os_string();
        beside.push(".minisig");
        let signature = regular_file::read_text(beside.as_ref(), regular_file::SETTINGS)
            .map_err(|error| Flaw::NoSignature(error).of(&format!("`{}`", self.path.display())))?;
        bundle.signed_by(key, &signature)
    }
}
