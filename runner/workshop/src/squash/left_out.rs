//! What migrations set that is no part of a schema.

use std::fmt;

use rusqlite::Connection;
use serde::Serialize;

use super::SquashError;

/// A property of the file that migrations set and a squash does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutSetting {
    /// The pragma that reads it.
    pub pragma: &'static str,
    /// Its value.
    pub value: String,
}

impl fmt::Display for LeftOutSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`PRAGMA {} = {}`", self.pragma, self.value)
    }
}

impl LeftOutSetting {
    /// Those of the file that `replayed` is open on, which a transaction cannot set.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn all(replayed: &Connection) -> Result<Vec<Self>, SquashError> {
        let read = || {
            let new = Connection::open_in_memory()?;
            let value = |connection: &Connection, pragma: &str| -> rusqlite::Result<String> {
                let value: rusqlite::types::Value =
                    connection.pragma_query_value(None, pragma, |row| row.get(0))?;
                Ok(match value {
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            };
            let mut found = Vec::new();
            for pragma in ["page_size", "auto_vacuum", "encoding"] {
                let is = value(replayed, pragma)?;
                if is != value(&new, pragma)? {
                    found.push(Self { pragma, value: is });
                }
            }
            // That of a database in memory is another one, and a file keeps no other than this.
            if value(replayed, "journal_mode")? == "wal" {
                found.push(Self { pragma: "journal_mode", value: "wal".to_owned() });
            }
            Ok(found)
        };
        read().map_err(SquashError::sqlite("read the scratch database"))
    }
}
