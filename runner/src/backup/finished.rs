//! A backup that is written to its end: opened without a trace, and looked through.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::BackupError;
use super::same_content::first_difference;

/// Opens a file that nobody writes to any more. Nothing is made beside it, not even for a database in
/// WAL mode, and no lock is taken (<https://sqlite.org/uri.html#uriimmutable>).
///
/// # Errors
/// SQLite's.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri(path), flags)
}

/// `path` as a URI of SQLite, with every byte that could mean something written as a number.
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

/// Whether the file at `path` holds all that `original` holds, and is a sound database. A file that
/// was made and never filled is sound as well, so it is read against the original.
///
/// # Errors
/// It is damaged, as the original then is; or it differs.
pub(super) fn verify(path: &Path, original: &Connection) -> Result<(), BackupError> {
    let copy = open(path).map_err(reading(path))?;
    if let Some(found) = damage(&copy).map_err(reading(path))? {
        let path = original.path().unwrap_or_default().into();
        return Err(BackupError::DatabaseDamaged { path, found });
    }
    match first_difference(original, &copy).map_err(reading(path))? {
        None => Ok(()),
        Some(place) => Err(BackupError::Differs { path: path.to_owned(), place }),
    }
}

fn reading(path: &Path) -> impl Fn(rusqlite::Error) -> BackupError {
    move |source| BackupError::Sqlite { doing: "read", path: path.to_owned(), source }
}

/// The first thing that is broken in a database. Rows that break a constraint are none of it: they
/// were let in, and are to be copied as they are.
///
/// # Errors
/// SQLite's, for what is no database at all.
pub(super) fn damage(connection: &Connection) -> rusqlite::Result<Option<String>> {
    const CONSTRAINTS: [&str; 5] =
        ["NULL value in ", "NUMERIC value in ", "TEXT value in ", "CHECK constraint ", "non-"];
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut statement = match connection.prepare("PRAGMA quick_check") {
        // The collations of an application are known to it alone.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => return Ok(None),
        prepared => prepared?,
    };
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let found: String = row.get(0)?;
        if found != "ok" && !CONSTRAINTS.iter().any(|words| found.starts_with(words)) {
            // SQLite begins with a line that says in which database.
            let found = found.lines().find(|line| !line.starts_with("***"));
            return Ok(Some(found.unwrap_or("SQLite does not say what").to_owned()));
        }
    }
    Ok(None)
}

/// A file beside a database that belongs to it: a journal, of whichever kind, with something in it.
pub(super) fn journal_beside(path: &Path) -> Option<PathBuf> {
    ["-wal", "-journal"].into_iter().find_map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let is_one = |path: &Path| fs::metadata(path).is_ok_and(|file| file.len() > 0);
        Some(PathBuf::from(name)).filter(|path| is_one(path))
    })
}

/// Whether two paths lead to one file. Neither is opened: to close one would drop the locks of the other.
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
        let error = verify(&path, &original).unwrap_err();
        assert!(matches!(&error, BackupError::Differs { place, .. } if place == "t"), "{error}");
        fs::write(&path, "").unwrap();
        assert!(matches!(verify(&path, &original), Err(BackupError::Differs { .. })));
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
        verify(&one, &open(&one).unwrap()).unwrap();
        assert!(matches!(verify(&one, &open(&other).unwrap()), Err(BackupError::Differs { .. })));
    }

    #[test]
    fn rows_that_break_a_constraint_are_no_damage() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a CHECK (a > 1), b, c INTEGER);
                 PRAGMA ignore_check_constraints = ON;
                 INSERT INTO t VALUES (0, NULL, 'x');
                 PRAGMA ignore_check_constraints = OFF;
                 PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql =
                 'CREATE TABLE t (a CHECK (a > 1), b NOT NULL, c INTEGER)';
                 PRAGMA writable_schema = RESET",
            )
            .unwrap();
        assert_eq!(damage(&connection).unwrap(), None);
    }
}
