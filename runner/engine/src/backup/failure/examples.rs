//! One error of each kind, for the catalogue of messages.

use std::io;
use std::path::PathBuf;

use super::BackupError;
use crate::database::DatabaseError;
use crate::messages::{self, Examples, each_variant, refused};
use crate::record::RecordError;

impl Examples for BackupError {
    fn examples() -> Vec<Self> {
        let database = || PathBuf::from("/srv/game/app.db");
        let folder = || PathBuf::from("/srv/game/backups");
        let backup = || folder().join("20250106_090000.db");
        let found = || "row 3 missing from index by_name".to_owned();
        each_variant!(BackupError:
            Database(DatabaseError::example()),
            Record(RecordError::example()),
            Record(RecordError::examples().swap_remove(3)),
            Nothing { path: database() },
            InTheWay { path: backup() },
            ReservedName(crate::database::ReservedName::example()),
            NoFolder { folder: folder() },
            NoRoom { folder: folder(), needed: 3_000_000_000, free: 1_200_000 },
            NoRoom { folder: folder(), needed: 126_976, free: 98_304 },
            Io { doing: "write", path: backup(), source: refused() },
            Io { doing: "write", path: backup(), source: io::ErrorKind::StorageFull.into() },
            Io { doing: "write", path: backup(), source: io::ErrorKind::TimedOut.into() },
            Sqlite { doing: "read", path: database(), source: messages::busy() },
            Sqlite { doing: "read", path: database(), source: messages::corrupt() },
            Sqlite { doing: "write", path: backup(), source: messages::full() },
            Sqlite { doing: "read", path: database(), source: messages::io_error() },
            DatabaseDamaged { path: database(), found: found() },
            Differs { path: backup(), place: "player".into() },
            WrittenMeanwhile { path: database(), times: 20 },
            NoBackup { path: backup(), source: io::ErrorKind::NotFound.into() },
            NotABackup { path: backup(), why: "it is a folder" },
            InUse { path: backup(), journal: "/srv/game/backups/20250106_090000.db-wal".into() },
            BackupDamaged { path: backup(), found: found() },
            JournalLeft { path: database(), journal: "/srv/game/app.db-wal".into() },
            CannotKeep {
                path: database(),
                source: Box::new(Self::DatabaseDamaged { path: database(), found: found() }),
            },
        )
    }
}
