//! Commits that were not ours, as a connection outside of the transaction sees them.

use rusqlite::{Connection, OpenFlags};

use super::transaction::data_version;

/// Whether something was committed since `witness` saw the file as `version`, while a transaction of ours is open.
///
/// In WAL mode that is not all that changes the version: once the log is written into the file, the next who writes begins it
/// anew, and what does not fit into SQLite's cache is written before COMMIT (`walRestartLog` in its wal.c). Then there is
/// no commit in the log.
///
/// # Errors
/// SQLite's: then it is not known.
pub(super) fn since(witness: &Connection, version: i64) -> rusqlite::Result<bool> {
    Ok(data_version(witness)? != version && !log_was_begun_anew(witness))
}

/// Whether there is a write-ahead log without a commit. The witness may not write, and SQLite does not tell it.
fn log_was_begun_anew(witness: &Connection) -> bool {
    let frames = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(witness.path().unwrap_or_default(), flags)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        // The number is -1 where there is no log.
        connection.query_row("PRAGMA main.wal_checkpoint(NOOP)", [], |row| row.get::<_, i64>(1))
    };
    frames() == Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that writes, and a witness, of a database in WAL mode whose log is written into the file.
    fn scene(folder: &tempfile::TempDir) -> (Connection, Connection) {
        let path = folder.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA cache_size = 5; CREATE TABLE t (a);
                 INSERT INTO t VALUES (randomblob(9000)); PRAGMA wal_checkpoint",
            )
            .unwrap();
        let witness = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        (connection, witness)
    }

    const MUCH: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
                        INSERT INTO t SELECT randomblob(1000) FROM n";

    #[test]
    fn a_log_that_is_begun_anew_before_commit_is_no_commit() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, witness) = scene(&folder);
        let version = data_version(&witness).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection.execute_batch(MUCH).unwrap();
        assert_ne!(data_version(&witness).unwrap(), version, "the log was not begun anew");
        assert!(!since(&witness, version).unwrap());
        connection.execute_batch("COMMIT").unwrap();
        assert!(since(&witness, version).unwrap());
    }

    #[test]
    fn a_commit_is_one_in_each_journal_mode() {
        for mode in ["WAL", "DELETE"] {
            let folder = tempfile::tempdir().unwrap();
            let (connection, witness) = scene(&folder);
            connection.pragma_update(None, "journal_mode", mode).unwrap();
            let version = data_version(&witness).unwrap();
            assert!(!since(&witness, version).unwrap(), "{mode}");
            connection.execute_batch("INSERT INTO t VALUES (1)").unwrap();
            assert!(since(&witness, version).unwrap(), "{mode}");
        }
    }
}
