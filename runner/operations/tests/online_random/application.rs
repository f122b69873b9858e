//! The application: the same connections to a database that is rebuilt online and to its copy, which must both say the
//! same of each statement.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, TransactionState};

/// What SQLite says of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Rows, and how many it changed. The last rowid is left out, since VACUUM leaves one of its own: RETURNING tells it.
    Done { rows: Vec<String>, changed: u64 },
    /// The extended code and the message.
    Refused(String),
}

/// One connection to each of the two databases.
pub(crate) struct Application {
    pub(crate) online: Connection,
    pub(crate) ordinary: Connection,
}

impl Application {
    pub(crate) fn open(online: &Path, ordinary: &Path, settings: &str) -> Self {
        let open = |path: &Path| {
            let connection = Connection::open(path).unwrap();
            connection.busy_timeout(Duration::ZERO).unwrap();
            connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
            connection.execute_batch(settings).unwrap();
            connection
        };
        Self { online: open(online), ordinary: open(ordinary) }
    }

    /// Runs `sql` on both; what is wrong if they differ.
    pub(crate) fn run(&self, sql: &str) -> Result<(), String> {
        let (online, ordinary) = (run(&self.online, sql), run(&self.ordinary, sql));
        if online != ordinary {
            return Err(format!("`{sql}` said {online:?} beside the rebuild, else {ordinary:?}"));
        }
        let states = [&self.online, &self.ordinary].map(Connection::is_autocommit);
        if states[0] != states[1] {
            return Err(format!("after `{sql}` autocommit is {} beside the rebuild", states[0]));
        }
        Ok(())
    }

    /// Whether it holds the write lock.
    pub(crate) fn writes(&self) -> bool {
        self.online.transaction_state(Some("main")).unwrap() == TransactionState::Write
    }
}

/// Statements are kept, so that those from before are used after.
fn run(connection: &Connection, sql: &str) -> Said {
    let said = || {
        let mut statement = connection.prepare_cached(sql)?;
        let width = statement.column_count();
        let before = connection.total_changes();
        let mut rows = statement.query([])?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let values: Vec<_> = (0..width).map(|at| shown(row.get_ref_unwrap(at))).collect();
            read.push(values.join("|"));
        }
        drop(rows);
        drop(statement);
        let changed = if connection.total_changes() == before { 0 } else { connection.changes() };
        Ok::<_, Error>(Said::Done { rows: read, changed })
    };
    said().unwrap_or_else(|error| {
        let code = error.sqlite_error().map_or(0, |error| error.extended_code);
        Said::Refused(format!("{code}: {error}"))
    })
}

/// A value with its type.
pub(crate) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
        ValueRef::Blob(blob) => format!("x{blob:02x?}"),
    }
}
