//! The table that everything is done to.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// `level` holds numbers as text, so that another type means other values.
const TABLE: &str = "CREATE TABLE player (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email VARCHAR(80) NOT NULL,
    score INTEGER,
    level TEXT,
    note TEXT,
    CONSTRAINT fair CHECK (score >= 0)
)";

const INDEXES: &str = "CREATE INDEX player_name ON player (name);
CREATE INDEX player_score ON player (score)";

const ROWS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
INSERT INTO player
SELECT i, 'player ' || (i * 7919 % 1000003), 'player' || i || '@example.org', i * 104729 % 100003,
       CAST(i % 100 AS TEXT), 'seen on day ' || (i % 365) FROM n";

/// A database that is only copied. It is removed when this is dropped.
pub(crate) struct Original {
    path: PathBuf,
    pub(crate) rows: u32,
}

impl Original {
    pub(crate) fn make(rows: u32) -> Self {
        let path = folder().join(format!("{rows}-rows.db"));
        remove(&path);
        let connection = Connection::open(&path).unwrap();
        // Nobody needs this file after a crash.
        connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
        connection.execute_batch(TABLE).unwrap();
        connection.execute(ROWS, [rows]).unwrap();
        connection.execute_batch(INDEXES).unwrap();
        Self { path, rows }
    }

    /// A copy that is on the disk: otherwise the next commit would pay for what is still to be
    /// written.
    pub(crate) fn copy(&self) -> Copy {
        let path = folder().join(format!("{}-rows-changed.db", self.rows));
        fs::copy(&self.path, &path).unwrap();
        File::open(&path).unwrap().sync_all().unwrap();
        Copy { path }
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A database to change, removed when it is dropped.
pub(crate) struct Copy {
    pub(crate) path: PathBuf,
}

impl Copy {
    /// Panics unless all rows are there, `level` holds numbers, and both indexes exist: a time for
    /// less work would say nothing.
    pub(crate) fn has_numbers(&self, rows: u32) {
        let connection = Connection::open(&self.path).unwrap();
        let numbers: u32 = connection
            .query_row("SELECT count(*) FROM player WHERE typeof(level) = 'integer'", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(numbers, rows);
        let indexes: u32 = connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'index'", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(indexes, 2);
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A connection with the settings that migrations run under.
pub(crate) fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "synchronous", "EXTRA").unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("operations");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn remove(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
}
