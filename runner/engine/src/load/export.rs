//! What a library exports for the runner, under which name and version.

use std::fmt::{self, Display, Formatter};
use std::mem::offset_of;

use migration_api::abi as migration;
use migration_model::abi as models;

/// What a library is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// A migration: `export_migration!`.
    Migration,
    /// Models: `export_models!`.
    Models,
}

impl Export {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Migration => migration::SYMBOL,
            Self::Models => models::SYMBOL,
        }
    }

    pub(super) fn magic(self) -> [u8; 8] {
        match self {
            Self::Migration => migration::MAGIC,
            Self::Models => models::MAGIC,
        }
    }

    /// The least size of a descriptor.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Migration => migration::SMALLEST_DESCRIPTOR as usize,
            Self::Models => models::SMALLEST_DESCRIPTOR as usize,
        }
    }

    /// Where in a descriptor the digest of the source stands, if the descriptor is so long.
    pub(super) fn source_digest(self) -> usize {
        match self {
            Self::Migration => offset_of!(migration::Descriptor, source_digest),
            Self::Models => offset_of!(models::Descriptor, source_digest),
        }
    }

    pub(super) fn major(self) -> u16 {
        match self {
            Self::Migration => migration::MAJOR,
            Self::Models => models::MAJOR,
        }
    }

    /// The macro that exports it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Migration => "export_migration",
            Self::Models => "export_models",
        }
    }

    /// The crate that the macro is of.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Migration => "migration-api",
            Self::Models => "migration-model",
        }
    }

    pub(super) fn how_to_export(self) -> &'static str {
        match self {
            Self::Migration => {
                "write `export_migration!(YourType);` at the end of its `src/lib.rs`"
            }
            Self::Models => {
                "write `migration_model::export_models!(YourTable, ...);` in its `src/lib.rs`"
            }
        }
    }

    pub(super) fn descriptor(self) -> &'static str {
        match self {
            Self::Migration => "migration's descriptor",
            Self::Models => "descriptor of models",
        }
    }

    pub(super) fn abi(self) -> &'static str {
        match self {
            Self::Migration => "the plugin ABI",
            Self::Models => "the ABI of models",
        }
    }
}

impl Display for Export {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Migration => "migration",
            Self::Models => "models",
        })
    }
}
