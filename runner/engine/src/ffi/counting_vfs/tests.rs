//! What is counted is what lies in the folder.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::*;

const FILL: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO t (a) SELECT randomblob(300) FROM n;";

fn open(vfs: &CountingVfs, path: &Path) -> Connection {
    let connection =
        Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs.name()).unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, a)").unwrap();
    connection
}

fn size_beside(path: &Path, ending: &str) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    fs::metadata(name).unwrap().len()
}

#[test]
fn a_rollback_journal_counts_with_its_largest_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let vfs = CountingVfs::new().unwrap();
    let connection = open(&vfs, &path);
    connection.execute_batch(FILL).unwrap();
    vfs.begin_anew();
    assert_eq!(vfs.largest(), LargestSizes { journal: 0, log: 0, temporary: 0 });
    connection
        .execute_batch("PRAGMA cache_size = 5; BEGIN; UPDATE t SET a = randomblob(300)")
        .unwrap();
    let there = size_beside(&path, "-journal");
    assert!(there > 500_000, "{there}");
    assert_eq!(vfs.largest().journal, there);
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(vfs.largest(), LargestSizes { journal: there, log: 0, temporary: 0 });
    vfs.begin_anew();
    assert_eq!(vfs.largest().journal, 0);
}

#[test]
fn a_log_keeps_its_size_and_belongs_to_all_connections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let vfs = CountingVfs::new().unwrap();
    let connection = open(&vfs, &path);
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    connection.execute_batch(FILL).unwrap();
    let there = size_beside(&path, "-wal");
    assert!(there > 500_000, "{there}");
    let other = open(&vfs, &path);
    drop(connection);
    vfs.begin_anew();
    assert_eq!(vfs.largest(), LargestSizes { journal: 0, log: there, temporary: 0 });
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    vfs.begin_anew();
    assert_eq!(vfs.largest().log, 0);
}

#[test]
fn temporary_files_count_together_until_they_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let vfs = CountingVfs::new().unwrap();
    let connection = open(&vfs, &folder.path().join("a.db"));
    connection.execute_batch("PRAGMA temp_store = FILE; PRAGMA cache_size = 5").unwrap();
    // What fits into a mebibyte is sorted in memory.
    for _ in 0..5 {
        connection.execute_batch(FILL).unwrap();
    }
    vfs.begin_anew();
    connection.execute_batch("CREATE INDEX t_a ON t (a)").unwrap();
    let sorted = vfs.largest().temporary;
    assert!(sorted > 5 * 3000 * 300, "{sorted}");
    vfs.begin_anew();
    assert_eq!(vfs.largest().temporary, 0);
    connection.execute_batch("CREATE TEMP TABLE u AS SELECT * FROM t").unwrap();
    vfs.begin_anew();
    let kept = vfs.largest().temporary;
    assert!(kept > 5 * 3000 * 300, "{kept}");
    connection.execute_batch("CREATE INDEX t_a2 ON t (a, id)").unwrap();
    assert!(vfs.largest().temporary > kept + 5 * 3000 * 300);
    drop(connection);
    vfs.begin_anew();
    assert_eq!(vfs.largest().temporary, 0);
}

#[test]
fn vacuum_makes_a_temporary_copy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let vfs = CountingVfs::new().unwrap();
    let connection = open(&vfs, &path);
    connection.execute_batch(FILL).unwrap();
    connection.execute_batch("PRAGMA cache_size = 5; VACUUM").unwrap();
    let size = fs::metadata(&path).unwrap().len();
    assert!(vfs.largest().temporary >= size * 9 / 10, "{:?} {size}", vfs.largest());
}

#[test]
fn what_is_written_through_it_is_what_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let vfs = CountingVfs::new().unwrap();
    for mode in ["delete", "truncate", "persist", "wal"] {
        let connection = open(&vfs, &path);
        connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(())).unwrap();
        connection.execute_batch(FILL).unwrap();
        connection.execute_batch("PRAGMA cache_size = 5; BEGIN; DELETE FROM t; ROLLBACK").unwrap();
        let plain = Connection::open(&path).unwrap();
        plain.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        plain.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        connection.execute_batch("COMMIT").unwrap();
        let sound: String =
            plain.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
    }
    let rows: i64 =
        open(&vfs, &path).query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 4 * 3000);
}

#[test]
fn nobody_else_counts_in_it_until_it_is_given_back() {
    let [one, other] = [(); 2].map(|()| CountingVfs::new().unwrap());
    assert_ne!(one.name(), other.name());
}
