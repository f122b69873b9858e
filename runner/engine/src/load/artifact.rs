//! A migration in built form, and where its library is.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::direction::Direction;
use crate::id::MigrationId;
use crate::source_text::PackedSource;

/// A migration in built form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The migration.
    pub id: MigrationId,
    /// Its dynamic library.
    pub library: Library,
    /// The digest of the source it was built from.
    pub source_digest: String,
    /// The folder of that source, if it is known: an error names the line in it.
    #[serde(default)]
    pub source: Option<PathBuf>,
    /// That source itself, for the log, if it is known. Nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<PackedSource>,
    /// The migrations that it replaces, oldest first, as the plan knows them. Refused unless the library says the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<MigrationId>,
}

/// Where the library of a migration is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Library {
    /// In a file that cargo built: an absolute path.
    File(PathBuf),
    /// In the bundle of the job, which is shown by this name.
    Bundled(String),
}

impl From<PathBuf> for Library {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl Display for Library {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Bundled(name) => write!(f, "the bundle {name}"),
        }
    }
}

/// A step of a plan, with the library that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltStep {
    /// Its direction.
    pub direction: Direction,
    /// The migration.
    pub artifact: Artifact,
}
