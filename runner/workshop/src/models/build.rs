//! From a crate of models to its dynamic library, and what that exports.

use std::fs;
use std::mem::offset_of;
use std::path::{Path, PathBuf};

use migration_model::abi::{self, Descriptor};
use serde::Deserialize;

use super::failure::{LoadReason, ModelsError};
use super::source::ModelsSource;
use crate::cargo::{self, BuildOptions, Product, Variables};
use crate::digest::Snapshot;
use crate::provenance::{self, Doubt, Subject};
use runner_engine::Observer;
use runner_engine::Stop;
use runner_engine::load::{Export, ExportWords};
use runner_engine::regular_file;

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

/// A built crate of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelsLibrary {
    /// Its dynamic library, as an absolute path.
    pub path: PathBuf,
    /// The digest of the source that it was built from.
    pub source_digest: String,
}

/// Builds the crate in `folder`, in whatever workspace it is and into the target folder of that, and
/// gives its library. It is built as a dynamic library whatever its `Cargo.toml` says, so that an
/// application's own crate can be one of models.
///
/// # Errors
/// No crate is there; no cargo; cargo's own errors, in full; it was stopped; it was edited again and
/// again while cargo built it; a library of another source, which cargo does not build anew.
pub fn build(
    folder: &Path,
    options: BuildOptions,
    stop: &Stop,
    observe: &mut Observer<'_>,
) -> Result<ModelsLibrary, ModelsError> {
    ModelsSource::Crate(folder.to_owned()).inspect()?;
    let unreadable = |source| ModelsError::Unreadable { path: folder.to_owned(), source };
    let folder = fs::canonicalize(folder).map_err(unreadable)?;
    let manifest = folder.join("Cargo.toml");
    let arguments = ["rustc", "--crate-type", "cdylib"];
    let cargo = |variables: &Variables| {
        let built =
            cargo::build(Product::Models, &folder, &arguments, variables, options, stop, observe)
                .map_err(|source| ModelsError::Cargo { folder: folder.clone(), source })?;
        let own = built.libraries.into_iter().find(|library| is_same(&library.manifest, &manifest));
        let own = own.ok_or_else(|| ModelsError::NoLibrary { folder: folder.clone() })?;
        Ok(vec![own.path])
    };
    let refuse = |_, doubt| match doubt {
        Doubt::Edited => ModelsError::Edited { folder: folder.clone() },
        Doubt::Library(library, error) => {
            ModelsError::Load { library, reason: LoadReason::Inspect(error) }
        }
    };
    let name = library_name(&manifest).unwrap_or_default();
    let subject = Subject { folder: &folder, name, export: MODELS, snapshot: Snapshot::of_models };
    let traced = provenance::build(&[subject], cargo, refuse)?.pop();
    let traced = traced.ok_or_else(|| ModelsError::NoLibrary { folder: folder.clone() })?;
    Ok(ModelsLibrary { path: traced.library, source_digest: traced.source_digest })
}

/// What rustc calls the library of the package with this `manifest`. Whatever is wrong with that is for
/// cargo to say.
fn library_name(manifest: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Named,
        lib: Option<Library>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    #[derive(Deserialize)]
    struct Library {
        name: Option<String>,
    }
    let manifest: Manifest =
        toml::from_str(&regular_file::read_text(manifest, regular_file::SETTINGS).ok()?).ok()?;
    let named = manifest.lib.and_then(|library| library.name);
    Some(named.unwrap_or(manifest.package.name).replace('-', "_"))
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || fs::canonicalize(a).is_ok_and(|a| a == b)
}
