//! A schema that is kept, and of which only what changed is read again.

use std::collections::{BTreeSet, HashMap};
use std::mem;
use std::sync::Arc;

use rusqlite::Connection;

use super::SchemaError;
use super::entry::{Entry, Part};
use super::index::Index;
use super::pragmas::Pragmas;
use super::read::Schema;
use super::schema_rows::{SchemaRows, Scope};
use super::shadows::Shadows;

/// A schema that is kept. Its tables are parsed once, and again where their texts have changed.
///
/// ```
/// use runner_operations::schema::Catalog;
///
/// let connection = rusqlite::Connection::open_in_memory()?;
/// connection.execute_batch("CREATE TABLE player (id INTEGER PRIMARY KEY)")?;
/// let mut catalog = Catalog::default();
/// assert!(catalog.refresh(&connection)?.table("player").is_some());
/// connection.execute_batch("ALTER TABLE player RENAME TO person")?;
/// assert!(catalog.refresh(&connection)?.table("player").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Catalog {
    rows: SchemaRows,
    /// When the rows were read. `None`: whatever may have happened since.
    read_at: Option<Moment>,
    parsed: Parsed,
}

/// What the rows say.
#[derive(Debug, Default)]
struct Parsed {
    /// The rows that were parsed.
    rows: SchemaRows,
    /// One for each, in their order.
    entries: Vec<Entry>,
    schema: Arc<Schema>,
    shadows: Shadows,
}

/// What tells that a connection has written the schema, unless it rolled back in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    /// Each statement of DDL counts it up (<https://sqlite.org/pragma.html#pragma_schema_version>).
    schema_version: i64,
    /// What writes `sqlite_schema` as a table counts here alone (<https://sqlite.org/c3ref/total_changes.html>).
    changes: u64,
}

/// Tables of which something has changed, in lower case.
type Changed = BTreeSet<String>;

impl Catalog {
    /// The schema as it is now: looks at every row of `sqlite_schema`, whoever wrote it, and parses what it
    /// does not know.
    ///
    /// # Errors
    /// As [`Schema::read`]. What was parsed is forgotten then.
    pub fn refresh(&mut self, connection: &Connection) -> Result<&Arc<Schema>, SchemaError> {
        self.rows(connection)?;
        self.parse(connection)
    }

    /// The rows of `sqlite_schema` as they are now: looks at every one, whoever wrote it, and parses none.
    ///
    /// # Errors
    /// SQLite's.
    pub fn rows(&mut self, connection: &Connection) -> rusqlite::Result<&SchemaRows> {
        self.read(connection, Scope::All, Moment::now(connection)?)?;
        Ok(&self.rows)
    }

    /// As [`refresh`](Self::refresh), and looks at no row where neither DDL nor a change of a row has
    /// happened since it last looked. Who rolls something back says so with [`distrust`](Self::distrust).
    pub(crate) fn look(&mut self, connection: &Connection) -> Result<&Arc<Schema>, SchemaError> {
        let now = Moment::now(connection)?;
        if self.read_at != Some(now) {
            self.read(connection, Scope::All, now)?;
        }
        let schema = self.parse(connection)?;
        #[cfg(test)]
        assert_eq!(schema.as_ref(), &Schema::read(connection)?, "what is kept is not what is so");
        Ok(schema)
    }

    /// Looks at what belongs to `table` if one statement of DDL has run since it last looked. It is to be
    /// called after one that changes nothing else.
    pub(crate) fn follow(&mut self, connection: &Connection, table: &str) -> rusqlite::Result<()> {
        let now = Moment::now(connection)?;
        match self.read_at.map(Moment::after_one_statement) {
            Some(expected) if expected == now => self.read(connection, Scope::Table(table), now),
            // The next look is at everything.
            _ => Ok(()),
        }
    }

    /// Something was rolled back, or somebody else was at work: the next look is at everything.
    pub(crate) fn distrust(&mut self) {
        self.read_at = None;
    }

    pub(super) fn into_schema(self) -> Schema {
        let Parsed { entries, schema, .. } = self.parsed;
        drop(entries);
        Arc::unwrap_or_clone(schema)
    }

    /// Reads what is in `scope`. What is written after `now` is looked at the next time.
    fn read(
        &mut self,
        connection: &Connection,
        scope: Scope<'_>,
        now: Moment,
    ) -> rusqlite::Result<()> {
        // After an error nothing is known of when.
        self.read_at = None;
        self.rows.refresh(connection, scope)?;
        self.read_at = Some(now);
        Ok(())
    }

    /// Parses the rows that changed since they were parsed last.
    fn parse(&mut self, connection: &Connection) -> Result<&Arc<Schema>, SchemaError> {
        if !self.parsed.rows.are(&self.rows) {
            // After an error or a panic half of it would be new: nothing is kept then.
            let mut parsed = mem::take(&mut self.parsed);
            let changed = parsed.merge(&self.rows)?;
            parsed.assemble(connection, &changed)?;
            self.parsed = parsed;
        }
        Ok(&self.parsed.schema)
    }
}

impl Parsed {
    /// Makes the entries say what `rows` say, and gives the tables of which that is news.
    fn merge(&mut self, rows: &SchemaRows) -> Result<Changed, SchemaError> {
        let mut old = mem::take(&mut self.entries).into_iter().peekable();
        let mut changed = Changed::new();
        for row in rows.iter() {
            while let Some(gone) = old.next_if(|entry| entry.row.rowid < row.rowid) {
                changed.insert(gone.key);
            }
            let old = old.next_if(|entry| entry.row.rowid == row.rowid);
            self.entries.push(match old {
                Some(old) if old.says_the_same_as(row) => old,
                old => {
                    changed.extend(old.as_ref().map(|old| old.key.clone()));
                    let new = Entry::read(row, old)?;
                    changed.insert(new.key.clone());
                    new
                }
            });
        }
        changed.extend(old.map(|gone| gone.key));
        self.rows = rows.clone();
        Ok(changed)
    }

    /// Puts the schema together: anew where it is of one of the `changed` tables.
    fn assemble(&mut self, connection: &Connection, changed: &Changed) -> Result<(), SchemaError> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut pragmas = Pragmas::of(connection);
        let mut indexes = self.indexes(&mut pragmas, changed)?;
        for entry in self.entries.iter_mut().filter(|entry| changed.contains(&entry.key)) {
            if let Some(table) = entry.part.as_table_mut() {
                // Who holds the schema as it was keeps the table as it was.
                Arc::make_mut(table).indexes = indexes.remove(&entry.key).unwrap_or_default();
            }
        }
        self.note_shadows(connection)?;
        for entry in self.entries.iter().filter(|entry| changed.contains(&entry.key)) {
            if let Some(table) = entry.part.as_table() {
                pragmas.compare(table)?;
            }
        }
        let mut schema = Schema::default();
        for entry in &self.entries {
            match &entry.part {
                Part::Table(table) => schema.tables.push(Arc::clone(table)),
                Part::VirtualTable(table) => schema.virtual_tables.push(Arc::clone(table)),
                Part::View(view) => schema.views.push(Arc::clone(view)),
                Part::Trigger(trigger) => schema.triggers.push(Arc::clone(trigger)),
                Part::Index(_) | Part::AutomaticIndex | Part::Reserved => {}
            }
        }
        self.schema = Arc::new(schema);
        Ok(())
    }

    fn note_shadows(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let virtual_tables = self.entries.iter().filter_map(|entry| match &entry.part {
            Part::VirtualTable(table) => Some(Arc::clone(table)),
            _ => None,
        });
        let virtual_tables: Vec<_> = virtual_tables.collect();
        let tables = self.entries.iter_mut().filter_map(|entry| entry.part.as_table_mut());
        self.shadows.note(connection, &mut tables.collect::<Vec<_>>(), &virtual_tables)
    }

    /// The indexes of the `changed` tables.
    fn indexes(
        &self,
        pragmas: &mut Pragmas<'_>,
        changed: &Changed,
    ) -> rusqlite::Result<HashMap<String, Vec<Index>>> {
        let mut indexes: HashMap<String, Vec<Index>> = HashMap::new();
        for entry in &self.entries {
            let index = match &entry.part {
                Part::Index(index) => Some(index),
                Part::AutomaticIndex => None,
                _ => continue,
            };
            if !changed.contains(&entry.key) {
                continue;
            }
            let index = match index {
                Some(index) => index.clone(),
                None => pragmas.automatic_index(&entry.name, &entry.table)?,
            };
            indexes.entry(entry.key.clone()).or_default().push(index);
        }
        Ok(indexes)
    }
}

impl Moment {
    fn now(connection: &Connection) -> rusqlite::Result<Self> {
        let schema_version =
            connection.query_row("PRAGMA main.schema_version", [], |row| row.get(0))?;
        Ok(Self { schema_version, changes: connection.total_changes() })
    }

    /// What it is after one statement of DDL.
    fn after_one_statement(self) -> Self {
        Self { schema_version: self.schema_version.wrapping_add(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of `before` that `after` shares with it.
    fn shared(before: &Schema, after: &Schema) -> Vec<String> {
        let is_shared = |table: &&Arc<_>| before.tables.iter().any(|it| Arc::ptr_eq(it, table));
        after.tables.iter().filter(is_shared).map(|table| table.name.clone()).collect()
    }

    #[test]
    fn only_what_changed_is_read_again() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE a (x); CREATE TABLE b (x UNIQUE); CREATE TABLE c (x)")
            .unwrap();
        let mut catalog = Catalog::default();
        for (change, kept) in [
            ("SELECT 1", ["a", "b", "c"].as_slice()),
            ("CREATE INDEX i ON b (x)", &["a", "c"]),
            ("ALTER TABLE a ADD COLUMN y", &["b", "c"]),
            ("CREATE TABLE d (x)", &["a", "b", "c"]),
            ("DROP TABLE a; CREATE VIEW v AS SELECT x FROM b", &["b", "c", "d"]),
            ("ALTER TABLE c RENAME TO a", &["b", "d"]),
        ] {
            let before = Arc::clone(catalog.refresh(&connection).unwrap());
            connection.execute_batch(change).unwrap();
            let after = catalog.refresh(&connection).unwrap();
            assert_eq!(shared(&before, after), kept, "{change}");
            assert_eq!(after.as_ref(), &Schema::read(&connection).unwrap());
        }
    }

    #[test]
    fn after_a_text_that_is_not_understood_nothing_is_believed() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x); CREATE TABLE b (x)").unwrap();
        let mut catalog = Catalog::default();
        catalog.refresh(&connection).unwrap();
        let text = |from: &str, to: &str| {
            connection
                .execute_batch(&format!(
                    "PRAGMA writable_schema = ON;
                     UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}') WHERE name = 'a';
                     PRAGMA writable_schema = OFF"
                ))
                .unwrap();
        };
        text("(x)", "(x");
        catalog.refresh(&connection).unwrap_err();
        text("(x", "(x)");
        assert_eq!(catalog.refresh(&connection).unwrap().tables.len(), 2);
    }
}
