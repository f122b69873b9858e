//! Makes a bundle of a project: builds all migrations, and packs them.

use std::path::Path;

use migration_api::abi;

use super::pack;
use crate::cargo::{self, BuildOptions};
use crate::compile::{Built, CompileError, Profile, compile};
use crate::error::{Error, PackError};
use crate::migration_source::Migrations;
use crate::project::Project;
use runner_engine::bundle::{Abi, FORMAT, Manifest, TARGET, write};
use runner_engine::{Event, Observer};

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// How long the file is, in bytes.
    pub size: u64,
}

/// Builds every migration with the profile `release` of their workspace, for `target` or else this
/// machine, and packs them into the file `output`, in the place of what is there. The same sources
/// in the same folder, of which the same is known by trials and rehearsals, give the same bytes.
///
/// # Errors
/// As [`compile`]; a library that is no migration, or that brings an SQLite of its own; a file that
/// cannot be written, or whose name belongs to a database.
pub fn make(
    project: &Project,
    output: &Path,
    target: Option<&str>,
    options: BuildOptions,
    observe: &mut Observer<'_>,
) -> Result<Packed, Error> {
    project.config().database.refuse_reserved(output)?;
    let Migrations::Workspace(workspace) = project.source() else {
        return Err(PackError::NoCrates.into());
    };
    let definitions = workspace.definitions()?;
    let has_folder = project.config().repeatable.is_dir();
    let repeatable = has_folder.then(|| definitions.files().to_vec());
    observe(Event::Building { count: workspace.sources.len() });
    let profile = Profile::Release { target };
    let folder = &workspace.folder;
    // With no package named, cargo would build whatever is there.
    let built = match workspace.sources.as_slice() {
        [] => Built::default(),
        sources => compile(folder, sources, profile, options, project.stop(), observe)?,
    };
    observe(Event::Built);
    let all = pack::pack_all(&built.artifacts, &project.verdicts())?;
    let manifest = Manifest {
        format: FORMAT,
        target: target.unwrap_or(TARGET).to_owned(),
        abi: Abi { major: abi::MAJOR, minor: abi::MINOR },
        runner: env!("CARGO_PKG_VERSION").to_owned(),
        migration_api: built.api_version,
        rustc: cargo::rustc_version(folder).map_err(CompileError::from)?,
        migrations: all.iter().map(|packed| packed.bundled.clone()).collect(),
        repeatable,
    };
    write(output, &manifest, &all)
        .map_err(|source| PackError::Unwritable { path: output.to_owned(), source })?;
    let size = std::fs::metadata(output)
        .map_err(|source| PackError::Unreadable { path: output.to_owned(), source })?
        .len();
    Ok(Packed { manifest, size })
}
