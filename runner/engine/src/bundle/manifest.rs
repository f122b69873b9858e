//! The manifest of a bundle.

use migration_api::abi;
use serde::{Deserialize, Serialize};

use super::failure::Flaw;
use crate::id::MigrationId;
use crate::repeatable::RepeatableFile;
use crate::sum::sha256;

/// The version of the form of a bundle. Another one cannot be read.
pub const FORMAT: u32 = 1;

/// The platform that this program was built for, as rustc names it.
pub const TARGET: &str = env!("RUNNER_TARGET");

/// The largest library that is unpacked, in bytes. A bundle that claims a larger one is refused before
/// memory is taken.
const LARGEST_LIBRARY: u64 = 256 * 1024 * 1024;

/// What a bundle says of itself: what is in it, and what it was built by and for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of its form.
    pub format: u32,
    /// The platform that its libraries are for, as rustc names it.
    pub target: String,
    /// The plugin ABI that its libraries speak.
    pub abi: Abi,
    /// The version of the runner that packed it.
    pub runner: String,
    /// The version of migration-api that its libraries were built with.
    pub migration_api: String,
    /// The version of rustc that built them.
    pub rustc: String,
    /// What is in it, oldest first.
    pub migrations: Vec<Bundled>,
    /// The files of views and triggers that change in place; `None`: it was packed without a folder of them, and says
    /// nothing of what was applied from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeatable: Option<Vec<RepeatableFile>>,
}

/// A version of the plugin ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abi {
    /// Another one cannot be loaded.
    pub major: u16,
    /// A newer one can.
    pub minor: u16,
}

/// A migration in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundled {
    /// The migration.
    pub id: MigrationId,
    /// The digest of its source.
    pub source_digest: String,
    /// Whether it may be reverted; `false`: it declares that it cannot.
    pub reversible: bool,
    /// Whether it runs in a transaction.
    pub transactional: bool,
    /// The migrations that it replaces, oldest first. An older runner refuses a bundle that has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<MigrationId>,
    /// Its library.
    pub library: Sized,
    /// Its library as it lies in the archive.
    pub packed: Sized,
}

/// Bytes, identified by their number and their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sized {
    /// How many.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sha256: String,
}

impl Sized {
    /// Of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: sha256(bytes) }
    }

    /// Whether these are the bytes.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        *self == Self::of(bytes)
    }
}

impl Manifest {
    /// Reads the manifest, for whatever program its libraries are.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        /// What every format begins with.
        #[derive(Deserialize)]
        struct Beginning {
            format: u32,
        }
        let Beginning { format } = serde_json::from_slice(bytes).map_err(Flaw::Manifest)?;
        if format != FORMAT {
            return Err(Flaw::OtherFormat { found: format });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(Flaw::Manifest)?;
        manifest.judge_migrations()?;
        Ok(manifest)
    }

    /// Refuses one whose libraries are not for this program.
    pub(super) fn judge_platform(&self) -> Result<(), Flaw> {
        if self.abi.major != abi::MAJOR {
            return Err(Flaw::OtherAbi { found: self.abi.major });
        }
        if self.target != TARGET {
            return Err(Flaw::OtherTarget { found: self.target.clone() });
        }
        Ok(())
    }

    fn judge_migrations(&self) -> Result<(), Flaw> {
        // Stamps are as good as ids here: no two migrations have the same.
        if let Some(pair) =
            self.migrations.windows(2).find(|pair| pair[0].id.stamp() >= pair[1].id.stamp())
        {
            return Err(Flaw::Order { id: pair[1].id.clone() });
        }
        let is_too_large =
            |bundled: &&Bundled| bundled.library.size.max(bundled.packed.size) > LARGEST_LIBRARY;
        match self.migrations.iter().find(is_too_large) {
            Some(bundled) => Err(Flaw::TooLarge { id: bundled.id.clone() }),
            None => Ok(()),
        }
    }
}
