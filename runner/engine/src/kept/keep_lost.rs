//! Which migrations' losses are kept, where, and for how long.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::keep_file::KeepFile;
use crate::id::MigrationId;

/// How what migrations take away is kept, so that their way back can put it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepLost {
    /// The migrations.
    pub of: KeptOf,
    /// The file that it goes to; `None`: tables of the runner's in the database itself.
    #[serde(default)]
    pub file: Option<KeepFile>,
    /// The file that values were kept in, where it is no longer where it was made. For the way back.
    #[serde(default)]
    pub moved_to: Option<PathBuf>,
    /// For how long.
    #[serde(default)]
    pub retention: Retention,
}

/// Of which migrations it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptOf {
    /// Of none.
    #[default]
    None,
    /// Of each that says that it loses something.
    All,
    /// Of those with these ids or names.
    Named(Vec<String>),
}

/// For how long values are kept in the database. What is over a limit goes when the next step is committed, the oldest
/// first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// For so many days.
    #[serde(default)]
    pub days: Option<u32>,
    /// At most so many bytes in all; what was kept last stays, whatever its size.
    #[serde(default)]
    pub bytes: Option<u64>,
}

impl KeepLost {
    /// Nothing is kept.
    pub(crate) const NOTHING: &'static Self = &Self {
        of: KeptOf::None,
        file: None,
        moved_to: None,
        retention: Retention { days: None, bytes: None },
    };
}

impl KeptOf {
    /// Whether what `id` loses is kept.
    #[must_use]
    pub fn covers(&self, id: &MigrationId) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| means(name, id)),
        }
    }

    /// The first name that none of `ids` has: what it loses would not be kept, unseen.
    #[must_use]
    pub fn unknown_among(&self, ids: &[MigrationId]) -> Option<&str> {
        let Self::Named(names) = self else { return None };
        let is_unknown = |name: &&String| !ids.iter().any(|id| means(name, id));
        names.iter().find(is_unknown).map(String::as_str)
    }
}

fn means(name: &str, id: &MigrationId) -> bool {
    name == id.as_str() || name == id.name()
}

impl Retention {
    /// Whether it limits nothing.
    pub(crate) fn is_for_ever(self) -> bool {
        self == Self::default()
    }
}
