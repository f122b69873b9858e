//! The schemas of the past, made of what the log keeps of them.

use std::vec::IntoIter;

use rusqlite::Connection;

use super::{SCHEMAS, SchemaText, TABLE, exists};
use crate::record::RecordError;

/// The schemas around an entry. What the log does not have is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// As the entry before left it; before the first it is empty.
    pub left: Option<SchemaText>,
    /// As this one found it.
    pub before: Option<SchemaText>,
    /// As this one left it.
    pub after: Option<SchemaText>,
}

/// The schemas of the past, entry by entry.
pub struct Schemas {
    /// The entries that are not reached yet.
    left: IntoIter<Step>,
    /// The schema after the last that was.
    schema: Option<SchemaText>,
}

/// What an entry says of the schema.
struct Step {
    number: u64,
    digest: Option<String>,
    found: Option<Vec<u8>>,
    change: Option<Vec<u8>>,
}

impl Schemas {
    /// Of the log of this database.
    ///
    /// # Errors
    /// SQLite's.
    pub fn read(connection: &Connection) -> Result<Self, RecordError> {
        let mut steps = Vec::new();
        if exists(connection, TABLE.name)? {
            let mut statement = connection.prepare(SCHEMAS)?;
            let all = statement.query_map([], |row| {
                let number = row.get::<_, i64>(0)?.unsigned_abs();
                Ok(Step { number, digest: row.get(1)?, found: row.get(2)?, change: row.get(3)? })
            })?;
            steps = all.collect::<rusqlite::Result<_>>()?;
        }
        Ok(Self { left: steps.into_iter(), schema: Some(SchemaText::default()) })
    }

    /// The schemas around the entry `number`, which must be greater each time.
    pub fn around(&mut self, number: u64) -> Around {
        while let Some(step) = self.left.next() {
            if step.number == number {
                let left = self.schema.clone();
                let digest = step.digest.clone();
                let before = self.take(step);
                let is_true = |schema: &&SchemaText| Some(schema.digest()) == digest;
                let after = self.schema.as_ref().filter(is_true).cloned();
                return match after {
                    Some(after) => Around { left, before, after: Some(after) },
                    None => Around::default(),
                };
            }
            self.take(step);
        }
        Around::default()
    }

    /// Goes past an entry, and gives the schema before it.
    fn take(&mut self, Step { digest, found, change, .. }: Step) -> Option<SchemaText> {
        let known = self.schema.take();
        let before = found.map_or(known, |found| SchemaText::from_bytes(&found));
        let after = match change {
            Some(change) => before.clone().and_then(|schema| schema.changed_by(&change)),
            None => before.clone(),
        };
        // An entry without a digest was written where the schema was not known.
        self.schema = after.filter(|_| digest.is_some());
        before
    }
}
