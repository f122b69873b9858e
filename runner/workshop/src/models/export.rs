//! What a library of models exports.

use std::mem::offset_of;

use migration_model::abi::{self, Descriptor};
use runner_engine::load::{Export, ExportWords};

/// Models: `export_models!`.
pub(crate) const MODELS: &Export = &Export {
    symbol: abi::SYMBOL,
    magic: abi::MAGIC,
    major: abi::MAJOR,
    smallest: abi::SMALLEST_DESCRIPTOR as usize,
    source_digest: offset_of!(Descriptor, source_digest),
    words: ExportWords {
        name: "models",
        descriptor: "descriptor of models",
        abi: "the ABI of models",
        by: "export_models",
        package: "migration-model",
        how_to_export: "write `migration_model::export_models!(YourTable, ...);` in its `src/lib.rs`",
    },
};
