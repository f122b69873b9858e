//! Compares the bytes of a bundle with its manifest.

use std::borrow::Cow;

use super::failure::{BundleError, Flaw};
use super::header::BLOCK;
use super::layout::{END, check_header, check_zeros, entry, name, padding};
use super::manifest::Bundled;
use super::open::{Bundle, Shared};

impl Bundle {
    /// Reads the whole bundle, and compares every byte with what the manifest says. Nothing is
    /// unpacked.
    ///
    /// # Errors
    /// It is not as it was packed; it cannot be read.
    pub fn verify(&self) -> Result<(), BundleError> {
        self.0.verify_all_but(&[]).map_err(|flaw| flaw.of(&self.0.name))
    }
}

impl Shared {
    /// The migrations, each with the offset of its entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u64, &Bundled)> {
        let mut next = self.head.len() as u64;
        self.manifest.migrations.iter().map(move |bundled| {
            let at = next;
            next += entry(bundled.packed.size);
            (at, bundled)
        })
    }

    /// Compares the whole bundle, but for the entries of `others`, which come in its order.
    pub(super) fn verify_all_but(&self, others: &[(u64, &Bundled)]) -> Result<(), Flaw> {
        let is_left_out = |at: u64| others.binary_search_by_key(&at, |(at, _)| *at).is_ok();
        for (at, bundled) in self.entries().filter(|(at, _)| !is_left_out(*at)) {
            self.packed(at, bundled)?;
        }
        check_zeros(&self.content.read(self.content.length() - END, END)?, "the last migration")
    }

    /// Reads the packed library of `bundled`, whose entry begins at the offset `at`, and compares it.
    pub(super) fn packed(&self, at: u64, bundled: &Bundled) -> Result<Cow<'_, [u8]>, Flaw> {
        let (name, size) = (name(bundled), bundled.packed.size);
        check_header(&self.content.read(at, BLOCK)?, &name, size)?;
        let packed = self.content.read(at + BLOCK, size)?;
        if !bundled.packed.is_of(&packed) {
            return Err(Flaw::Changed { entry: name });
        }
        check_zeros(&self.content.read(at + BLOCK + size, padding(size))?, &name)?;
        Ok(packed)
    }
}
