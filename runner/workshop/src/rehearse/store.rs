//! Where the last rehearsal of a database is kept: in cargo's target folder of the migrations, or beside the database
//! if they come from a bundle.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use runner_engine::partial_file::{self, Readers};
use runner_engine::sum::Sum;

use super::record::Rehearsal;
use crate::cargo::file_in_target;
use crate::migration_source::Migrations;
use crate::project::Project;

/// The file of the last rehearsal of a database.
#[derive(Debug)]
pub(crate) struct RehearsalStore {
    place: PathBuf,
}

/// What is kept.
#[derive(Debug)]
pub(crate) enum Kept {
    /// Nothing.
    Nothing,
    /// A file that is damaged, or of another version.
    Unreadable,
    /// The last rehearsal.
    Rehearsal(Box<Rehearsal>),
}

/// The last rehearsal of the database of `project`; `None`: there was none, or what is kept of it cannot be read.
#[must_use]
pub fn last(project: &Project) -> Option<Rehearsal> {
    match RehearsalStore::of(project).read() {
        Kept::Rehearsal(rehearsal) => Some(*rehearsal),
        Kept::Nothing | Kept::Unreadable => None,
    }
}

impl RehearsalStore {
    /// That of the database of `project`.
    pub(crate) fn of(project: &Project) -> Self {
        let workspace = match project.source() {
            Migrations::Workspace(workspace) => Some(workspace.folder.as_path()),
            Migrations::Bundle(_) => None,
        };
        Self::in_workspace(workspace, &project.config().database.path)
    }

    /// That of `database`, for the migrations of `workspace`; `None`: they come from a bundle.
    fn in_workspace(workspace: Option<&Path>, database: &Path) -> Self {
        let Some(workspace) = workspace else {
            let mut name = database.as_os_str().to_owned();
            name.push(".rehearsal.json");
            return Self { place: name.into() };
        };
        let mut sum = Sum::new();
        let absolute = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        sum.part(absolute.as_os_str().as_encoded_bytes());
        let kind = format!("rehearsal-{:.16}", sum.hex());
        Self { place: file_in_target(workspace, &kind, "json") }
    }

    /// The file.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// What is kept in it.
    pub(crate) fn read(&self) -> Kept {
        let content = match fs::read(&self.place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Kept::Nothing,
            content => content.unwrap_or_default(),
        };
        match serde_json::from_slice::<Rehearsal>(&content) {
            Ok(rehearsal) if rehearsal.format == Rehearsal::FORMAT => {
                Kept::Rehearsal(Box::new(rehearsal))
            }
            _ => Kept::Unreadable,
        }
    }

    /// Keeps `rehearsal` in the place of the one before.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn write(&self, rehearsal: &Rehearsal) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(rehearsal).map_err(io::Error::other)?;
        let folder = self.place.parent().filter(|it| !it.as_os_str().is_empty());
        // It holds values of rows.
        let file = partial_file::create(folder.unwrap_or(Path::new(".")), Readers::Owner)?;
        fs::write(&file, text)?;
        file.persist(&self.place)?;
        Ok(())
    }
}
