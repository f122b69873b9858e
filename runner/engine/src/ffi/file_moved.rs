//! Whether a database's file was moved since it was opened.

use std::ptr;

use rusqlite::{Connection, ffi};

/// Whether the file of `connection` was renamed, removed or replaced since it was opened
/// (<https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved>). Where the system
/// cannot say, the answer is `false`.
pub(crate) fn has_moved(connection: &Connection) -> bool {
    let mut moved: i32 = 0;
    // SAFETY: the connection is open, the name ends with a zero, and the last argument takes the
    // answer that this question has.
    let outcome = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            ffi::SQLITE_FCNTL_HAS_MOVED,
            ptr::from_mut(&mut moved).cast(),
        )
    };
    outcome == ffi::SQLITE_OK && moved != 0
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_renamed_removed_or_replaced_has_moved() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        assert!(!has_moved(&connection));
        fs::rename(&path, &other).unwrap();
        assert!(has_moved(&connection));
        fs::copy(&other, &path).unwrap();
        assert!(has_moved(&connection));
        fs::rename(&other, &path).unwrap();
        assert!(!has_moved(&connection));
        fs::remove_file(&path).unwrap();
        assert!(has_moved(&connection));
    }
}
