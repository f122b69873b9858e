//! Makes a bundle of a project: builds all that there is, and packs it.

use std::path::Path;

use migration_api::abi;

use super::manifest::{Abi, FORMAT, Manifest, TARGET};
use super::pack::{self, PackError};
use crate::cargo::{self, BuildOptions};
use crate::compile::{CompileError, Profile, compile};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::known::Known;
use crate::project::Project;

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// How long the file is, in bytes.
    pub size: u64,
}

impl Project {
    /// Builds every migration with the profile `release` of their workspace, for `target` or else this
    /// machine, and packs them into the file `output`, in the place of what is there. The same sources
    /// in the same folder give the same bytes.
    ///
    /// # Errors
    /// As [`compile`]; a library that is no migration, or that brings an SQLite of its own; a file that
    /// cannot be written, or whose name belongs to a database.
    pub fn bundle(
        &self,
        output: &Path,
        target: Option<&str>,
        options: BuildOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Packed, Error> {
        self.config().database.refuse_reserved(output)?;
        let Known::Crates(crates) = self.known() else { return Err(PackError::NoCrates.into()) };
        observe(Event::Building { count: crates.sources.len() });
        let profile = Profile::Release { target };
        let workspace = &crates.workspace;
        // With no package named, cargo would build whatever is there.
        let built = match crates.sources.as_slice() {
            [] => crate::compile::Built::default(),
            sources => compile(workspace, sources, profile, options, self.stop(), observe)?,
        };
        observe(Event::Built);
        let all = pack::pack_all(&built.artifacts)?;
        let manifest = Manifest {
            format: FORMAT,
            target: target.unwrap_or(TARGET).to_owned(),
            abi: Abi { major: abi::MAJOR, minor: abi::MINOR },
            runner: env!("CARGO_PKG_VERSION").to_owned(),
            migration_api: built.api_version,
            rustc: cargo::rustc_version(workspace).map_err(CompileError::from)?,
            migrations: all.iter().map(|packed| packed.bundled.clone()).collect(),
        };
        pack::write(output, &manifest, &all)?;
        let size = std::fs::metadata(output)
            .map_err(|source| PackError::Unreadable { path: output.to_owned(), source })?
            .len();
        Ok(Packed { manifest, size })
    }
}
