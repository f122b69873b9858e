//! A backup that is complete: opened without leaving a trace, and checked.

use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::{Connection, OpenFlags};

use super::BackupError;
use super::indexes::compare_indexes;
use super::same_content::first_difference;
use super::verification::{Soundness, Verification, confirmed, look_through};
use crate::database::{is_in_force, journal_of};
use crate::unverified::Unverified;

/// Opens a file that no process writes to any more. Nothing is made beside it, not even for a database
/// in WAL mode, and no lock is taken (<https://sqlite.org/uri.html#uriimmutable>).
///
/// # Errors
/// SQLite's.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri(path), flags)
}

/// `path` as a URI for SQLite, with every special byte escaped.
fn uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from(if cfg!(windows) { "file:///" } else { "file:" });
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri + "?immutable=1"
}

/// Checks that the file at `path` holds all that `original` holds, and is a sound database. A file that
/// was made and never filled is sound as well, so both are read. Returns what could not be verified.
///
/// # Errors
/// It is damaged, as the original then is; or it differs.
pub(super) fn verify(
    path: &Path,
    original: &Connection,
    verification: Verification,
) -> Result<Vec<Unverified>, BackupError> {
    let mut unread = Vec::new();
    let compare = |copy: &Connection| first_difference(original, copy, &mut unread);
    let (soundness, difference) =
        look_through_file(path, verification, compare).map_err(reading(path))?;
    let mut unverified = match soundness {
        Soundness::Sound(unverified) => unverified,
        Soundness::Damaged(found) => {
            let path = original.path().unwrap_or_default().into();
            return Err(BackupError::DatabaseDamaged { path, found });
        }
    };
    match difference.map_err(reading(path))? {
        None => {
            for mut rows in unread {
                rows.explain(&unverified);
                unverified.push(rows);
            }
            Ok(unverified)
        }
        Some(place) => Err(BackupError::Differs { path: path.to_owned(), place }),
    }
}

/// Checks the file at `path`, which no process writes to any more, and does `besides` with it.
///
/// # Errors
/// SQLite's, for what is no database at all.
pub(super) fn look_through_file<T>(
    path: &Path,
    verification: Verification,
    besides: impl FnOnce(&Connection) -> T,
) -> rusqlite::Result<(Soundness, T)> {
    let copy = open(path)?;
    thread::scope(|scope| {
        // It takes about as long as all the rest, and whoever wants to write waits meanwhile.
        let indexes = (verification == Verification::Usual)
            .then(|| scope.spawn(|| open(path).and_then(|copy| compare_indexes(&copy))));
        let soundness = look_through(&copy, verification)?;
        let done = besides(&copy);
        let (mut unverified, indexes) = match (soundness, indexes) {
            (Soundness::Sound(unverified), Some(indexes)) => (unverified, indexes),
            (soundness, _) => return Ok((soundness, done)),
        };
        // What the other thread came upon in a damaged file means nothing beside SQLite's verdict.
        let compared = indexes.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        if let Some(suspect) = compared.suspect
            && let Some(found) = confirmed(&copy, &suspect.table, &suspect.index)?
        {
            return Ok((Soundness::Damaged(found), done));
        }
        let is_news = |index: &Unverified| !unverified.iter().any(|known| known.covers(index));
        let news: Vec<_> = compared.unverified.into_iter().filter(is_news).collect();
        unverified.extend(news);
        Ok((Soundness::Sound(unverified), done))
    })
}

fn reading(path: &Path) -> impl Fn(rusqlite::Error) -> BackupError {
    move |source| BackupError::Sqlite { doing: "read", path: path.to_owned(), source }
}

/// A file beside a database that belongs to it: a log with something in it, or a rollback journal that is
/// in force.
pub(super) fn journal_beside(path: &Path) -> Option<PathBuf> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    if fs::metadata(&log).is_ok_and(|file| file.len() > 0) {
        return Some(log);
    }
    Some(journal_of(path)).filter(|journal| is_in_force(journal))
}

/// Whether two paths lead to one file. Neither is opened: closing one would drop the locks of the
/// other.
#[cfg(unix)]
pub(super) fn is_the_same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
    place(a).is_some_and(|a| Some(a) == place(b))
}

#[cfg(not(unix))]
pub(super) fn is_the_same_file(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_name_is_opened_and_nothing_is_made_beside_it() {
        for mode in ["DELETE", "WAL"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a b?mode=memory#%41ü.db");
            let connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "journal_mode", mode).unwrap();
            connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
            drop(connection);
            let opened = open(&path).unwrap();
            let rows: i64 = opened.query_row("SELECT count(*) FROM t", [], |r| r.get(0)).unwrap();
            assert_eq!(rows, 1, "{mode}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{mode}");
        }
    }

    #[test]
    fn an_empty_database_is_no_backup_of_a_filled_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let original = Connection::open_in_memory().unwrap();
        original.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        let error = verify(&path, &original, Verification::Usual).unwrap_err();
        assert!(matches!(&error, BackupError::Differs { place, .. } if place == "t"), "{error}");
        fs::write(&path, "").unwrap();
        let verified = verify(&path, &original, Verification::Usual);
        assert!(matches!(verified, Err(BackupError::Differs { .. })));
    }

    #[test]
    fn what_only_the_application_knows_how_to_sort_is_compared_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one.db", "other.db"].map(|name| folder.path().join(name));
        let make = |path: &Path, value: i64| {
            let connection = Connection::open(path).unwrap();
            connection
                .execute_batch(&format!(
                    "CREATE TABLE t (a TEXT, b); CREATE INDEX i ON t (a);
                     INSERT INTO t VALUES ('x', {value});
                     PRAGMA writable_schema = ON;
                     UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'TEXT COLLATE mine')"
                ))
                .unwrap();
        };
        make(&one, 1);
        make(&other, 2);
        let verified = |against: &Path| verify(&one, &open(against).unwrap(), Verification::Usual);
        assert!(!verified(&one).unwrap().is_empty());
        assert!(matches!(verified(&other), Err(BackupError::Differs { .. })));
    }

    #[test]
    fn a_table_that_cannot_be_read_is_named_and_all_others_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, value: i64| {
            let path = folder.path().join(name);
            let connection = Connection::open(&path).unwrap();
            connection
                .execute_batch(&format!(
                    "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('x');
                     CREATE TABLE u (b); INSERT INTO u VALUES ({value});
                     PRAGMA writable_schema = ON;
                     UPDATE sqlite_schema SET sql = replace(sql, 'TEXT', 'TEXT COLLATE mine')"
                ))
                .unwrap();
            path
        };
        let [one, other] = [make("one.db", 1), make("other.db", 2)];
        let verified = |against: &Path| verify(&one, &open(against).unwrap(), Verification::Usual);
        let said: Vec<_> = verified(&one).unwrap().iter().map(ToString::to_string).collect();
        let why = "no such collation sequence: mine";
        assert_eq!(
            said,
            [
                format!("the pages and indexes of `t` were not looked at: {why}"),
                format!("the rows of `t` were not read: {why}"),
            ]
        );
        let place = verified(&other).unwrap_err();
        assert!(matches!(&place, BackupError::Differs { place, .. } if place == "u"), "{place}");
    }
}
