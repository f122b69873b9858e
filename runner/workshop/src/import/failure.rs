//! Why a history of another tool was not imported.

use std::io;
use std::path::PathBuf;

use runner_engine::Exit;
use runner_engine::explain::Code;
use runner_engine::hint::{self, Hint};

use super::Tool;

/// Why a history of another tool was not imported. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The folder holds no migration of a tool that is known.
    #[error("`{}` holds no migrations of a tool that is known", folder.display())]
    NothingToImport {
        /// The folder.
        folder: PathBuf,
    },
    /// The tool's migrations are code of another language; its history is read from a database alone.
    #[error("the migrations of {tool} are no SQL files")]
    NoFiles {
        /// The tool.
        tool: Tool,
    },
    /// The file system refused.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ImportError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NothingToImport { .. } | Self::NoFiles { .. } | Self::Unreadable { .. } => {
                Exit::Usage
            }
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NothingToImport { .. } | Self::NoFiles { .. } => Code::NotImportable,
            Self::Unreadable { .. } => Code::UnreadableFile,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NothingToImport { .. } => {
                "name the folder that the tool reads its migrations from".into()
            }
            Self::NoFiles { .. } => {
                "name the database instead of a folder: its table says what is applied".into()
            }
            Self::Unreadable { source, .. } => return hint::reading(source),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant, refused};

    impl Examples for ImportError {
        fn examples() -> Vec<Self> {
            let folder = || PathBuf::from("/srv/game/db/migrations");
            each_variant!(ImportError:
                NothingToImport { folder: folder() },
                NoFiles { tool: Tool::Alembic },
                Unreadable { path: folder(), source: refused() },
            )
        }
    }
}
