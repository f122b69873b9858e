//! Which file a database is.

use std::fs;

use serde::{Deserialize, Serialize};

use super::Database;

/// Which file a database is, whatever its name. Elsewhere than on Unix all are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Database {
    /// Which file it is now. The file is not opened: closing it would drop SQLite's locks. `None`:
    /// there is no file yet, or it cannot be reached.
    pub(crate) fn identity(&self) -> Option<Identity> {
        let metadata = fs::metadata(self.file()).ok()?;
        (metadata.len() > 0).then(|| of(&metadata))
    }
}

#[cfg(unix)]
fn of(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

#[cfg(not(unix))]
fn of(_metadata: &fs::Metadata) -> Identity {
    Identity { device: 0, inode: 0 }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_itself_when_it_changes_and_is_another_when_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::at(folder.path().join("a.db"));
        assert_eq!(database.identity(), None);
        fs::write(&database.path, "").unwrap();
        assert_eq!(database.identity(), None);
        fs::write(&database.path, "one").unwrap();
        let one = database.identity().unwrap();
        fs::write(&database.path, "more of it").unwrap();
        assert_eq!(database.identity(), Some(one));
        let other = folder.path().join("b.db");
        fs::write(&other, "one").unwrap();
        fs::rename(&other, &database.path).unwrap();
        assert_ne!(database.identity(), Some(one));
    }
}
